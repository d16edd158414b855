// Deployments that between them set everything that can be set. Each is a template that must be made, pass the rule packs
// (variants.test.ts) and pass cfn-lint (`make cfn-lint`).

const caller = { jwtIssuer: 'https://id.example', jwtAudience: 'taskline,other' };
const webhook = { handler: 'webhook', webhookUrl: 'https://hooks.example/tasks' };

/** `-c name=value` of each. */
export const variants: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  bare: {},
  record: { ...caller, environment: 'dev', handler: 'record', tracing: 'true', logLevel: 'debug', architecture: 'x86_64', failurePolicy: 'hold', watchMinutes: '2', alarmEmail: 'operators@team.example' },
  webhook: {
    ...caller, ...webhook, environment: 'prod', deletionProtection: 'true', webhookTimeoutSeconds: '30', handlerTimeoutSeconds: '60', oldestTaskSecondsMax: '900', attemptBudget: '3',
    retryBaseSeconds: '2', retryMaxSeconds: '120', unavailableSecondsMax: '3600', httpsProxy: 'http://proxy.example:3128', noProxy: 'internal.example,10.0.0.0/8',
  },
  lambda: {
    ...caller, environment: 'prod', handler: 'lambda', handlerFunction: 'orders:live', permanentErrors: 'ValueError,com.example.NotFound', handlerTimeoutSeconds: '120', oldestTaskSecondsMax: '1800',
    awsEndpointUrlLambda: 'https://vpce-0123-abcd.lambda.eu-central-1.vpce.amazonaws.com', vpcId: 'vpc-0123456789abcdef0', subnetIds: 'subnet-0123456789abcdef0',
  },
  own: { ...caller, environment: 'staging', handler: 'own', binaries: 'placeholder', corsOrigins: 'https://app.example', requestsPerSecond: '50', requestsBurst: '50', waitSecondsMax: '10', latencyP99MillisecondsMax: '2000', logRetentionDays: '365' },
  pipeline: { ...caller, environment: 'prod', pipeline: 'orders', handler: 'record', apiReservedConcurrency: '50', processorReservedConcurrency: '2', canary: 'rate(15 minutes)', taskTypes: 'task,invoice.send' },
  types: {
    ...caller, environment: 'prod', handler: 'record', typesFile: 'examples/types.toml', oldestTaskSecondsMax: '1800', canary: 'rate(15 minutes)', permanentErrors: 'ValueError',
    httpsProxy: 'http://proxy.example:3128', vpcId: 'vpc-0123456789abcdef0', subnetIds: 'subnet-0123456789abcdef0', awsUseFipsEndpoint: 'true',
    awsEndpointUrlSecretsManager: 'https://secrets.example', awsEndpointUrlLambda: 'https://lambda.example',
  },
  throwaway: { ...caller, ...webhook, environment: 'dev', keep: 'false' },
  vpc: { ...caller, handler: 'webhook', webhookUrl: 'https://10.0.0.8/', environment: 'prod', vpcId: 'vpc-0123456789abcdef0', subnetIds: 'subnet-0123456789abcdef0,subnet-0123456789abcdef1' },
  key: {
    ...caller, ...webhook, environment: 'prod', kmsKeyArn: 'arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab',
    vpcId: 'vpc-0123456789abcdef0', subnetIds: 'subnet-0123456789abcdef0', securityGroupIds: 'sg-0123456789abcdef0',
    canary: 'rate(1 hour)', alarmTopicArn: 'arn:aws:sns:eu-central-1:111122223333:alarms', runbookUrl: 'https://wiki.example/runbook',
  },
  iam: { auth: 'iam', environment: 'prod', handler: 'record' },
  cognito: { auth: 'cognito', environment: 'prod', handler: 'record' },
  scopes: { ...caller, handler: 'record', jwtReadScope: 'queue/read', jwtWriteScope: 'queue/write' },
  roles: { ...caller, handler: 'record', jwtReadRole: 'Tasks.Read', jwtWriteRole: 'Tasks.Write' },
  adopted: { ...caller, environment: 'prod', handler: 'record', tableName: 'restored', queueName: 'line.fifo', deadLetterQueueName: 'dead-letters.fifo' },
  endpoints: {
    ...caller, ...webhook, awsUseFipsEndpoint: 'true', awsUseDualstackEndpoint: 'true', awsCaBundle: '/etc/pki/tls/certs/ca-bundle.crt', awsEndpointUrl: 'https://aws.example',
    awsEndpointUrlDynamodb: 'https://dynamodb.example', awsEndpointUrlSecretsManager: 'https://secrets.example', awsEndpointUrlSqs: 'https://sqs.example',
  },
};
