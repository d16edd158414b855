// Requests that wait for their task can't occupy every execution of the API function.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { settingsFrom } from '../lib/settings/arguments.ts';
import { functionIn, one, templates } from './production.ts';

describe('a request that waits', () => {
  const given = (context: Record<string, string>): Record<string, string> => ({ environment: 'prod', ...context });
  const read = (context: Record<string, string>): number | undefined => settingsFrom(new Map(Object.entries(given(context)))).waitSecondsMax;

  it('waits as long as all accepted requests could at once, by default', () => {
    for (const [settings, seconds] of [
      [{}, 7],
      [{ environment: 'dev' }, 20],
      [{ requestsPerSecond: 40 }, 19],
      [{ requestsPerSecond: 10, requestsBurst: 10, apiReservedConcurrency: 100 }, 8],
      [{ requestsPerSecond: 1_000 }, 0],
      [{ apiReservedConcurrency: 50 }, 0],
      [{ apiReservedConcurrency: 5_000 }, 20],
      [{ waitSecondsMax: 3 }, 3],
    ] as const) {
      const { api } = templates({ settings });
      assert.equal(functionIn(api, 'api').Environment.Variables.WAIT_SECONDS_MAX, String(seconds), JSON.stringify(settings));
      const { ThrottlingRateLimit: rate, ThrottlingBurstLimit: burst } = one(api, 'AWS::ApiGatewayV2::Stage').DefaultRouteSettings as Record<string, number>;
      const concurrency = (one(api, 'AWS::Lambda::Function').ReservedConcurrentExecutions ?? 1_000) as number;
      assert.ok(seconds === 0 || (burst ?? NaN) + (rate ?? NaN) * seconds < concurrency, JSON.stringify(settings));
    }
  });

  it('is refused a longer wait where all could occupy every execution', () => {
    const refusal = (most: number, concurrency: number): { message: string } => ({
      message: `-c waitSecondsMax=…: must be at most ${most}: longer waits could occupy all ${concurrency} executions of the API function; raise apiReservedConcurrency, or lower requestsPerSecond or requestsBurst`,
    });
    assert.throws(() => read({ waitSecondsMax: '8' }), refusal(7, 1_000));
    assert.throws(() => read({ waitSecondsMax: '1', apiReservedConcurrency: '50' }), refusal(0, 50));
    assert.equal(read({ waitSecondsMax: '7' }), 7);
    assert.equal(read({ waitSecondsMax: '0', apiReservedConcurrency: '50' }), 0);
    assert.equal(read({ waitSecondsMax: '20', apiReservedConcurrency: '3000' }), 20);
  });
});
