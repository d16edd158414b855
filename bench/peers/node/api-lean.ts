/** POST /tasks without Powertools. */
import type { APIGatewayProxyEventV2 } from 'aws-lambda';

import { accept } from './accept.ts';

export async function handler(event: APIGatewayProxyEventV2) {
  return accept(event, (task_id) => console.log(JSON.stringify({ level: 'INFO', message: 'accepted', task_id })));
}
