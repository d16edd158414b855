// The secret that signs webhooks. It stays in Secrets Manager, and the function gets its ARN: a function's
// configuration is readable by everyone with permission to view the function.
import { RemovalPolicy, Validations } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';

import type { PipelineStackProps } from './pipeline-stack.ts';

/** This many alphanumeric characters are base64 without padding, of 33 bytes: a symmetric secret has 24 to 64 (Standard Webhooks). */
const SECRET_CHARACTERS = 44;

export interface WebhookProps extends PipelineStackProps {
  readonly key: IKey | undefined;
}

export class Webhook extends Construct {
  readonly secret: Secret;

  constructor(scope: Construct, id: string, props: WebhookProps) {
    super(scope, id);
    this.secret = new Secret(this, 'Secret', {
      description: 'Signs the webhooks of Taskline; the receiver knows it behind the prefix whsec_',
      generateSecretString: { passwordLength: SECRET_CHARACTERS, excludePunctuation: true },
      ...(props.key !== undefined && { encryptionKey: props.key }),
      // A new secret would have to be configured at the receiver.
      removalPolicy: props.settings.deletionProtection ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    });
    Validations.of(this.secret).acknowledge({
      id: 'AwsSolutions-SMG4',
      reason: 'A receiver must know the new secret before it is used; infrastructure/README.md describes how to rotate it.',
    });
  }
}
