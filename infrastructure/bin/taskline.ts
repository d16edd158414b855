// The CDK app: one environment's pipeline, chosen by `-c environment=dev|staging|prod`.
import { join } from 'node:path';

import { App } from 'aws-cdk-lib';

import { binariesFolder } from '../lib/binary.ts';
import { readContext } from '../lib/context.ts';
import { addRulePacks } from '../lib/nag.ts';
import { Pipeline } from '../lib/pipeline.ts';

const app = new App();
const context = readContext((name) => app.node.tryGetContext(name) as unknown);
new Pipeline(app, { context, binaries: binariesFolder(join(import.meta.dirname, '..'), context.binaries) });
addRulePacks(app);
