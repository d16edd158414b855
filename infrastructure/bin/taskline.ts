// The CDK app: one environment's pipeline, chosen by `-c environment=dev|staging|prod`.
import { join } from 'node:path';

import { App } from 'aws-cdk-lib';

import { readContext } from '../lib/context.ts';
import { addRulePacks } from '../lib/nag.ts';
import { Pipeline } from '../lib/pipeline.ts';

const app = new App();
new Pipeline(app, { context: readContext(app.node), binaries: join(import.meta.dirname, '..', 'dist') });
addRulePacks(app);
