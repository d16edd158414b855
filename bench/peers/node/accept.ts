import { randomUUID } from 'node:crypto';

import { DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';

import { Task } from './task.ts';

const dynamodb = new DynamoDBClient({});
const sqs = new SQSClient({});

function answer(statusCode: number, body: unknown, headers: Record<string, string> = {}) {
  return { statusCode, headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) };
}

function json(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? '');
  } catch {
    return undefined;
  }
}

/** Validates, sanitises, writes the record, sends the message. */
export async function accept(
  event: APIGatewayProxyEventV2,
  accepted: (taskId: string) => void,
): Promise<APIGatewayProxyStructuredResultV2> {
  const request = Task.safeParse(json(event.body));
  if (!request.success) return answer(400, { violations: request.error.issues });
  const taskId = randomUUID();
  await dynamodb.send(
    new PutItemCommand({
      TableName: process.env.TABLE_NAME,
      Item: {
        task_id: { S: taskId },
        status: { S: 'accepted' },
        task: { S: JSON.stringify(request.data) },
        accepted_at: { S: new Date().toISOString() },
      },
      ConditionExpression: 'attribute_not_exists(task_id)',
    }),
  );
  const sent = await sqs.send(
    new SendMessageCommand({
      QueueUrl: process.env.QUEUE_URL,
      MessageBody: JSON.stringify({ task_id: taskId, task: request.data }),
      MessageGroupId: process.env.MESSAGE_GROUP,
      MessageDeduplicationId: taskId,
    }),
  );
  accepted(taskId);
  const body = { task_id: taskId, sequence_number: sent.SequenceNumber, status: 'accepted' };
  return answer(202, body, { location: `/tasks/${taskId}` });
}
