// How long `GET /tasks/{id}?wait=` may wait. Each request that waits occupies one execution of the API function.
import { limits } from './limits.ts';
import type { Settings } from './settings/table.ts';

/** What an account has by default: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const ACCOUNT_CONCURRENCY = 1_000;

/** Beside the wait, for the calls of a request. */
const CALLS_SECONDS = 1;

type Given = Pick<Settings, 'waitSecondsMax' | 'requestsPerSecond' | 'requestsBurst' | 'apiReservedConcurrency'>;

/** What the API function is given. */
export function waitSecondsMax(settings: Given): number {
  return settings.waitSecondsMax ?? waitSecondsAllowed(settings);
}

/**
 * The longest wait with which the requests that API Gateway accepts can't occupy every execution: of a token bucket, at most
 * burst + rate × seconds are running, even if each of them waits.
 */
export function waitSecondsAllowed(settings: Given): number {
  const seconds = Math.floor((concurrencyOf(settings) - settings.requestsBurst) / settings.requestsPerSecond) - CALLS_SECONDS;
  return Math.max(0, Math.min(seconds, limits.waitSecondsMax));
}

export function concurrencyOf({ apiReservedConcurrency }: Given): number {
  return apiReservedConcurrency ?? ACCOUNT_CONCURRENCY;
}
