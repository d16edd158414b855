// All settings of a deployment, each described once. The reader (read.ts), the check of names (unknown-names.ts), the
// functions' environment (variables.ts) and the table in README.md follow from this one.
import { RetentionDays } from 'aws-cdk-lib/aws-logs';

import { permissionName } from '../auth/permissions.ts';
import { limits } from '../limits.ts';
import { flag, listOf, oneNumberOf, oneOf, rate, text, textLike, wholeNumber } from './kinds.ts';
import { origins } from './origins.ts';
import { ENVIRONMENT_CHARACTERS_MAX, PIPELINE_CHARACTERS_MAX } from './pipeline-name.ts';
import { setting, type Setting, type Variable } from './setting.ts';
import { httpsUrl, proxyUrl } from './urls.ts';
import { webhookUrl } from './webhook-url.ts';

const FOR_PROVIDERS = { setting: 'auth', value: 'jwt' };
const FOR_WEBHOOKS = { setting: 'handler', value: 'webhook' };
const inProcessor = (name: string): Variable => ({ name, of: ['processor'] });
const inFunctions = (name: string): Variable => ({ name, of: ['api', 'processor', 'watch'] });

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
    { meaning: 'the first part of all names; each name is a pipeline of its own' },
  ),
  keep: setting(flag, true, {
    meaning: '`false` for a throwaway pipeline: deleting its stacks deletes queues, table, secret and logs too. Refused with `deletionProtection`',
  }),
  deletionProtection: setting(flag, false, {
    meaning: 'protects the stacks and the table against deletion, until it is switched off',
  }),

  // What runs.
  handler: setting(oneOf('record', 'webhook', 'own'), undefined, {
    meaning: 'what is done with tasks: `record` (the record is the result), `webhook` (posts each; needs `webhookUrl`) or `own` (a function of your own; needs `binaries`). Without it the stacks refuse to deploy',
  }),
  architecture: setting(oneOf('arm64', 'x86_64'), 'arm64', { meaning: 'what the functions are built for and run on' }),
  binaries: setting(text, undefined, {
    isArgumentOnly: true,
    meaning: 'a folder of built functions, `api/bootstrap`, `processor/bootstrap` and `watch/bootstrap`: nothing is built, and what was tried in staging is what goes to prod. Relative to `infrastructure`; without it `deploy` builds into `dist`',
  }),

  // What is there already: docs/disaster.md.
  tableName: setting(textLike(/^[A-Za-z0-9_.-]{3,255}$/, 'must be the name of a DynamoDB table'), undefined, {
    meaning: 'a table that is there, such as one that was restored, in place of the stack\'s own, which stays unused: [docs/disaster.md](../docs/disaster.md)',
  }),
  queueName: setting(fifoQueueName, undefined, { needs: { setting: 'deadLetterQueueName' }, meaning: 'the same of the line' }),
  deadLetterQueueName: setting(fifoQueueName, undefined, { needs: { setting: 'queueName' }, meaning: 'the same of the dead-letter queue' }),

  // How tasks are handled: the bounds are those of processor/src/settings.rs.
  failurePolicy: setting(oneOf('dead-letter', 'hold'), 'dead-letter', {
    variable: inProcessor('FAILURE_POLICY'),
    meaning: 'what becomes of a task that can\'t succeed: it leaves the line, or the line stops at it',
  }),
  attemptBudget: setting(wholeNumber(1, 100), limits.attemptBudget, {
    variable: inProcessor('ATTEMPT_BUDGET'),
    meaning: 'attempts before a task is given up (1 to 100)',
  }),
  handlerTimeoutSeconds: setting(wholeNumber(1, 840), limits.handlerTimeoutSeconds, {
    variable: inProcessor('HANDLER_TIMEOUT_SECONDS'),
    meaning: 'when an attempt is given up (1 to 840); the function\'s time-out and the queue\'s visibility time-out follow from it',
  }),
  retryBaseSeconds: setting(wholeNumber(1, 3_600), limits.retryBaseSeconds, {
    variable: inProcessor('RETRY_BASE_SECONDS'),
    meaning: 'the wait after the first failed attempt (1 to 3600)',
  }),
  retryMaxSeconds: setting(wholeNumber(1, 3_600), limits.retryMaxSeconds, {
    variable: inProcessor('RETRY_MAX_SECONDS'),
    meaning: 'the longest wait between attempts (1 to 3600), at least `retryBaseSeconds`',
  }),

  // The webhook.
  webhookUrl: setting(webhookUrl, undefined, {
    needs: FOR_WEBHOOKS,
    variable: inProcessor('WEBHOOK_URL'),
    meaning: 'where tasks are posted to, `https://`. It is visible in the function\'s configuration',
  }),
  webhookTimeoutSeconds: setting(wholeNumber(1, 840), undefined, {
    needs: FOR_WEBHOOKS,
    variable: inProcessor('WEBHOOK_TIMEOUT_SECONDS'),
    meaning: 'when a post is given up; at most `handlerTimeoutSeconds`. 10 by default, or `handlerTimeoutSeconds` if that is less',
  }),

  httpsProxy: setting(proxyUrl, undefined, {
    needs: FOR_WEBHOOKS,
    variable: inProcessor('HTTPS_PROXY'),
    meaning: 'the proxy through which tasks are posted, `http://HOST:PORT` or `https://HOST:PORT`, without user and password',
  }),
  noProxy: setting(listOf(text, 100), undefined, {
    needs: { setting: 'httpsProxy' },
    variable: inProcessor('NO_PROXY'),
    meaning: 'hosts and networks that are reached without the proxy',
  }),

  // Where the processor runs, and how many of each function at once.
  vpcId: setting(textLike(/^vpc-[0-9a-f]{8,17}$/, 'must be the id of a VPC, vpc-…'), undefined, {
    needs: { setting: 'subnetIds' },
    meaning: 'the VPC that the processor runs in, for a webhook that is reachable from there alone',
  }),
  subnetIds: setting(listOf(textLike(/^subnet-[0-9a-f]{8,17}$/, 'must be a list of ids of subnets, subnet-…'), 16), undefined, {
    needs: { setting: 'vpcId' },
    meaning: 'its private subnets, with a way to SQS, DynamoDB and CloudWatch Logs: [In a VPC](#in-a-vpc)',
  }),
  securityGroupIds: setting(listOf(textLike(/^sg-[0-9a-f]{8,17}$/, 'must be a list of ids of security groups, sg-…'), 5), undefined, {
    needs: { setting: 'vpcId' },
    meaning: 'security groups of the processor there; without them the stack makes one that lets nothing in',
  }),
  apiReservedConcurrency: setting(wholeNumber(1, 100_000), undefined, {
    meaning: 'how many requests the API handles at once, at most and at any time, whatever else runs in the account. Not 0, which would stop it',
  }),
  processorReservedConcurrency: setting(wholeNumber(1, 100_000), undefined, {
    meaning: 'the same of the processor, of which one is enough for one line. Not 0: `taskline line pause` stops the line',
  }),

  // Who may call, and how often.
  auth: setting(oneOf('jwt', 'iam', 'cognito'), 'jwt', {
    meaning: 'how callers are authenticated: `jwt` (tokens of `jwtIssuer`), `cognito` (tokens of a user pool that the stack makes) or `iam` (requests signed with AWS credentials): [docs/authentication.md](../docs/authentication.md)',
  }),
  jwtIssuer: setting(httpsUrl, undefined, {
    needs: FOR_PROVIDERS,
    meaning: 'who issues callers\' tokens: the URL of an OpenID provider that signs with RSA keys. Without it the stacks refuse to deploy',
  }),
  jwtAudience: setting(listOf(text, AUDIENCES_MAX), undefined, {
    meaning: 'whom tokens must be meant for. Without it the stacks refuse to deploy. With `auth=cognito` the ids of clients that you added to the pool. Refused with `auth=iam`',
  }),
  jwtReadScope: setting(permissionName, undefined, {
    needs: FOR_PROVIDERS,
    meaning: 'the scope that a token needs to see a task; `tasks/read` by default',
  }),
  jwtWriteScope: setting(permissionName, undefined, {
    needs: FOR_PROVIDERS,
    meaning: 'the scope that a token needs to submit and cancel; `tasks/write` by default',
  }),
  jwtReadRole: setting(permissionName, undefined, {
    needs: { setting: 'jwtWriteRole' },
    variable: { name: 'JWT_READ_ROLE', of: ['api'] },
    meaning: 'in place of a scope, the role that a token needs to see a task, for providers that put permissions into `roles` (Entra ID)',
  }),
  jwtWriteRole: setting(permissionName, undefined, {
    needs: { setting: 'jwtReadRole' },
    variable: { name: 'JWT_WRITE_ROLE', of: ['api'] },
    meaning: 'in place of a scope, the role that a token needs to submit and cancel',
  }),
  corsOrigins: setting(origins, undefined, {
    meaning: 'origins whose web pages may call; none by default. Read as `CORS_ORIGINS` is: [docs/settings.md](../docs/settings.md)',
  }),
  requestsPerSecond: setting(wholeNumber(1, 10_000), 100, {
    meaning: 'how many requests a second API Gateway lets in, of all callers together; above it they get 429',
  }),
  requestsBurst: setting(wholeNumber(1, 10_000), 200, { meaning: 'how many requests may come at once above that rate' }),

  // What is watched, and what is logged.
  oldestTaskSecondsMax: setting(wholeNumber(1, limits.retentionSecondsMax), 600, {
    meaning: 'alarm OldestTaskTooOld: how long a task may wait in line. More than two visibility time-outs, or one crashed run would set it off',
  }),
  latencyP99MillisecondsMax: setting(wholeNumber(1, 30_000), 1_500, {
    meaning: 'alarm ApiLatencyHigh: the time in which the API answers 99 of 100 requests',
  }),
  watchMinutes: setting(wholeNumber(1, 5), 5, {
    meaning: 'every how many minutes the watch runs (1 to 5). Alarms on its metrics count in such periods',
  }),
  canary: setting(rate(300, 86_400), undefined, {
    meaning: 'submits a task with the title `taskline canary` in every such interval, from `rate(5 minutes)` to `rate(1 day)`, and alarms when it is not completed before the next. Your handler gets it like any other task',
  }),
  alarmTopicArn: setting(textLike(/^arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[A-Za-z0-9_-]{1,256}$/, 'must be the ARN of a standard SNS topic'), undefined, {
    meaning: 'an SNS topic that is there, which alarms go to in place of one of the pipeline\'s own. It must let CloudWatch publish',
  }),
  alarmEmail: setting(textLike(/^[\w.%+-]+@[a-z0-9-]+(?:\.[a-z0-9-]+)+$/i, 'must be one mail address'), undefined, {
    meaning: 'a mail address that is subscribed to the alarms; it has to confirm. Refused with `alarmTopicArn`',
  }),
  runbookUrl: setting(httpsUrl, undefined, {
    meaning: 'where your people find the runbook: each alarm names it with the alarm\'s heading behind `#`. `docs/runbook.md` by default',
  }),
  logLevel: setting(oneOf('error', 'warn', 'info', 'debug'), 'info', {
    variable: inFunctions('LOG_LEVEL'),
    meaning: 'what the functions log',
  }),
  logRetentionDays: setting(oneNumberOf(...retentionDays), RetentionDays.ONE_MONTH, {
    meaning: 'how long logs are kept: one of the numbers of days that CloudWatch Logs takes',
  }),
  tracing: setting(flag, false, {
    meaning: '`true` traces the functions with AWS X-Ray, which costs money: [docs/observing.md](../docs/observing.md#x-ray)',
  }),

  // Whose key encrypts.
  kmsKeyArn: setting(textLike(/^arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:key\/(?:mrk-)?[0-9a-f-]{32,36}$/, 'must be the ARN of a symmetric KMS key, arn:aws:kms:REGION:ACCOUNT:key/ID; an alias is none'), undefined, {
    meaning: 'a KMS key of yours that encrypts queues, table, secret, logs and alarms: [A key of yours](#a-key-of-yours). Without it AWS\'s own keys do',
  }),

  // How the functions reach AWS.
  awsCaBundle: setting(textLike(/^\/[\x21-\x7e]+$/, 'must be the absolute path of a file that the functions find'), undefined, {
    variable: inFunctions('AWS_CA_BUNDLE'),
    meaning: 'a file of authorities in PEM, in place of Amazon\'s five roots: in Regions of China `/etc/pki/tls/certs/ca-bundle.crt`',
  }),
  awsEndpointUrl: setting(httpsUrl, undefined, { variable: inFunctions('AWS_ENDPOINT_URL'), meaning: 'where AWS\'s services are, in place of their public endpoints' }),
  awsEndpointUrlDynamodb: setting(httpsUrl, undefined, { variable: inFunctions('AWS_ENDPOINT_URL_DYNAMODB'), meaning: 'where DynamoDB is, such as a VPC endpoint without private DNS' }),
  awsEndpointUrlSecretsManager: setting(httpsUrl, undefined, {
    needs: FOR_WEBHOOKS,
    variable: inProcessor('AWS_ENDPOINT_URL_SECRETS_MANAGER'),
    meaning: 'the same of Secrets Manager',
  }),
  awsEndpointUrlSqs: setting(httpsUrl, undefined, { variable: inFunctions('AWS_ENDPOINT_URL_SQS'), meaning: 'the same of SQS' }),
  awsUseFipsEndpoint: setting(flag, undefined, {
    variable: inFunctions('AWS_USE_FIPS_ENDPOINT'),
    meaning: '`true` for endpoints with FIPS 140',
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
