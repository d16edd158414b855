// The processor in a VPC, for a webhook that is reachable from there alone.
import { Validations } from 'aws-cdk-lib';
import { CfnSecurityGroup } from 'aws-cdk-lib/aws-ec2';
import { Effect, Policy, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { CfnFunction } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';

import type { RustFunction } from './rust-function.ts';
import type { Settings } from './settings/table.ts';

/**
 * What Lambda does with network interfaces in the function's name, all of it on all resources: it refuses a role without.
 * https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html#configuration-vpc-permissions
 */
const actions = [
  'ec2:AssignPrivateIpAddresses', 'ec2:CreateNetworkInterface', 'ec2:DeleteNetworkInterface', 'ec2:DescribeNetworkInterfaces',
  'ec2:DescribeSubnets', 'ec2:UnassignPrivateIpAddresses',
];

/** Attaches the function to the VPC of the settings, if there is one. No lookup is made, so no account is needed. */
export function attachToVpc(scope: Construct, settings: Settings, { function: attached, role }: RustFunction): void {
  const { vpcId, subnetIds, securityGroupIds } = settings;
  if (vpcId === undefined || subnetIds === undefined) return;
  role.addToPolicy(new PolicyStatement({ actions, resources: ['*'] }));
  // Lambda itself needs the actions, never the function's code. Apart from the policy above, which must be there before
  // the function, as this one names the function.
  new Policy(scope, 'NoNetworkInterfaces', {
    roles: [role],
    statements: [new PolicyStatement({
      effect: Effect.DENY, actions, resources: ['*'],
      conditions: { ArnEquals: { 'lambda:SourceFunctionArn': attached.functionArn } },
    })],
  });
  Validations.of(role).acknowledge({
    id: 'AwsSolutions-IAM5[Resource::*]',
    reason: 'Lambda refuses a function in a VPC unless its role has these actions on all resources; the function\'s own code is denied them.',
  });
  const stackSecurityGroup = (): string => new CfnSecurityGroup(scope, 'SecurityGroup', {
    vpcId,
    groupDescription: 'Taskline: the processor, which accepts no connections',
    securityGroupEgress: [{ ipProtocol: '-1', cidrIp: '0.0.0.0/0', description: 'The webhook, a proxy, AWS' }, { ipProtocol: '-1', cidrIpv6: '::/0', description: 'The same by IPv6' }],
  }).attrGroupId;
  (attached.node.defaultChild as CfnFunction).vpcConfig = {
    subnetIds: [...subnetIds],
    securityGroupIds: [...securityGroupIds ?? [stackSecurityGroup()]],
  };
}
