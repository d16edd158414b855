// Any number of pipelines fit into one account and Region.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import type { Template } from 'aws-cdk-lib/assertions';

import { settingsFrom } from '../lib/settings/arguments.ts';
import { ENVIRONMENT_CHARACTERS_MAX, PIPELINE_CHARACTERS_MAX, PipelineName } from '../lib/settings/pipeline-name.ts';
import { all, newApp, one, pipelineIn, templates, type Given, type Properties } from './production.ts';

/** The properties that give a resource a unique name in its account and Region. */
const naming = ['QueueName', 'TableName', 'LogGroupName', 'AlarmName', 'DashboardName', 'FunctionName', 'RoleName', 'TopicName', 'GroupName'];

/** All physical names: of stacks, their resources and their exports. */
function names(given: Given): string[] {
  const { shared, api, processing } = pipelineIn(newApp(), given);
  const stacks = [shared, api, processing].map((stack) => stack.stackName);
  return [...stacks, ...Object.values(templates(given)).flatMap((template: Template) => {
    const { Resources: resources, Outputs: outputs = {} } = template.toJSON() as { Resources: Record<string, { Properties?: Properties }>; Outputs?: Properties };
    const named = Object.values(resources).flatMap(({ Properties: properties = {} }) => naming.map((name) => properties[name] as unknown));
    const exported = Object.values(outputs).map((output: Properties) => output.Export?.Name as unknown);
    // What is no text is a reference to another resource.
    return [...named, ...exported, ...all(template, 'AWS::ApiGatewayV2::Api').map((api) => api.Name as unknown)].filter((name) => typeof name === 'string');
  })];
}

function common(one: Given, other: Given): string[] {
  const others = names(other);
  return names(one).filter((name) => others.includes(name));
}

describe('two pipelines', () => {
  const orders = { settings: { pipeline: 'orders' } };

  it('of one environment have no name in common', () => {
    assert.ok(names(orders).length > 15);
    assert.deepEqual(common(orders, {}), []);
    for (const name of names(orders)) assert.match(name, /orders-prod|\/orders\/prod\//);
  });

  it('have no name in common if one begins as the other does', () => {
    const stagingOrders = { settings: { pipeline: 'orders-staging', environment: 'dev' } };
    assert.deepEqual(common({ settings: { pipeline: 'orders', environment: 'staging' } }, stagingOrders), []);
    assert.notDeepEqual(common(orders, orders), []);
  });

  it('have separate metrics and tags', () => {
    const { api, processing } = templates(orders);
    for (const each of [api, processing].flatMap((template) => all(template, 'AWS::Lambda::Function'))) {
      assert.equal(each.Environment.Variables.PIPELINE, 'orders-prod');
    }
    assert.deepEqual(one(templates(orders).shared, 'AWS::DynamoDB::Table').Tags, [{ Key: 'pipeline', Value: 'orders-prod' }]);
  });

  it('describe how they are deployed', () => {
    assert.match(JSON.stringify(templates(orders).api.toJSON().Rules), /npm run deploy -- -c pipeline=orders -c environment=prod/);
  });
});

describe('the name of a pipeline', () => {
  const read = (pipeline: string): string => settingsFrom(new Map([['pipeline', pipeline]])).pipeline;

  it('is short enough for all that begins with it', () => {
    const name = new PipelineName({ pipeline: 'p'.repeat(PIPELINE_CHARACTERS_MAX), environment: 'e'.repeat(ENVIRONMENT_CHARACTERS_MAX) });
    assert.equal(read(name.pipeline), name.pipeline);
    // https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-queue-message-identifiers.html
    assert.ok(name.queue('dead-letters').length <= 80);
    assert.ok(name.stack('Processing').length <= 128);
  });

  it('is refused if a name could not be made of it', () => {
    for (const pipeline of ['Orders', 'orders_eu', '1orders', '-orders', 'orders-', 'orders--eu', 'orders.eu', 'öl', 'aws', 'awsome', 'o'.repeat(41)]) {
      assert.throws(() => read(pipeline), /^Error: -c pipeline=…: must be 1 to 40 lower-case letters/, pipeline);
    }
    for (const pipeline of ['o', 'orders', 'orders-eu-1', 'o1']) assert.equal(read(pipeline), pipeline);
  });
});

describe('a throwaway pipeline', () => {
  it('leaves nothing when its stacks are deleted', () => {
    const given = { settings: { environment: 'dev', keep: false, handler: 'webhook', webhookUrl: 'https://hooks.example/' } } as const;
    const resources = Object.values(templates(given)).flatMap((template: Template) => Object.entries(template.toJSON().Resources as Record<string, Properties>));
    for (const [id, resource] of resources) {
      for (const policy of [resource.DeletionPolicy, resource.UpdateReplacePolicy]) assert.doesNotMatch(String(policy), /^Retain|^Snapshot/, id);
    }
    const table = one(templates(given).shared, 'AWS::DynamoDB::Table');
    assert.equal(table.DeletionProtectionEnabled, false);
    // Deleting a table with point-in-time recovery leaves a backup.
    assert.equal(table.PointInTimeRecoverySpecification.PointInTimeRecoveryEnabled, false);
    assert.equal(pipelineIn(newApp(), given).shared.terminationProtection, false);
  });
});
