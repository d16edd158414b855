/** The processor as it is usually written for Node: Powertools' FIFO batch processing, its idempotency, zod. */
import { processPartialResponse, SqsFifoPartialProcessorAsync } from '@aws-lambda-powertools/batch';
import { IdempotencyConfig, makeIdempotent } from '@aws-lambda-powertools/idempotency';
import { DynamoDBPersistenceLayer } from '@aws-lambda-powertools/idempotency/dynamodb';
import { Logger } from '@aws-lambda-powertools/logger';
import type { Context, SQSEvent, SQSRecord } from 'aws-lambda';

import { Message } from './task.ts';

const logger = new Logger({ serviceName: 'processor' });
const batch = new SqsFifoPartialProcessorAsync();
const records = new DynamoDBPersistenceLayer({ tableName: process.env.TABLE_NAME ?? '', keyAttr: 'task_id' });
const config = new IdempotencyConfig({ eventKeyJmesPath: 'task_id', expiresAfterSeconds: 30 * 24 * 3600 });

const handle = makeIdempotent(
  async (message: { task_id: string }) => {
    Message.parse(message);
    logger.info('completed', { task_id: message.task_id });
    return { task_id: message.task_id, status: 'completed' };
  },
  { persistenceStore: records, config },
);

async function onRecord(record: SQSRecord): Promise<void> {
  await handle(JSON.parse(record.body));
}

export async function handler(event: SQSEvent, context: Context) {
  config.registerLambdaContext(context);
  return processPartialResponse(event, onRecord, batch, { context });
}
