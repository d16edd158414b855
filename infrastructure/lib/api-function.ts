// The API's function: validates, sanitises, accepts, enqueues; shows a task.
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';

import { authorizationVariables } from './auth/authorization.ts';
import { limits } from './limits.ts';
import { MESSAGE_GROUP } from './line.ts';
import type { PipelineStackProps } from './pipeline-stack.ts';
import { RustFunction } from './rust-function.ts';
import type { SharedStack } from './shared-stack.ts';
import { waitSecondsMax } from './wait.ts';

export interface ApiFunctionProps extends PipelineStackProps {
  readonly shared: SharedStack;
  readonly key: IKey | undefined;
}

export class ApiFunction extends Construct {
  readonly rust: RustFunction;

  constructor(scope: Construct, id: string, props: ApiFunctionProps) {
    super(scope, id);
    const queue = props.shared.line.queue;
    const table = props.shared.records.table;
    // CORS is not among them: API Gateway answers preflight requests and ignores CORS headers of the function.
    this.rust = new RustFunction(this, 'Api', {
      pipeline: props,
      key: props.key,
      name: 'api',
      typesFile: props.settings.typesFile,
      description: 'Taskline: takes tasks and shows them',
      // Enough for all calls of a request, and below what API Gateway waits: a slow service ends as a 503 of the function.
      timeoutSeconds: limits.requestSecondsMax,
      reservedConcurrency: props.settings.apiReservedConcurrency,
      variables: { QUEUE_URL: queue.queueUrl, TABLE_NAME: table.tableName, MESSAGE_GROUP, WAIT_SECONDS_MAX: waitSecondsMax(props.settings).toString(), ...authorizationVariables(props.settings) },
    });
    this.rust.mayOn(queue.queueArn, 'sqs:SendMessage');
    // Every change of a record is one conditional put.
    this.rust.mayOn(table.tableArn, 'dynamodb:GetItem', 'dynamodb:PutItem');
    this.rust.mayUseKeyVia('sqs');
    this.rust.mayUseKeyVia('dynamodb');
  }
}
