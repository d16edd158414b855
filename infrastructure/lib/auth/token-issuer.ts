// An issuer of tokens for programs: a Cognito user pool without users, for a first deployment that has no OpenID provider.
import { Aws, Duration, Fn, RemovalPolicy, Validations } from 'aws-cdk-lib';
import { FeaturePlan, OAuthScope, ResourceServerScope, UserPool, type UserPoolClient, type UserPoolResourceServer } from 'aws-cdk-lib/aws-cognito';
import { Construct } from 'constructs';

import type { PipelineStackProps } from '../pipeline-stack.ts';
import { defaultScopes } from './permissions.ts';

export class TokenIssuer extends Construct {
  readonly url: string;
  readonly clientId: string;
  /** What a client needs to get a token: docs/authentication.md. Its secret is no output: `describe-user-pool-client` shows it. */
  readonly outputs: Readonly<Record<'UserPoolId' | 'ClientId' | 'TokenUrl', string>>;

  constructor(scope: Construct, id: string, { name, settings }: PipelineStackProps) {
    super(scope, id);
    const pool = new UserPool(this, 'Pool', {
      userPoolName: name.full,
      // No person signs in: the only clients are programs.
      selfSignUpEnabled: false,
      passwordPolicy: { minLength: 16, requireDigits: true, requireLowercase: true, requireSymbols: true, requireUppercase: true },
      featurePlan: FeaturePlan.LITE,
      deletionProtection: settings.deletionProtection,
    });
    Validations.of(pool).acknowledge(
      { id: 'AwsSolutions-COG2', reason: 'MFA is for people who sign in. The pool has no users and its client may only use the client credentials grant.' },
      { id: 'AwsSolutions-COG8', reason: 'The Plus plan watches the sign-ins of users. The pool has no users and its client may only use the client credentials grant.' },
    );
    const { server, client } = machineClient(pool);
    // Unique among all accounts of a Region: the end of this stack's own id, which no other stack has.
    const domain = pool.addDomain('Domain', { cognitoDomain: { domainPrefix: `taskline-${endOfStackId()}` } });
    for (const resource of [pool, server, client, domain]) {
      // Without them every caller needs new credentials.
      resource.applyRemovalPolicy(settings.deletionProtection ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY);
    }
    this.url = pool.userPoolProviderUrl;
    this.clientId = client.userPoolClientId;
    this.outputs = { UserPoolId: pool.userPoolId, ClientId: this.clientId, TokenUrl: `${domain.baseUrl()}/oauth2/token` };
  }
}

/** A resource server with both scopes, and a client with a secret that may ask for them. */
function machineClient(pool: UserPool): { server: UserPoolResourceServer; client: UserPoolClient } {
  const [identifier = '', read = ''] = defaultScopes.read.split('/');
  const [, write = ''] = defaultScopes.write.split('/');
  const reads = new ResourceServerScope({ scopeName: read, scopeDescription: 'See tasks' });
  const writes = new ResourceServerScope({ scopeName: write, scopeDescription: 'Submit and cancel tasks' });
  const server = pool.addResourceServer('Tasks', { identifier, scopes: [reads, writes] });
  const client = pool.addClient('Client', {
    generateSecret: true,
    oAuth: { flows: { clientCredentials: true }, scopes: [OAuthScope.resourceServer(server, reads), OAuthScope.resourceServer(server, writes)] },
    accessTokenValidity: Duration.hours(1),
  });
  return { server, client };
}

/** The last 12 hexadecimal digits of `arn:aws:cloudformation:REGION:ACCOUNT:stack/NAME/UUID`. */
function endOfStackId(): string {
  return Fn.select(4, Fn.split('-', Fn.select(2, Fn.split('/', Aws.STACK_ID))));
}
