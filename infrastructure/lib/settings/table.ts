// All settings of a deployment, each described once. The reader (read.ts), the check of names (unknown-names.ts), the
// functions' environment (variables.ts) and the table in README.md follow from this one.
import { RetentionDays } from 'aws-cdk-lib/aws-logs';

import { permissionName } from '../auth/permissions.ts';
import { limits } from '../limits.ts';
import { handlerFunction } from './handler-function.ts';
import { flag, listOf, oneNumberOf, oneOf, rate, taskTypeName, text, textLike, wholeNumber } from './kinds.ts';
import { origins } from './origins.ts';
import { ENVIRONMENT_CHARACTERS_MAX, PIPELINE_CHARACTERS_MAX } from './pipeline-name.ts';
import { setting, type Need, type Setting, type Variable } from './setting.ts';
import { typesFile } from './types-file.ts';
import { httpsUrl, proxyUrl } from './urls.ts';
import { webhookUrl } from './webhook-url.ts';

const FOR_PROVIDERS = { setting: 'auth', value: 'jwt' };
const FOR_ITS_WEBHOOK: Need = { setting: 'handler', value: 'webhook' };
const FOR_WEBHOOKS: Need = { ...FOR_ITS_WEBHOOK, orTypeWith: 'webhook' };
const FOR_ITS_FUNCTION: Need = { setting: 'handler', value: 'lambda' };
const FOR_FUNCTIONS: Need = { ...FOR_ITS_FUNCTION, orTypeWith: 'function' };
const inProcessor = (name: string): Variable => ({ name, of: ['processor'] });
const inFunctions = (name: string): Variable => ({ name, of: ['api', 'processor', 'watch'] });

const errorType = textLike(/^[\x21-\x2b\x2d-\x7e]{1,100}$/, 'must be a list of error types, each of 1 to 100 visible ASCII characters');

const fifoQueueName = textLike(/^[A-Za-z0-9_-]{1,75}\.fifo$/, 'must be the name of a FIFO queue, which ends with .fifo');

/** API Gateway's quota: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html */
const AUDIENCES_MAX = 50;

/** The days for which CloudWatch Logs can keep a log, for ever not among them. */
const retentionDays = Object.values(RetentionDays).filter((days): days is RetentionDays => typeof days === 'number' && days < RetentionDays.INFINITE);

export const table = {
  // Which pipeline.
  environment: setting(
    textLike(new RegExp(`^[a-z][a-z0-9]{0,${ENVIRONMENT_CHARACTERS_MAX - 1}}$`), `must be 1 to ${ENVIRONMENT_CHARACTERS_MAX} lower-case letters and digits, beginning with a letter`),
    'dev',
    { isArgumentOnly: true, meaning: 'the file of settings in [environments](environments), such as `prod`, and the second part of all names' },
  ),
  pipeline: setting(
    textLike(new RegExp(`^(?!aws)[a-z](?:-?[a-z0-9]){0,${PIPELINE_CHARACTERS_MAX - 1}}$`), `must be 1 to ${PIPELINE_CHARACTERS_MAX} lower-case letters, digits and single hyphens, beginning with a letter and not with aws`),
    'taskline',
    { meaning: 'the first part of all names; each value is a separate pipeline' },
  ),
  keep: setting(flag, true, {
    meaning: '`false` for a throwaway pipeline: deleting its stacks also deletes queues, table, secret and logs. Refused with `deletionProtection`',
  }),
  deletionProtection: setting(flag, false, {
    meaning: 'protects the stacks and the table from deletion until it is switched off',
  }),

  // What runs.
  handler: setting(oneOf('record', 'webhook', 'lambda', 'own'), undefined, {
    meaning: 'what handles tasks: `record` (the record is the result), `webhook` (posts each task; needs `webhookUrl`), `lambda` (invokes a function of yours; needs `handlerFunction`) or `own` (your own function; needs `binaries`). Without it the stacks cannot be deployed',
  }),
  architecture: setting(oneOf('arm64', 'x86_64'), 'arm64', { meaning: 'the processor architecture that the functions are built for and run on' }),
  binaries: setting(text, undefined, {
    isArgumentOnly: true,
    meaning: 'a folder of built functions, `api/bootstrap`, `processor/bootstrap` and `watch/bootstrap`: nothing is built, so that you deploy to prod what you tested in staging. Relative to `infrastructure`; without it `deploy` builds into `dist`',
  }),

  // Existing resources: docs/disaster.md.
  tableName: setting(textLike(/^[A-Za-z0-9_.-]{3,255}$/, 'must be the name of a DynamoDB table'), undefined, {
    meaning: 'an existing table, such as a restored one, to use instead of the stack\'s own, which stays unused: [docs/disaster.md](../docs/disaster.md)',
  }),
  queueName: setting(fifoQueueName, undefined, { needs: { setting: 'deadLetterQueueName' }, meaning: 'an existing queue to use as the line' }),
  deadLetterQueueName: setting(fifoQueueName, undefined, { needs: { setting: 'queueName' }, meaning: 'an existing queue to use as the dead-letter queue' }),

  // How tasks are handled: the bounds are those of processor/src/settings.rs.
  failurePolicy: setting(oneOf('dead-letter', 'hold'), 'dead-letter', {
    variable: inProcessor('FAILURE_POLICY'),
    meaning: 'what happens to a task that cannot succeed: it leaves the line (`dead-letter`), or the line waits for it (`hold`)',
  }),
  taskTypes: setting(listOf(taskTypeName, 100), undefined, {
    variable: { name: 'TASK_TYPES', of: ['api', 'processor'] },
    meaning: 'the types of tasks that this deployment knows, all by default. A request for another type gets 400; a task of another type that was accepted earlier waits',
  }),
  typesFile: setting(typesFile, undefined, {
    meaning: 'a TOML file with the types of tasks that this deployment knows, instead of `taskTypes`: what handles each, for how long and how often, and the JSON Schema of its payload. It is deployed with its schemas. Relative to the working directory: [docs/handlers.md](../docs/handlers.md#types-in-a-file)',
  }),
  attemptBudget: setting(wholeNumber(1, 100), limits.attemptBudget, {
    variable: inProcessor('ATTEMPT_BUDGET'),
    meaning: 'attempts before a task is given up (1 to 100)',
  }),
  handlerTimeoutSeconds: setting(wholeNumber(1, limits.handlerSecondsMax), limits.handlerTimeoutSeconds, {
    variable: inProcessor('HANDLER_TIMEOUT_SECONDS'),
    meaning: 'the time limit of an attempt (1 to 840); the function\'s timeout and the queue\'s visibility timeout are derived from it',
  }),
  retryBaseSeconds: setting(wholeNumber(1, 3_600), limits.retryBaseSeconds, {
    variable: inProcessor('RETRY_BASE_SECONDS'),
    meaning: 'the wait after the first failed attempt (1 to 3600)',
  }),
  retryMaxSeconds: setting(wholeNumber(1, 3_600), limits.retryMaxSeconds, {
    variable: inProcessor('RETRY_MAX_SECONDS'),
    meaning: 'the longest wait between attempts (1 to 3600), at least `retryBaseSeconds`',
  }),
  unavailableSecondsMax: setting(wholeNumber(0, limits.outageSecondsMax), limits.unavailableSecondsMax, {
    variable: inProcessor('UNAVAILABLE_SECONDS_MAX'),
    meaning: 'how long the handler can be unavailable without spending attempts (0 to 604800)',
  }),

  // The webhook.
  webhookUrl: setting(webhookUrl, undefined, {
    needs: FOR_ITS_WEBHOOK,
    variable: inProcessor('WEBHOOK_URL'),
    meaning: 'the URL that tasks are posted to, `https://`. It is visible in the function\'s configuration',
  }),
  webhookTimeoutSeconds: setting(wholeNumber(1, limits.handlerSecondsMax), undefined, {
    needs: FOR_WEBHOOKS,
    variable: inProcessor('WEBHOOK_TIMEOUT_SECONDS'),
    meaning: 'the time limit of a post, at most `handlerTimeoutSeconds`. 10 by default, or `handlerTimeoutSeconds` if that is less',
  }),

  httpsProxy: setting(proxyUrl, undefined, {
    needs: FOR_WEBHOOKS,
    variable: inProcessor('HTTPS_PROXY'),
    meaning: 'the proxy for posts, `http://HOST:PORT` or `https://HOST:PORT`, without user and password',
  }),
  noProxy: setting(listOf(text, 100), undefined, {
    needs: { setting: 'httpsProxy' },
    variable: inProcessor('NO_PROXY'),
    meaning: 'hosts and networks that are reached without the proxy',
  }),

  // The function of the user's.
  handlerFunction: setting(handlerFunction, undefined, {
    needs: FOR_ITS_FUNCTION,
    variable: inProcessor('HANDLER_FUNCTION'),
    meaning: 'the Lambda function that handles tasks: its name, ARN or partial ARN, alone or followed by `:ALIAS` or `:VERSION`. Its timeout must be less than `handlerTimeoutSeconds`: [docs/handlers.md](../docs/handlers.md#a-lambda-function)',
  }),
  permanentErrors: setting(listOf(errorType, 100), undefined, {
    needs: FOR_FUNCTIONS,
    variable: inProcessor('PERMANENT_ERRORS'),
    meaning: 'the types of the function\'s errors that no further attempt can fix, such as `ValueError,NotFound`; none by default',
  }),

  // Where the processor runs, and how many of each function at once.
  vpcId: setting(textLike(/^vpc-[0-9a-f]{8,17}$/, 'must be the id of a VPC, vpc-…'), undefined, {
    needs: { setting: 'subnetIds' },
    meaning: 'the VPC of the processor, for a webhook that is reachable only from there',
  }),
  subnetIds: setting(listOf(textLike(/^subnet-[0-9a-f]{8,17}$/, 'must be a list of ids of subnets, subnet-…'), 16), undefined, {
    needs: { setting: 'vpcId' },
    meaning: 'private subnets of that VPC, with a route to SQS, DynamoDB and CloudWatch Logs: [In a VPC](#in-a-vpc)',
  }),
  securityGroupIds: setting(listOf(textLike(/^sg-[0-9a-f]{8,17}$/, 'must be a list of ids of security groups, sg-…'), 5), undefined, {
    needs: { setting: 'vpcId' },
    meaning: 'security groups of the processor in the VPC; without them the stack creates one without inbound rules',
  }),
  apiReservedConcurrency: setting(wholeNumber(1, 100_000), undefined, {
    meaning: 'the number of requests that the API handles concurrently, reserved and limited. Not 0, which would stop it',
  }),
  processorReservedConcurrency: setting(wholeNumber(1, 100_000), undefined, {
    meaning: 'the same for the processor; one line needs 1. Not 0: `taskline line pause` stops the line',
  }),

  // Who may call, and how often.
  auth: setting(oneOf('jwt', 'iam', 'cognito'), 'jwt', {
    meaning: 'how callers are authenticated: `jwt` (tokens of `jwtIssuer`), `cognito` (tokens of a user pool that the stack creates) or `iam` (requests signed with AWS credentials): [docs/authentication.md](../docs/authentication.md)',
  }),
  jwtIssuer: setting(httpsUrl, undefined, {
    needs: FOR_PROVIDERS,
    meaning: 'the issuer of callers\' tokens: the URL of an OpenID provider that signs with RSA keys. Without it the stacks cannot be deployed',
  }),
  jwtAudience: setting(listOf(text, AUDIENCES_MAX), undefined, {
    meaning: 'the accepted audiences of tokens. Without it the stacks cannot be deployed. With `auth=cognito`, the ids of clients that you added to the pool. Refused with `auth=iam`',
  }),
  jwtReadScope: setting(permissionName, undefined, {
    needs: FOR_PROVIDERS,
    meaning: 'the scope that a token needs to read a task; `tasks/read` by default',
  }),
  jwtWriteScope: setting(permissionName, undefined, {
    needs: FOR_PROVIDERS,
    meaning: 'the scope that a token needs to submit and cancel tasks; `tasks/write` by default',
  }),
  jwtReadRole: setting(permissionName, undefined, {
    needs: { setting: 'jwtWriteRole' },
    variable: { name: 'JWT_READ_ROLE', of: ['api'] },
    meaning: 'the role that a token needs to read a task, instead of a scope, for providers that put permissions into `roles` (Entra ID)',
  }),
  jwtWriteRole: setting(permissionName, undefined, {
    needs: { setting: 'jwtReadRole' },
    variable: { name: 'JWT_WRITE_ROLE', of: ['api'] },
    meaning: 'the role that a token needs to submit and cancel tasks, instead of a scope',
  }),
  corsOrigins: setting(origins, undefined, {
    meaning: 'origins whose web pages may call the API; none by default. Same format as `CORS_ORIGINS`: [docs/settings.md](../docs/settings.md)',
  }),
  requestsPerSecond: setting(wholeNumber(1, 10_000), 100, {
    meaning: 'the request rate that API Gateway accepts from all callers together; above it they get 429',
  }),
  requestsBurst: setting(wholeNumber(1, 10_000), 200, { meaning: 'the number of requests that may arrive at once above that rate' }),
  waitSecondsMax: setting(wholeNumber(0, limits.waitSecondsMax), undefined, {
    meaning: 'how long a `GET` with `wait` can wait (0 to 20; 0 refuses every `wait`). By default as long as requests that wait can\'t occupy all of `apiReservedConcurrency` (1,000 without it) at the rate of `requestsPerSecond` and `requestsBurst`, 7 with their defaults; more is refused: [docs/capacity.md](../docs/capacity.md#requests-that-wait)',
  }),

  // What is watched, and what is logged.
  oldestTaskSecondsMax: setting(wholeNumber(1, limits.retentionSecondsMax), 600, {
    meaning: 'alarm OldestTaskTooOld: the longest time that a task may wait in the line. Set it to more than two visibility timeouts, otherwise one crashed run triggers the alarm',
  }),
  latencyP99MillisecondsMax: setting(wholeNumber(1, 30_000), 1_500, {
    meaning: 'alarm ApiLatencyHigh: the time within which the API answers 99 of 100 requests',
  }),
  watchMinutes: setting(wholeNumber(1, 5), 5, {
    meaning: 'the interval of the watch in minutes (1 to 5), and the period of the alarms on its metrics',
  }),
  canary: setting(rate(300, 86_400), undefined, {
    meaning: 'submits a task with the title `taskline canary` in every such interval, from `rate(5 minutes)` to `rate(1 day)`, and an alarm fires if it is not completed before the next one. Your handler gets it like any other task',
  }),
  alarmTopicArn: setting(textLike(/^arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[A-Za-z0-9_-]{1,256}$/, 'must be the ARN of a standard SNS topic'), undefined, {
    meaning: 'an existing SNS topic for the alarms, instead of the pipeline\'s own. It must allow CloudWatch to publish',
  }),
  alarmEmail: setting(textLike(/^[\w.%+-]+@[a-z0-9-]+(?:\.[a-z0-9-]+)+$/i, 'must be one mail address'), undefined, {
    meaning: 'an email address to subscribe to the alarms; it must confirm. Refused with `alarmTopicArn`',
  }),
  runbookUrl: setting(httpsUrl, undefined, {
    meaning: 'the URL of your copy of the runbook: each alarm links to it, with the alarm\'s heading after `#`. `docs/runbook.md` by default',
  }),
  logLevel: setting(oneOf('error', 'warn', 'info', 'debug'), 'info', {
    variable: inFunctions('LOG_LEVEL'),
    meaning: 'the log level of the functions',
  }),
  logRetentionDays: setting(oneNumberOf(...retentionDays), RetentionDays.ONE_MONTH, {
    meaning: 'the retention of logs: a number of days that CloudWatch Logs accepts',
  }),
  tracing: setting(flag, false, {
    meaning: '`true` traces the functions with AWS X-Ray, which is charged: [docs/observing.md](../docs/observing.md#x-ray)',
  }),

  // Whose key encrypts.
  kmsKeyArn: setting(textLike(/^arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:key\/(?:mrk-)?[0-9a-f-]{32,36}$/, 'must be the ARN of a symmetric KMS key, arn:aws:kms:REGION:ACCOUNT:key/ID; an alias is none'), undefined, {
    meaning: 'your own KMS key, which encrypts queues, table, secret, logs and alarms: [Your own KMS key](#your-own-kms-key). Without it AWS\'s own keys do',
  }),

  // How the functions reach AWS.
  awsCaBundle: setting(textLike(/^\/[\x21-\x7e]+$/, 'must be the absolute path of a file that the functions find'), undefined, {
    variable: inFunctions('AWS_CA_BUNDLE'),
    meaning: 'a PEM file of certificate authorities, instead of Amazon\'s five roots; in Regions of China `/etc/pki/tls/certs/ca-bundle.crt`',
  }),
  awsEndpointUrl: setting(httpsUrl, undefined, { variable: inFunctions('AWS_ENDPOINT_URL'), meaning: 'the endpoint of all AWS services, instead of their public endpoints' }),
  awsEndpointUrlDynamodb: setting(httpsUrl, undefined, { variable: inFunctions('AWS_ENDPOINT_URL_DYNAMODB'), meaning: 'the endpoint of DynamoDB, such as a VPC endpoint without private DNS' }),
  awsEndpointUrlLambda: setting(httpsUrl, undefined, {
    needs: FOR_FUNCTIONS,
    variable: inProcessor('AWS_ENDPOINT_URL_LAMBDA'),
    meaning: 'the endpoint of Lambda',
  }),
  awsEndpointUrlSecretsManager: setting(httpsUrl, undefined, {
    needs: FOR_WEBHOOKS,
    variable: inProcessor('AWS_ENDPOINT_URL_SECRETS_MANAGER'),
    meaning: 'the endpoint of Secrets Manager',
  }),
  awsEndpointUrlSqs: setting(httpsUrl, undefined, { variable: inFunctions('AWS_ENDPOINT_URL_SQS'), meaning: 'the endpoint of SQS' }),
  awsUseFipsEndpoint: setting(flag, undefined, {
    variable: inFunctions('AWS_USE_FIPS_ENDPOINT'),
    meaning: '`true` for FIPS 140 endpoints',
  }),
  awsUseDualstackEndpoint: setting(flag, undefined, {
    variable: inFunctions('AWS_USE_DUALSTACK_ENDPOINT'),
    meaning: '`true` for endpoints with IPv6',
  }),
} as const satisfies Record<string, Setting<never> | Setting<any>>; // eslint-disable-line @typescript-eslint/no-explicit-any -- of all types

export type SettingName = keyof typeof table;

/** What a deployment is made of: every setting, with its default where it has one and was not set. */
export type Settings = { readonly [Name in SettingName]: (typeof table)[Name] extends Setting<infer T> ? T : never };

export const settingNames = Object.keys(table) as SettingName[];
