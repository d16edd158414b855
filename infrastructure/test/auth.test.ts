// Who may call, with each `auth`.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import type { Template } from 'aws-cdk-lib/assertions';

import { readSettings, typedSource } from '../lib/settings/read.ts';
import { all, one, templates, type Given, type Properties, type Templates } from './production.ts';

type Changes = NonNullable<Given['settings']>;

/** Without an OpenID provider. */
const alone = { jwtIssuer: undefined, jwtAudience: undefined } satisfies Changes;

const withAuth = (settings: Changes): Templates => templates({ settings });

/** What each route asks for. */
function routes(api: Template): string[] {
  return all(api, 'AWS::ApiGatewayV2::Route')
    .map((route) => [route.RouteKey, route.AuthorizationType, ...(route.AuthorizationScopes as string[] | undefined) ?? []].join(' '))
    .sort();
}

const variables = (api: Template): Record<string, string> => one(api, 'AWS::Lambda::Function').Environment.Variables as Record<string, string>;

/** The rules by which the template refuses to be deployed, except that its binaries are missing. */
const refusals = (api: Template): string[] => Object.keys((api.toJSON() as { Rules?: object }).Rules ?? {}).filter((name) => name.startsWith('TaskApi'));

const loggedCaller = (api: Template): unknown =>
  (JSON.parse(String(one(api, 'AWS::ApiGatewayV2::Stage').AccessLogSettings.Format)) as Properties).caller;

describe('auth=jwt', () => {
  it('asks for the scopes that are named, each route for its own', () => {
    const { api } = withAuth({ jwtReadScope: 'read:tasks', jwtWriteScope: 'write:tasks' });
    assert.deepEqual(routes(api), [
      'DELETE /tasks/{task_id} JWT write:tasks',
      'GET /openapi.json JWT read:tasks',
      'GET /tasks/{task_id} JWT read:tasks',
      'POST /tasks JWT write:tasks',
    ]);
    assert.equal(variables(api).API_AUTHORIZER, 'jwt');
    assert.equal(variables(api).JWT_READ_ROLE, undefined);
    assert.equal(loggedCaller(api), '$context.authorizer.claims.sub');
  });

  it('leaves roles to the function, since API Gateway does not check them, and still requires a token', () => {
    const { api } = withAuth({ jwtReadRole: 'Tasks.Read', jwtWriteRole: 'Tasks.Write' });
    assert.deepEqual(routes(api), ['DELETE /tasks/{task_id} JWT', 'GET /openapi.json JWT', 'GET /tasks/{task_id} JWT', 'POST /tasks JWT']);
    const { API_AUTHORIZER: kind, JWT_READ_ROLE: read, JWT_WRITE_ROLE: write } = variables(api);
    assert.deepEqual([kind, read, write], ['jwt', 'Tasks.Read', 'Tasks.Write']);
  });

  it('refuses to be deployed without a provider', () => {
    assert.equal(refusals(withAuth(alone).api).length, 1);
  });
});

describe('auth=iam', () => {
  const { api } = withAuth({ ...alone, auth: 'iam', corsOrigins: ['https://app.example'] });

  it('asks every route for a signature, and makes no other authorizer', () => {
    assert.deepEqual(routes(api), ['DELETE /tasks/{task_id} AWS_IAM', 'GET /openapi.json AWS_IAM', 'GET /tasks/{task_id} AWS_IAM', 'POST /tasks AWS_IAM']);
    assert.deepEqual(all(api, 'AWS::ApiGatewayV2::Authorizer'), []);
    assert.equal(variables(api).API_AUTHORIZER, 'iam');
    assert.deepEqual(refusals(api), []);
  });

  it('logs the principal, and lets web pages send what a signature needs', () => {
    assert.equal(loggedCaller(api), '$context.identity.userArn');
    assert.deepEqual(one(api, 'AWS::ApiGatewayV2::Api').CorsConfiguration.AllowHeaders, [
      'authorization', 'x-amz-content-sha256', 'x-amz-date', 'x-amz-security-token', 'content-type', 'idempotency-key', 'traceparent', 'tracestate',
    ]);
  });
});

describe('auth=cognito', () => {
  const { api, processing } = withAuth({ ...alone, auth: 'cognito' });
  const [pool] = Object.keys(api.findResources('AWS::Cognito::UserPool'));
  const [client] = Object.keys(api.findResources('AWS::Cognito::UserPoolClient'));
  const [server] = Object.keys(api.findResources('AWS::Cognito::UserPoolResourceServer'));

  it('trusts the pool that it makes, for the client that it makes, and asks for its scopes', () => {
    const { Issuer: issuer, Audience: audience } = one(api, 'AWS::ApiGatewayV2::Authorizer').JwtConfiguration as Properties;
    assert.deepEqual(issuer, { 'Fn::GetAtt': [pool, 'ProviderURL'] });
    assert.deepEqual(audience, [{ Ref: client }]);
    assert.deepEqual(routes(api).map((route) => route.split(' ').slice(2).join(' ')), ['JWT tasks/write', 'JWT tasks/read', 'JWT tasks/read', 'JWT tasks/write']);
    assert.equal(variables(api).API_AUTHORIZER, 'jwt');
    assert.deepEqual(refusals(api), []);
  });

  it('takes tokens of further clients of the pool', () => {
    const more = withAuth({ ...alone, auth: 'cognito', jwtAudience: ['5kek0i61pg'] }).api;
    assert.deepEqual(one(more, 'AWS::ApiGatewayV2::Authorizer').JwtConfiguration.Audience, [{ Ref: client }, '5kek0i61pg']);
  });

  it('has one client, a program with a secret and both scopes, and no sign-up', () => {
    const { GenerateSecret: secret, AllowedOAuthFlows: flows, AllowedOAuthScopes: scopes } = one(api, 'AWS::Cognito::UserPoolClient');
    assert.deepEqual([secret, flows], [true, ['client_credentials']]);
    assert.deepEqual(scopes, ['/read', '/write'].map((scope) => ({ 'Fn::Join': ['', [{ Ref: server }, scope]] })));
    const resourceServer = one(api, 'AWS::Cognito::UserPoolResourceServer');
    assert.equal(resourceServer.Identifier, 'tasks');
    assert.deepEqual((resourceServer.Scopes as Properties[]).map((scope) => String(scope.ScopeName)), ['read', 'write']);
    const { AdminCreateUserConfig: signUp, UserPoolTier: tier } = one(api, 'AWS::Cognito::UserPool');
    assert.deepEqual([signUp.AllowAdminCreateUserOnly, tier], [true, 'LITE']);
  });

  it('has a domain that no other stack has, whatever the pipeline is called', () => {
    // Cognito refuses a prefix with aws, amazon or cognito in it.
    for (const template of [api, withAuth({ ...alone, auth: 'cognito', pipeline: 'not-amazon' }).api]) {
      const { 'Fn::Join': [, parts] } = one(template, 'AWS::Cognito::UserPoolDomain').Domain as { 'Fn::Join': [string, unknown[]] };
      const [prefix, end, ...more] = parts;
      assert.deepEqual([prefix, more], ['taskline-', []]);
      assert.match(JSON.stringify(end), /^\{"Fn::Select":\[4,.*\{"Ref":"AWS::StackId"\}/);
    }
  });

  it('outputs all that a client needs except its secret', () => {
    const outputs = Object.keys((processing.toJSON() as { Outputs: object }).Outputs);
    for (const name of ['UserPoolId', 'ClientId', 'TokenUrl']) assert.ok(outputs.includes(name), name);
    assert.doesNotMatch(JSON.stringify(processing.toJSON()), /ClientSecret/);
    assert.deepEqual(Object.keys((withAuth({}).processing.toJSON() as { Outputs: object }).Outputs).filter((name) => /Client|Pool|Token/.test(name)), []);
  });

  it('keeps its client\'s credentials in production, and elsewhere leaves nothing', () => {
    const policies = (template: Template): unknown[] => ['UserPool', 'UserPoolClient', 'UserPoolDomain', 'UserPoolResourceServer']
      .flatMap((type) => Object.values(template.findResources(`AWS::Cognito::${type}`)).map((resource: Properties): unknown => resource.DeletionPolicy));
    assert.deepEqual(policies(api), ['Retain', 'Retain', 'Retain', 'Retain']);
    assert.equal(one(api, 'AWS::Cognito::UserPool').DeletionProtection, 'ACTIVE');
    const dev = withAuth({ ...alone, environment: 'dev', auth: 'cognito' }).api;
    assert.deepEqual(policies(dev), ['Delete', 'Delete', 'Delete', 'Delete']);
    assert.equal(one(dev, 'AWS::Cognito::UserPool').DeletionProtection, 'INACTIVE');
  });
});

describe('a setting that has no effect with the chosen auth', () => {
  const read = (given: Record<string, unknown>): unknown => readSettings(typedSource(given, (name) => `-c ${name}=…`));

  it('is refused by its name', () => {
    const provider = { jwtIssuer: 'https://id.example', jwtAudience: ['taskline'] };
    for (const [given, refusal] of [
      [{ auth: 'iam', ...provider }, /^-c jwtIssuer=…: has no effect without auth=jwt/],
      [{ auth: 'iam', jwtAudience: ['a'] }, /^-c jwtAudience=…: has no effect with auth=iam/],
      [{ auth: 'iam', jwtReadScope: 'a' }, /^-c jwtReadScope=…: has no effect without auth=jwt/],
      [{ auth: 'iam', jwtReadRole: 'R', jwtWriteRole: 'W' }, /^-c jwtReadRole=…: has no effect with auth=iam/],
      [{ auth: 'cognito', ...provider }, /^-c jwtIssuer=…: has no effect without auth=jwt/],
      [{ auth: 'cognito', jwtWriteScope: 'a' }, /^-c jwtWriteScope=…: has no effect without auth=jwt/],
      [{ auth: 'cognito', jwtReadRole: 'R', jwtWriteRole: 'W' }, /^-c jwtReadRole=…: has no effect with auth=cognito/],
      [{ ...provider, jwtReadRole: 'R' }, /^-c jwtReadRole=…: has no effect without jwtWriteRole/],
      [{ ...provider, jwtWriteRole: 'W' }, /^-c jwtWriteRole=…: has no effect without jwtReadRole/],
      [{ ...provider, jwtReadRole: 'R', jwtWriteRole: 'W', jwtReadScope: 'r' }, /^-c jwtReadScope=…: has no effect with jwtReadRole/],
      [{ ...provider, jwtReadRole: 'R', jwtWriteRole: 'W', jwtWriteScope: 'w' }, /^-c jwtWriteScope=…: has no effect with jwtWriteRole/],
      [{ auth: 'none' }, /^-c auth=…: must be jwt, iam or cognito$/],
    ] as const) {
      assert.throws(() => read(given), (error: Error) => refusal.test(error.message), JSON.stringify(given));
    }
  });

  it('takes the names that providers use, and none that could be read as two', () => {
    for (const name of ['tasks/read', 'read:tasks', 'Tasks.Read', 'api://1f3a/Tasks.Read', 'a'.repeat(64)]) read({ jwtReadScope: name });
    for (const name of ['a b', '[a', 'a]', 'a,b', 'a"b', 'a\\b', 'é', 'a'.repeat(65)]) {
      assert.throws(() => read({ jwtReadScope: name }), /^Error: -c jwtReadScope=…: must be 1 to 64 visible/, name);
    }
  });
});
