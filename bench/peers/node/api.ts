/** POST /tasks as it is usually written for Node: zod, sanitize-html, AWS SDK v3, Powertools' logger. */
import { Logger } from '@aws-lambda-powertools/logger';
import type { APIGatewayProxyEventV2, Context } from 'aws-lambda';

import { accept } from './accept.ts';

const logger = new Logger({ serviceName: 'api' });

export async function handler(event: APIGatewayProxyEventV2, context: Context) {
  logger.addContext(context);
  return accept(event, (task_id) => logger.info('accepted', { task_id }));
}
