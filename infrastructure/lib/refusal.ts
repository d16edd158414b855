// A rule in the template by which CloudFormation refuses to deploy it, with a message that names the command to run instead.
import { CfnParameter, CfnRule, Fn } from 'aws-cdk-lib';
import { Construct } from 'constructs';

export interface RefusalProps {
  /** What is missing, and which command supplies it. */
  readonly because: string;
}

export class Refusal extends Construct {
  constructor(scope: Construct, id: string, props: RefusalProps) {
    super(scope, id);
    // A rule must reference a parameter. This one has a single allowed value, so it can't be overridden.
    const parameter = new CfnParameter(this, 'Missing', {
      default: 'missing',
      allowedValues: ['missing'],
      description: props.because,
    });
    new CfnRule(this, 'Rule', {
      assertions: [{ assert: Fn.conditionEquals(parameter.valueAsString, 'supplied'), assertDescription: props.because }],
    });
  }
}
