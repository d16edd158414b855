// The HTTP API: routes, who may use them, how fast, from which web pages, and what is logged of it.
import { Duration } from 'aws-cdk-lib';
import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway';
import { CorsHttpMethod, HttpApi, HttpMethod, HttpStage, LogGroupLogDestination } from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';

import type { ApiFunction } from './api-function.ts';
import { authorization, type Authorization } from './auth/authorization.ts';
import type { PipelineStackProps } from './pipeline-stack.ts';
import { ofAccessLogs } from './removal-policy.ts';

/**
 * What each route does with tasks, and so which permission a caller needs. A route without one would take identity tokens
 * too. The API's description is among them: were it public, it would be the one way for strangers to spend invocations, and
 * every caller of the API can read it.
 */
export const routes = [
  { path: '/tasks', method: HttpMethod.POST, access: 'write' },
  { path: '/tasks/{task_id}', method: HttpMethod.GET, access: 'read' },
  { path: '/tasks/{task_id}', method: HttpMethod.DELETE, access: 'write' },
  { path: '/openapi.json', method: HttpMethod.GET, access: 'read' },
] as const;

/**
 * One line a request, never a payload and never a token. `request_id` is that of the invocation, as in the function's log;
 * a request that was refused before it has none. Variables:
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging-variables.html
 */
const accessLog = {
  time: '$context.requestTime',
  request_id: '$context.integration.requestId',
  gateway_request_id: '$context.requestId',
  // Of a token. Behind IAM it is the principal's ARN instead (auth/authorization.ts).
  caller: '$context.authorizer.claims.sub',
  route: '$context.routeKey',
  status: '$context.status',
  latency_ms: '$context.responseLatency',
  response_bytes: '$context.responseLength',
  source_ip: '$context.identity.sourceIp',
  authorizer_error: '$context.authorizer.error',
  integration_error: '$context.integrationErrorMessage',
};

export interface TaskApiProps extends PipelineStackProps {
  readonly function: ApiFunction;
  readonly key: IKey | undefined;
}

export class TaskApi extends Construct {
  readonly api: HttpApi;
  readonly stage: HttpStage;
  /** The issuer of tokens that the stack makes, with `auth=cognito`. */
  readonly issuer: Authorization['issuer'];

  constructor(scope: Construct, id: string, props: TaskApiProps) {
    super(scope, id);
    const { name, settings } = props;
    const { corsOrigins } = settings;
    const { authorizer, scopes, issuer, caller, headers } = authorization(this, props);
    this.issuer = issuer;

    this.api = new HttpApi(this, 'Api', {
      apiName: name.full,
      description: 'Taskline: takes tasks and shows them',
      // The stage is made below, with the limits that CDK's own doesn't have.
      createDefaultStage: false,
      ...(corsOrigins !== undefined && {
        corsPreflight: {
          allowOrigins: [...corsOrigins],
          allowMethods: [CorsHttpMethod.GET, CorsHttpMethod.POST, CorsHttpMethod.DELETE],
          allowHeaders: [...headers, 'content-type', 'idempotency-key', 'traceparent', 'tracestate'],
          // The response headers of the API (api/src/http/headers.rs).
          exposeHeaders: ['location', 'idempotent-replayed', 'retry-after'],
          maxAge: Duration.hours(1),
        },
      }),
    });
    const integration = new HttpLambdaIntegration('Function', props.function.rust.function);
    for (const { path, method, access } of routes) {
      this.api.addRoutes({ path, methods: [method], integration, authorizer, ...(scopes !== undefined && { authorizationScopes: [scopes[access]] }) });
    }

    const accessLogs = new LogGroup(this, 'AccessLogs', {
      // Under this prefix a log group needs no place in the account's one resource policy, which fills up.
      logGroupName: `/aws/vendedlogs${name.logGroup('api-access')}`,
      retention: settings.logRetentionDays,
      removalPolicy: ofAccessLogs(settings),
      ...(props.key !== undefined && { encryptionKey: props.key }),
    });
    this.stage = new HttpStage(this, 'Stage', {
      httpApi: this.api,
      // The default stage: the name of any other stage would prefix every path.
      stageName: '$default',
      autoDeploy: true,
      throttle: { rateLimit: settings.requestsPerSecond, burstLimit: settings.requestsBurst },
      accessLogSettings: {
        destination: new LogGroupLogDestination(accessLogs),
        format: AccessLogFormat.custom(JSON.stringify({ ...accessLog, caller })),
      },
    });
  }
}
