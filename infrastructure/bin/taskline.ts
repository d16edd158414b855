// The CDK app: one environment's pipeline, chosen by `-c environment=NAME -c pipeline=NAME`.
import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

import { App } from 'aws-cdk-lib';

import { binariesFolder } from '../lib/binary.ts';
import { addRulePacks } from '../lib/nag.ts';
import { Pipeline } from '../lib/pipeline.ts';
import { refuse } from '../lib/run.ts';
import { settingsFrom } from '../lib/settings/arguments.ts';
import { PipelineName } from '../lib/settings/pipeline-name.ts';

/** The names of the context that the CLI adds for every app of this user. */
function namesForAllApps(): Set<string> {
  const file = join(homedir(), '.cdk.json');
  if (!existsSync(file)) return new Set();
  const { context = {} } = JSON.parse(readFileSync(file, 'utf8')) as { context?: object };
  return new Set(Object.keys(context));
}

try {
  const app = new App();
  const context = new Map(Object.entries(app.node.getAllContext() as Record<string, unknown>));
  const settings = settingsFrom(context, namesForAllApps());
  const binaries = binariesFolder(join(import.meta.dirname, '..'), settings.binaries);
  new Pipeline(app, new PipelineName(settings).full, { ...settings, binaries });
  addRulePacks(app);
} catch (error) {
  refuse(error);
}
