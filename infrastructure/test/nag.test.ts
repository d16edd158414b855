// The rule packs find nothing that is not acknowledged with a reason, and nothing is acknowledged that they don't find.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';

import { Validations } from 'aws-cdk-lib';

import { addRulePacks } from '../lib/nag.ts';
import { newApp, pipelineIn, type Given } from './production.ts';

/** The whole list of exceptions: another one is a decision, and this test is where it is seen. */
const acknowledged = [
  'Api/Function/Api/Function Serverless-LambdaDLQ',
  'Api/Function/Api/Function Serverless-LambdaTracing',
  'Api/TaskApi/TokenIssuer/Pool AwsSolutions-COG2',
  'Api/TaskApi/TokenIssuer/Pool AwsSolutions-COG8',
  'Processing/Delivery/Mapping Serverless-LambdaEventSourceMappingDestination',
  'Processing/Processor/Processor/Function Serverless-LambdaDLQ',
  'Processing/Processor/Processor/Function Serverless-LambdaTracing',
  'Processing/Processor/Processor/Role AwsSolutions-IAM5[Resource::*]',
  'Processing/Processor/Webhook/Secret AwsSolutions-SMG4',
  'Processing/Watch/Watch/Function Serverless-LambdaDLQ',
  'Processing/Watch/Watch/Function Serverless-LambdaTracing',
  'Processing/Watch/Watch/Function/EventInvokeConfig Serverless-LambdaAsyncFailureDestination',
  'Shared/DeadLetters/Queue Serverless-SQSRedrivePolicy',
];

/** The same where X-Ray is on. */
const acknowledgedWithTracing = [
  ...acknowledged.filter((each) => !each.endsWith('Serverless-LambdaTracing')),
  'Api/Function/Api/Role AwsSolutions-IAM5[Resource::*]',
  'Processing/Processor/Processor/Role AwsSolutions-IAM5[Resource::*]',
  'Processing/Watch/Watch/Role AwsSolutions-IAM5[Resource::*]',
].sort();

const withoutProvider = { jwtIssuer: undefined, jwtAudience: undefined } as const;

/** With all that settings can add to the templates. */
const everything = { settings: {
  ...withoutProvider, auth: 'cognito' as const,
  vpcId: 'vpc-0123456789abcdef0', subnetIds: ['subnet-0123456789abcdef0'], kmsKeyArn: 'arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab',
  handler: 'webhook' as const, webhookUrl: 'https://hooks.example/', corsOrigins: ['https://app.example'], canary: 'rate(15 minutes)' } };
const everythingTraced = { settings: { ...everything.settings, tracing: true } };

describe('AwsSolutions and Serverless', () => {
  for (const [name, given] of [
    ['production', everything],
    ['production with tracing', everythingTraced],
    ['production with an OpenID provider', {}],
    ['production behind IAM', { settings: { ...withoutProvider, auth: 'iam' as const } }],
  ] as const) {
    it(`find nothing in ${name}`, () => {
      const app = newApp();
      pipelineIn(app, given);
      addRulePacks(app);
      const { directory } = app.synth();
      // Errors end the synthesis; warnings are only in the report.
      const report = JSON.parse(readFileSync(join(directory, 'validation-report.json'), 'utf8')) as { pluginReports: unknown[] };
      assert.deepEqual(report.pluginReports, []);
    });
  }

  it('are asked to overlook exactly this, each with a reason', () => {
    assert.deepEqual(acknowledgedIn(everything), acknowledged);
    assert.deepEqual(acknowledgedIn(everythingTraced), acknowledgedWithTracing);
  });
});

function acknowledgedIn(given: Given): string[] {
  return pipelineIn(newApp(), given).node.findAll().flatMap((construct) => construct.node.metadata
    .filter((entry) => entry.type === Validations.ACKNOWLEDGED_RULES_METADATA_KEY)
    .flatMap((entry) => Object.entries(entry.data as Record<string, string>).map(([id, reason]) => {
      assert.ok(reason.length > 40, `${id} has no reason`);
      return `${construct.node.path.replace('taskline-prod/', '')} ${id.replace(/^.*::(?=AwsSolutions|Serverless)/, '')}`;
    }))).sort();
}
