// A Lambda function in Rust: its binary or a placeholder, its own log group, and a role that may write there and
// nothing else until it is allowed more.
import { join } from 'node:path';

import { Duration, FileSystem, RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Architecture, Code, Function, Runtime, Tracing } from 'aws-cdk-lib/aws-lambda';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';

import { builtFunction } from './binary.ts';
import { withCode } from './code-folder.ts';
import type { PipelineStackProps } from './pipeline-stack.ts';
import { Refusal } from './refusal.ts';
import type { FunctionName } from './settings/setting.ts';
import { variablesOf } from './settings/variables.ts';

/** Enough for a Rust program and its TLS; with more, Lambda gives more CPU than either function has work for. */
const MEMORY_MEBIBYTES = 256;

/**
 * What a service asks of the caller's permissions on the key. To send to a queue takes both:
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html. Of a table, all that DynamoDB
 * names but the grant, which belongs to making the table:
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html
 */
const keyActions = {
  sqs: ['kms:Decrypt', 'kms:GenerateDataKey'],
  dynamodb: ['kms:Decrypt', 'kms:DescribeKey', 'kms:Encrypt', 'kms:GenerateDataKey', 'kms:ReEncryptFrom', 'kms:ReEncryptTo'],
  secretsmanager: ['kms:Decrypt'],
} as const;

export interface RustFunctionProps {
  readonly pipeline: PipelineStackProps;
  /** The Cargo package, whose binary of that name is built into `<binaries>/<name>/bootstrap`. */
  readonly name: FunctionName;
  readonly description: string;
  readonly timeoutSeconds: number;
  /** How many run at once, at most and at any time; as many as the account has left if undefined. */
  readonly reservedConcurrency: number | undefined;
  readonly key: IKey | undefined;
  /** The types file that it reads, if any. */
  readonly typesFile?: string | undefined;
  /** Its environment, in addition to the settings' variables (lib/settings/variables.ts). */
  readonly variables: Record<string, string>;
}

export class RustFunction extends Construct {
  readonly function: Function;
  /** Changes with the binary and with nothing else. */
  readonly codeVersion: string;
  readonly role: Role;
  private readonly key: IKey | undefined;

  constructor(scope: Construct, id: string, props: RustFunctionProps) {
    super(scope, id);
    const { name: pipeline, settings } = props.pipeline;
    this.key = props.key;
    const logGroup = new LogGroup(this, 'Logs', {
      logGroupName: pipeline.logGroup(props.name),
      retention: settings.logRetentionDays,
      // What there is to keep of a task is in its record; logs may go with their function.
      removalPolicy: RemovalPolicy.DESTROY,
      ...(props.key !== undefined && { encryptionKey: props.key }),
    });
    // Its own role, as AWSLambdaBasicExecutionRole lets a function write to every log group there is.
    this.role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
      description: `What the ${props.name} function of ${pipeline.full} may do`,
    });
    this.mayOn(logGroup.logGroupArn, 'logs:CreateLogStream', 'logs:PutLogEvents');

    const built = builtFunction(props.pipeline.binaries, props.name, settings.architecture);
    if (built === undefined) {
      new Refusal(this, 'Refusal', {
        because: `This template was made without the ${props.name} function's binary. `
          + `Build and deploy with: npm run deploy -- ${pipeline.arguments}`,
      });
    }
    const binary = built ?? join(import.meta.dirname, '..', 'placeholder');
    this.codeVersion = FileSystem.fingerprint(binary).slice(0, 12);
    this.function = withCode(binary, props.typesFile, props.pipeline.types, (code) => new Function(this, 'Function', {
      description: props.description,
      runtime: Runtime.PROVIDED_AL2023,
      architecture: settings.architecture === 'arm64' ? Architecture.ARM_64 : Architecture.X86_64,
      handler: 'bootstrap',
      code: Code.fromAsset(code.path),
      memorySize: MEMORY_MEBIBYTES,
      timeout: Duration.seconds(props.timeoutSeconds),
      role: this.role,
      ...(props.reservedConcurrency !== undefined && { reservedConcurrentExecutions: props.reservedConcurrency }),
      logGroup,
      tracing: settings.tracing ? Tracing.ACTIVE : Tracing.DISABLED,
      // The dimension of its metrics (lib/watch-metric.ts).
      environment: {
        PIPELINE: pipeline.full,
        ...variablesOf(props.name, settings),
        ...(code.typesFile !== undefined && { TYPES_FILE: code.typesFile }),
        ...props.variables,
      },
    }));
    Validations.of(this.function).acknowledge({
      id: 'Serverless-LambdaDLQ',
      reason: 'A function\'s dead-letter queue is for asynchronous invocations. API and processor have none, and a run of '
        + 'the watch that was lost is made up for by the next.',
    });
    if (settings.tracing) {
      Validations.of(this.role).acknowledge({
        id: 'AwsSolutions-IAM5[Resource::*]',
        reason: 'xray:PutTraceSegments and xray:PutTelemetryRecords can be allowed on all resources only: '
          + 'https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsx-ray.html',
      });
    } else {
      Validations.of(this.function).acknowledge({
        id: 'Serverless-LambdaTracing',
        reason: 'X-Ray costs money and is a setting. Each record has its attempts, times, request ids and trace '
          + 'context in its record, without it.',
      });
    }
  }

  /** Allows the use of the customer's key, if there is one, through this service and in no other way. */
  mayUseKeyVia(service: keyof typeof keyActions): void {
    if (this.key === undefined) return;
    const { region, urlSuffix } = Stack.of(this);
    this.role.addToPolicy(new PolicyStatement({
      actions: [...keyActions[service]],
      resources: [this.key.keyArn],
      conditions: { StringEquals: { 'kms:ViaService': `${service}.${region}.${urlSuffix}` } },
    }));
  }

  /** Allows exactly these actions on exactly this resource. */
  mayOn(resource: string, ...actions: string[]): void {
    this.role.addToPolicy(new PolicyStatement({ actions, resources: [resource] }));
  }
}
