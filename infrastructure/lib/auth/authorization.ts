// Who may call each route: `-c auth=jwt|iam|cognito`.
import { HttpIamAuthorizer, HttpJwtAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import type { IHttpRouteAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2';
import type { Construct } from 'constructs';

import type { PipelineStackProps } from '../pipeline-stack.ts';
import { Refusal } from '../refusal.ts';
import type { Settings } from '../settings/table.ts';
import { defaultScopes, type Access } from './permissions.ts';
import { TokenIssuer } from './token-issuer.ts';

export interface Authorization {
  readonly authorizer: IHttpRouteAuthorizer;
  /** The scope that a token needs for each access. Undefined if something else decides: a role in the function, or IAM. */
  readonly scopes?: Readonly<Record<Access, string>>;
  /** The issuer that the stack makes, with `auth=cognito`. */
  readonly issuer?: TokenIssuer;
  /** The caller, as a variable of the access log: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging-variables.html */
  readonly caller: string;
  /** The headers of a request that carry its credentials, which web pages must be allowed to send. */
  readonly headers: readonly string[];
}

const TOKENS = { caller: '$context.authorizer.claims.sub', headers: ['authorization'] } as const;

export function authorization(scope: Construct, props: PipelineStackProps): Authorization {
  const { settings } = props;
  switch (settings.auth) {
    case 'iam':
      return {
        authorizer: new HttpIamAuthorizer(),
        caller: '$context.identity.userArn',
        headers: ['authorization', 'x-amz-content-sha256', 'x-amz-date', 'x-amz-security-token'],
      };
    case 'cognito': {
      const issuer = new TokenIssuer(scope, 'TokenIssuer', props);
      return { ...TOKENS, issuer, authorizer: jwtAuthorizer(issuer.url, [issuer.clientId, ...settings.jwtAudience ?? []]), scopes: defaultScopes };
    }
    case 'jwt':
      return { ...TOKENS, authorizer: ofProvider(scope, props), ...(settings.jwtReadRole === undefined && { scopes: scopesOf(settings) }) };
  }
}

/** What the API function must know of it: docs/settings.md. The roles are settings with separate variables. */
export function authorizationVariables({ auth }: Settings): Record<string, string> {
  return { API_AUTHORIZER: auth === 'iam' ? 'iam' : 'jwt' };
}

function scopesOf({ jwtReadScope, jwtWriteScope }: Settings): Record<Access, string> {
  return { read: jwtReadScope ?? defaultScopes.read, write: jwtWriteScope ?? defaultScopes.write };
}

function ofProvider(scope: Construct, { name, settings }: PipelineStackProps): HttpJwtAuthorizer {
  const { jwtIssuer, jwtAudience } = settings;
  if (jwtIssuer === undefined || jwtAudience === undefined) {
    new Refusal(scope, 'Refusal', {
      because: 'This template was made without knowing whose tokens to trust. Deploy with: npm run deploy -- '
        + `${name.arguments} -c jwtIssuer=https://ISSUER -c jwtAudience=AUDIENCE (or -c auth=cognito, or -c auth=iam)`,
    });
  }
  return jwtAuthorizer(jwtIssuer ?? 'https://issuer.invalid', jwtAudience ?? ['missing']);
}

function jwtAuthorizer(issuer: string, audience: readonly string[]): HttpJwtAuthorizer {
  return new HttpJwtAuthorizer('Jwt', issuer, { jwtAudience: [...audience] });
}
