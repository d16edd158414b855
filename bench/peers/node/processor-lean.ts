/** The processor without a framework: AWS SDK v3 and the same two conditional writes. */
import { DynamoDBClient, PutItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';

const dynamodb = new DynamoDBClient({});
const TableName = process.env.TABLE_NAME;

async function handle(body: string): Promise<void> {
  const { task_id } = JSON.parse(body) as { task_id: string };
  const key = { task_id: { S: task_id } };
  const now = () => ({ S: new Date().toISOString() });
  await dynamodb.send(
    new PutItemCommand({
      TableName,
      Item: { ...key, status: { S: 'processing' }, started_at: now(), task: { S: body } },
      ConditionExpression: 'attribute_not_exists(task_id) OR #s = :accepted',
      ExpressionAttributeNames: { '#s': 'status' },
      ExpressionAttributeValues: { ':accepted': { S: 'accepted' } },
    }),
  );
  await dynamodb.send(
    new UpdateItemCommand({
      TableName,
      Key: key,
      UpdateExpression: 'SET #s = :completed, finished_at = :now',
      ConditionExpression: '#s = :processing',
      ExpressionAttributeNames: { '#s': 'status' },
      ExpressionAttributeValues: { ':completed': { S: 'completed' }, ':processing': { S: 'processing' }, ':now': now() },
    }),
  );
  console.log(JSON.stringify({ level: 'INFO', message: 'completed', task_id }));
}

export async function handler(event: SQSEvent): Promise<SQSBatchResponse> {
  for (const record of event.Records) {
    try {
      await handle(record.body);
    } catch (error) {
      console.error(JSON.stringify({ level: 'ERROR', message: String(error) }));
      return { batchItemFailures: [{ itemIdentifier: record.messageId }] };
    }
  }
  return { batchItemFailures: [] };
}
