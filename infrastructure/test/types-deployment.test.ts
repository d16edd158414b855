// What follows from a types file for the stacks, and that it reaches the functions.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';

import { Template } from 'aws-cdk-lib/assertions';

import { limits } from '../lib/limits.ts';
import { all, folderOfBinaries, functionIn, newApp, one, pipelineIn, policyOf, templates, type Given, type Properties } from './production.ts';
import { example, typesFile } from './types-files.ts';

const withTypes = { typesFile: example, oldestTaskSecondsMax: 1_800 };

function typesOutput(given: Given): string | undefined {
  const { TaskTypes: output } = templates(given).processing.findOutputs('*') as { TaskTypes?: { Value: string } };
  return output?.Value;
}

describe('a deployment with a types file', () => {
  const { shared, processing } = templates({ settings: withTypes });
  const processor = functionIn(processing, 'processor');

  it('gives the longest handler of a type its time, and the line the visibility timeout that fits', () => {
    const line = one(shared, 'AWS::SQS::Queue', (queue) => queue.RedrivePolicy !== undefined);
    assert.equal(processor.Timeout, 120 + limits.leaseMarginSeconds);
    assert.equal(line.VisibilityTimeout, 6 * processor.Timeout);
    assert.equal(processor.Environment.Variables.HANDLER_TIMEOUT_SECONDS, '20', 'that of the types without a timeout');
    const longer = templates({ settings: { ...withTypes, handlerTimeoutSeconds: 121 } }).processing;
    assert.equal(functionIn(longer, 'processor').Timeout, 121 + limits.leaseMarginSeconds);
  });

  it('lets the processor invoke the functions of the types, by the named alias, and no other', () => {
    const invoking = (given: Given): unknown[] => (policyOf(templates(given).processing, 'processor').PolicyDocument.Statement as Properties[])
      .filter((statement) => JSON.stringify(statement.Action).includes('lambda:')).map((statement): unknown[] => [statement.Action, statement.Resource]);
    const archive = { 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':lambda:', { Ref: 'AWS::Region' }, ':', { Ref: 'AWS::AccountId' }, ':function:archive:live']] };
    assert.deepEqual(invoking({ settings: withTypes }), [['lambda:InvokeFunction', ['arn:aws:lambda:eu-west-1:111122223333:function:reports', archive]]]);
    const defaultToo = { settings: { ...withTypes, handler: 'lambda', handlerFunction: 'archive:live' } } as const;
    assert.deepEqual(invoking(defaultToo), invoking({ settings: withTypes }));
  });

  it('has a secret for webhooks if a type has one, whatever the default handler is', () => {
    assert.equal(all(processing, 'AWS::SecretsManager::Secret').length, 1);
    assert.ok(processor.Environment.Variables.WEBHOOK_SECRET_ARN !== undefined);
    const recorded = templates({ settings: { typesFile: typesFile('[[type]]\nname = "a"\nrecord = true') } }).processing;
    assert.deepEqual(all(recorded, 'AWS::SecretsManager::Secret'), []);
  });

  it('says which types it knows, in an output', () => {
    assert.equal(typesOutput({ settings: withTypes }), 'invoice.send,invoice.archive,report,note,task');
    assert.equal(typesOutput({ settings: { taskTypes: ['a', 'b'] } }), 'a,b');
    assert.equal(typesOutput({}), undefined);
  });

  it('says nothing of types that are too many for an output', () => {
    const many = (count: number): string => Array.from({ length: count }, (_, index) => `[[type]]\nname = "${'a'.repeat(60)}${1_000 + index}"`).join('\n');
    assert.equal(typesOutput({ settings: { typesFile: typesFile(many(63)) } })?.length, 63 * 65 - 1);
    assert.equal(typesOutput({ settings: { typesFile: typesFile(many(64)) } }), undefined);
  });

  it('carries the file and its schemas to the functions that read it, and nothing else', () => {
    const app = newApp();
    const binaries = folderOfBinaries(0xb7);
    const { api, processing } = pipelineIn(app, { binaries, settings: withTypes });
    const { directory } = app.synth();
    for (const [name, stack] of [['api', api], ['processor', processing], ['watch', processing]] as const) {
      const { Code: { S3Key: key }, Environment: { Variables: variables } } = functionIn(Template.fromStack(stack), name);
      const code = join(directory, `asset.${String(key).replace('.zip', '')}`);
      const files = readdirSync(code, { recursive: true }).map(String).filter((file) => statSync(join(code, file)).isFile()).sort();
      const isCarrier = name !== 'watch';
      assert.deepEqual(files, isCarrier ? ['bootstrap', 'types/report.json', 'types/schemas/invoice.json', 'types/types.toml'] : ['bootstrap']);
      assert.equal(variables.TYPES_FILE, isCarrier ? 'types/types.toml' : undefined);
      assert.equal(statSync(join(code, 'bootstrap')).mode & 0o111, 0o111, 'Lambda executes it');
      for (const file of files) {
        const source = file === 'bootstrap' ? join(binaries, name, file) : join(dirname(example), file.replace('types/', ''));
        assert.deepEqual(readFileSync(join(code, file)), readFileSync(source), file);
      }
    }
  });

  it('has another code for another schema, and the same code version', () => {
    const binaries = folderOfBinaries(0xb7);
    const processorWith = (schema: string): Properties => functionIn(templates({ binaries, settings: { typesFile: typesFile('[[type]]\nname = "a"\nschema = "s.json"', { 's.json': schema }) } }).processing, 'processor');
    const [first, same, other] = [processorWith('{}'), processorWith('{}'), processorWith('true')] as const;
    assert.deepEqual(first.Code, same.Code);
    assert.notDeepEqual(first.Code, other.Code);
    assert.equal(first.Environment.Variables.CODE_VERSION, other.Environment.Variables.CODE_VERSION);
  });
});
