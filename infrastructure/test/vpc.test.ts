// The processor in a VPC, and how many of each function run at once.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { settingsFrom } from '../lib/settings/arguments.ts';
import { all, functionIn, one, templates, type Properties } from './production.ts';

const vpc = { vpcId: 'vpc-0123456789abcdef0', subnetIds: ['subnet-0123456789abcdef0', 'subnet-0123456789abcdef1'] };
const webhook = { handler: 'webhook', webhookUrl: 'https://10.0.0.8/tasks' } as const;

describe('in a VPC', () => {
  const { api, processing } = templates({ settings: { ...vpc, ...webhook } });

  it('is the processor alone, with a security group that lets nothing in', () => {
    const [[id, group] = assert.fail()] = Object.entries<Properties>(processing.findResources('AWS::EC2::SecurityGroup'));
    assert.equal(group.Properties.VpcId, vpc.vpcId);
    assert.equal(group.Properties.SecurityGroupIngress, undefined);
    assert.deepEqual(functionIn(processing, 'processor').VpcConfig, { SubnetIds: vpc.subnetIds, SecurityGroupIds: [{ 'Fn::GetAtt': [id, 'GroupId'] }] });
    for (const other of [functionIn(api, 'api'), functionIn(processing, 'watch')]) assert.equal(other.VpcConfig, undefined);
  });

  it('is with the security groups that are given, if any are', () => {
    const given = templates({ settings: { ...vpc, ...webhook, securityGroupIds: ['sg-0123456789abcdef0'] } }).processing;
    assert.deepEqual(functionIn(given, 'processor').VpcConfig.SecurityGroupIds, ['sg-0123456789abcdef0']);
    assert.deepEqual(all(given, 'AWS::EC2::SecurityGroup'), []);
  });

  it('lets Lambda make network interfaces before the function is made, and denies that to the function\'s code', () => {
    const statements: Properties[] = [];
    for (const [id, policy] of Object.entries<Properties>(processing.findResources('AWS::IAM::Policy'))) {
      for (const statement of policy.Properties.PolicyDocument.Statement as Properties[]) {
        if (JSON.stringify(statement.Action).includes('ec2:')) statements.push({ id, ...statement });
      }
    }
    assert.deepEqual(statements.map((statement) => String(statement.Effect)).sort(), ['Allow', 'Deny']);
    const [allow = assert.fail(), deny = assert.fail()] = statements.sort((a, b) => String(a.Effect).localeCompare(String(b.Effect)));
    assert.deepEqual(allow.Action, deny.Action);
    assert.deepEqual(Object.keys(deny.Condition.ArnEquals as object), ['lambda:SourceFunctionArn']);
    const [processor] = Object.values(processing.findResources('AWS::Lambda::Function')) as { DependsOn: string[] }[];
    const waitsFor = processor?.DependsOn ?? [];
    assert.ok(waitsFor.includes(String(allow.id)) && !waitsFor.includes(String(deny.id)));
  });

  it('is where private receivers are reached, and nowhere else', () => {
    const read = (given: Record<string, string>): void => { settingsFrom(new Map(Object.entries({ handler: 'webhook', ...given }))); };
    for (const host of ['10.0.0.8', '0xa000008', '172.31.255.255', '192.168.1.1', '100.64.0.1', '[fd12::1]', '[::ffff:10.0.0.8]']) {
      assert.throws(() => { read({ webhookUrl: `https://${host}/` }); }, /webhookUrl=…: is an address of a private network/, host);
      read({ webhookUrl: `https://${host}/`, vpcId: vpc.vpcId, subnetIds: vpc.subnetIds.join(',') });
    }
    for (const given of [{ vpcId: vpc.vpcId }, { subnetIds: 'subnet-0123456789abcdef0' }, { securityGroupIds: 'sg-0123456789abcdef0' }]) {
      assert.throws(() => { read({ webhookUrl: 'https://hooks.example/', ...given }); }, /has no effect without/);
    }
    for (const given of [{ vpcId: 'vpc-1' }, { subnetIds: 'vpc-0123456789abcdef0' }, { securityGroupIds: 'sg-x' }]) {
      assert.throws(() => { read({ webhookUrl: 'https://hooks.example/', ...given }); }, /must be /);
    }
  });
});

describe('reserved concurrency', () => {
  it('is that of the settings, and none without', () => {
    const { api, processing } = templates({ settings: { apiReservedConcurrency: 50, processorReservedConcurrency: 1 } });
    assert.equal(one(api, 'AWS::Lambda::Function').ReservedConcurrentExecutions, 50);
    assert.equal(functionIn(processing, 'processor').ReservedConcurrentExecutions, 1);
    assert.equal(one(templates().api, 'AWS::Lambda::Function').ReservedConcurrentExecutions, undefined);
    for (const name of ['apiReservedConcurrency', 'processorReservedConcurrency']) {
      assert.throws(() => settingsFrom(new Map([[name, '0']])), /must be a whole number from 1 to/);
    }
  });
});
