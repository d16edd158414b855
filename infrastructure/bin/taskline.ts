// The CDK app: one environment's pipeline, chosen by `-c environment=dev|staging|prod`.
import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

import { App } from 'aws-cdk-lib';

import { binariesFolder } from '../lib/binary.ts';
import { readContext } from '../lib/context.ts';
import { refuseUnknownNames } from '../lib/context-names.ts';
import { addRulePacks } from '../lib/nag.ts';
import { Pipeline } from '../lib/pipeline.ts';

/** The names of the context that the CLI adds for every app of this user. */
function namesForAllApps(): Set<string> {
  const file = join(homedir(), '.cdk.json');
  if (!existsSync(file)) return new Set();
  const { context = {} } = JSON.parse(readFileSync(file, 'utf8')) as { context?: object };
  return new Set(Object.keys(context));
}

const app = new App();
refuseUnknownNames(Object.keys(app.node.getAllContext() as object), namesForAllApps());
const context = readContext((name) => app.node.tryGetContext(name) as unknown);
new Pipeline(app, { context, binaries: binariesFolder(join(import.meta.dirname, '..'), context.binaries) });
addRulePacks(app);
