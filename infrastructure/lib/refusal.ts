// A rule in the template by which CloudFormation refuses to deploy it, and tells the reader what to run instead.
import { CfnParameter, CfnRule, Fn } from 'aws-cdk-lib';
import { Construct } from 'constructs';

export interface RefusalProps {
  /** What is missing, and which command supplies it. */
  readonly because: string;
}

export class Refusal extends Construct {
  constructor(scope: Construct, id: string, props: RefusalProps) {
    super(scope, id);
    // A rule must speak of a parameter. This one has a single allowed value, so nobody can argue it away.
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
