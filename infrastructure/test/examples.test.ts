// The construct, as other CDK apps use it.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';

import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { InvalidSetting, Pipeline } from 'taskline-infrastructure';

import { emptyFolder } from './folder.ts';
import { readTypesFile } from '../lib/types/types-file.ts';
import { functionIn, infrastructure } from './production.ts';
import { variants } from './variants.ts';

describe('the examples', () => {
  for (const [file, stacks] of [['app-of-your-own.ts', 7]] as const) {
    it(`${file} is made, stack by stack`, () => {
      const outdir = emptyFolder();
      const { status, stderr } = spawnSync(process.execPath, ['--import', 'tsx', join('examples', file)], {
        cwd: infrastructure, encoding: 'utf8', env: { ...process.env, CDK_OUTDIR: outdir },
      });
      assert.equal(status, 0, stderr);
      assert.equal(readdirSync(outdir).filter((name) => name.endsWith('.template.json')).length, stacks);
    });
  }

  it('are all tried', () => {
    const { typesFile = assert.fail() } = variants.types ?? assert.fail();
    const ofTypes = [typesFile, ...readTypesFile(join(infrastructure, typesFile)).flatMap(({ schema }) => schema === undefined ? [] : join('examples', schema))];
    assert.deepEqual(readdirSync(join(infrastructure, 'examples')).map((file) => join('examples', file)).sort(), [...new Set([join('examples', 'app-of-your-own.ts'), ...ofTypes])].sort());
  });
});

describe('the construct', () => {
  it('reads no context: only its props count', () => {
    const app = new App({ context: { attemptBudget: '7', handler: 'record', environment: 'prod' } });
    const { processing } = new Pipeline(app, 'Mine', { environment: 'qa', attemptBudget: 9 });
    const { Variables: variables } = functionIn(Template.fromStack(processing), 'processor').Environment as { Variables: Record<string, unknown> };
    assert.equal(variables.ATTEMPT_BUDGET, '9');
    assert.equal(processing.stackName, 'taskline-qa-processing');
  });

  it('checks its props as a file is checked, and names itself', () => {
    assert.throws(() => new Pipeline(new App(), 'Mine', { environment: 'qa', attemptBudget: 0 }), (error) =>
      error instanceof InvalidSetting && error.message === 'Mine: attemptBudget: must be a whole number from 1 to 100');
    assert.throws(() => new Pipeline(new App(), 'Mine', { environment: 'qa', webhookTimeoutSeconds: 5 }), /has no effect without handler=webhook/);
    const misspelt = { environment: 'qa', attemptbudget: 5 };
    assert.throws(() => new Pipeline(new App(), 'Mine', misspelt), { message: 'Mine: attemptbudget: is not known: did you mean attemptBudget?' });
  });

  it('puts its stacks into the given account and Region', () => {
    const { api } = new Pipeline(new App(), 'Mine', { environment: 'qa', env: { account: '111122223333', region: 'eu-central-1' } });
    assert.deepEqual([api.account, api.region], ['111122223333', 'eu-central-1']);
  });
});
