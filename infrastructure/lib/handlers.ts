// The handler: `-c handler=record|webhook|lambda|own`. It has no default: a pipeline that only records its tasks
// completes each without anything having happened.
import type { Construct } from 'constructs';

import type { PipelineStackProps } from './pipeline-stack.ts';
import { Refusal } from './refusal.ts';

/** Each choice, in words for the person who deploys. */
export const choices = 'record (the record is the result), webhook (posts each task; with -c webhookUrl=https://...), '
  + 'lambda (invokes a function of yours; with -c handlerFunction=NAME) or own (a function of your own; with -c binaries=DIR)';

/** A stack of functions that is synthesised without this setting refuses to be deployed. */
export function requireHandler(scope: Construct, { name, settings }: PipelineStackProps): void {
  if (settings.handler !== undefined) return;
  new Refusal(scope, 'HandlerRefusal', {
    because: `This template was made without saying what is done with tasks: ${choices}. `
      + `Deploy with: npm run deploy -- ${name.arguments} -c handler=record|webhook|lambda|own`,
  });
}
