// What is done with tasks: `-c handler=record|webhook|own`. Nobody guesses it: a pipeline that only records its tasks
// completes each without anything having happened.
import type { Construct } from 'constructs';

import type { EnvironmentName } from './environments.ts';
import { Refusal } from './refusal.ts';

export const handlers = ['record', 'webhook', 'own'] as const;

export type Handler = (typeof handlers)[number];

/** Each choice, in words for the person who deploys. */
export const choices = 'record (the record is the result), webhook (posts each task; with -c webhookUrl=https://...) '
  + 'or own (a function of your own; with -c binaries=DIR)';

/** A stack of functions whose deployment does not say it refuses to be deployed. */
export function requireHandler(scope: Construct, environmentName: EnvironmentName, handler: Handler | undefined): void {
  if (handler !== undefined) return;
  new Refusal(scope, 'HandlerRefusal', {
    because: `This template was made without saying what is done with tasks: ${choices}. `
      + `Deploy with: npm run deploy -- -c environment=${environmentName} -c handler=${handlers.join('|')}`,
  });
}
