// The HTTP API of production: authorization, throttling and logs.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { all, one, templates } from './production.ts';

const { api } = templates();

describe('routes', () => {
  it('each want a token with their own scope; no route is open', () => {
    const routes = all(api, 'AWS::ApiGatewayV2::Route').map((route) => {
      assert.equal(route.AuthorizationType, 'JWT');
      return `${String(route.RouteKey)} ${String(route.AuthorizationScopes)}`;
    });
    assert.deepEqual(routes.sort(), [
      'DELETE /tasks/{task_id} tasks/write',
      'GET /openapi.json tasks/read',
      'GET /tasks/{task_id} tasks/read',
      'POST /tasks tasks/write',
    ]);
  });

  it('trust the issuer and the audience that the context names, by nothing but the Authorization header', () => {
    const { JwtConfiguration: jwt, AuthorizerType: type, IdentitySource: source } = one(api, 'AWS::ApiGatewayV2::Authorizer');
    assert.deepEqual(jwt, { Issuer: 'https://id.example', Audience: ['taskline'] });
    assert.deepEqual([type, source], ['JWT', ['$request.header.Authorization']]);
  });

  it('all ask that one authorizer', () => {
    const [authorizer] = Object.keys(api.findResources('AWS::ApiGatewayV2::Authorizer'));
    for (const route of all(api, 'AWS::ApiGatewayV2::Route')) assert.deepEqual(route.AuthorizerId, { Ref: authorizer });
  });
});

describe('stage', () => {
  const stage = one(api, 'AWS::ApiGatewayV2::Stage');

  it('is the default one, which puts nothing before a path', () => {
    assert.equal(stage.StageName, '$default');
  });

  it('throttles', () => {
    const { ThrottlingRateLimit: rate, ThrottlingBurstLimit: burst } = stage.DefaultRouteSettings as Record<string, number>;
    assert.ok(rate !== undefined && rate > 0 && burst !== undefined && burst >= rate);
  });

  it('logs each request as one JSON object, without token or payload', () => {
    const format = JSON.parse(String(stage.AccessLogSettings.Format)) as Record<string, string>;
    assert.equal(format.gateway_request_id, '$context.requestId');
    assert.doesNotMatch(JSON.stringify(format), /authorization|body/i);
  });

  it('names the invocation as the function does, and the caller by the subject of the token alone', () => {
    const format = JSON.parse(String(stage.AccessLogSettings.Format)) as Record<string, string>;
    assert.equal(format.request_id, '$context.integration.requestId');
    const claims = Object.values(format).filter((value) => value.includes('claims'));
    assert.deepEqual(claims, ['$context.authorizer.claims.sub']);
  });
});

describe('the access logs', () => {
  it('outlive their stack in production, and nowhere else', () => {
    const policy = (environment: string): unknown[] => Object.values(templates({ settings: { environment } }).api.findResources('AWS::Logs::LogGroup'))
      .filter((group) => (group as { Properties: { LogGroupName: string } }).Properties.LogGroupName.endsWith('api-access'))
      .map((group) => (group as { DeletionPolicy: unknown }).DeletionPolicy);
    assert.deepEqual(policy('prod'), ['Retain']);
    assert.deepEqual(policy('dev'), ['Delete']);
  });
});

describe('CORS', () => {
  it('is off unless origins are given', () => {
    assert.equal(one(api, 'AWS::ApiGatewayV2::Api').CorsConfiguration, undefined);
  });

  it('lets the given origins send a token and a key, and read the API\'s response headers', () => {
    const open = templates({ settings: { corsOrigins: ['https://app.example'] } }).api;
    assert.deepEqual(one(open, 'AWS::ApiGatewayV2::Api').CorsConfiguration, {
      AllowOrigins: ['https://app.example'],
      AllowMethods: ['GET', 'POST', 'DELETE'],
      AllowHeaders: ['authorization', 'content-type', 'idempotency-key', 'traceparent', 'tracestate'],
      ExposeHeaders: ['location', 'idempotent-replayed', 'retry-after'],
      MaxAge: 3600,
    });
  });
});

describe('the API function', () => {
  it('answers before the timeout of API Gateway', () => {
    assert.ok(one(api, 'AWS::Lambda::Function').Timeout < 29);
  });
});
