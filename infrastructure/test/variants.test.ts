// Every setting, in a deployment that is synthesised: without Rust, Docker, credentials or a network.
import assert from 'node:assert/strict';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';

import { App } from 'aws-cdk-lib';

import { addRulePacks } from '../lib/nag.ts';
import { Pipeline } from '../lib/pipeline.ts';
import { settingsFrom } from '../lib/settings/arguments.ts';
import { settingNames, table } from '../lib/settings/table.ts';
import { flags, infrastructure } from './production.ts';
import { variants } from './variants.ts';

/** Where `make cfn-lint` finds them. */
const folder = join(infrastructure, 'cdk.out', 'variants');

describe('the variants', () => {
  it('set every setting, and every handler', () => {
    const set = Object.values(variants).flatMap((variant) => Object.keys(variant));
    assert.deepEqual(settingNames.filter((name) => !set.includes(name)), []);
    const handlers = Object.values(variants).map((variant) => variant.handler);
    for (const handler of ['record', 'webhook', 'lambda', 'own', undefined]) assert.ok(handlers.includes(handler));
  });

  it('change each setting from its default in at least one', () => {
    for (const name of settingNames.filter((each) => each !== 'environment')) {
      const values = Object.values(variants).flatMap((variant) => variant[name] ?? []);
      assert.ok(values.some((value) => value !== String(table[name].default)), name);
    }
  });

  rmSync(folder, { recursive: true, force: true });
  for (const [name, context] of Object.entries(variants)) {
    it(`${name} is made, and the rule packs find nothing in it`, () => {
      const app = new App({ context: flags, outdir: join(folder, name) });
      new Pipeline(app, name, { ...settingsFrom(new Map(Object.entries(context))), binaries: join(folder, 'no-binaries') });
      addRulePacks(app);
      const { directory, stacks } = app.synth();
      assert.equal(stacks.length, 3);
      const report = JSON.parse(readFileSync(join(directory, 'validation-report.json'), 'utf8')) as { pluginReports: unknown[] };
      assert.deepEqual(report.pluginReports, []);
    });
  }
});
