// The environments side by side: what differs between them and nothing else. Accounts, Regions and addresses are not
// here: the CLI's own environment and its context (lib/context.ts) know where a pipeline lives.
import { RetentionDays } from 'aws-cdk-lib/aws-logs';

import { limits } from './limits.ts';

export const architectures = ['arm64', 'x86_64'] as const;
export const failurePolicies = ['dead-letter', 'hold'] as const;

export interface Environment {
  /** What the functions are built for, and run on. `-c architecture=` overrides it. */
  readonly architecture: (typeof architectures)[number];
  /** When true, DynamoDB refuses to delete the records until a person switches this off. When false, deleting is allowed, but a deleted stack still leaves them. */
  readonly deletionProtection: boolean;
  /** What becomes of a task that can't succeed: it leaves the line, or the line stops at it. `-c failurePolicy=` overrides it. */
  readonly failurePolicy: (typeof failurePolicies)[number];
  readonly attemptBudget: number;
  readonly handlerTimeoutSeconds: number;
  readonly retryBaseSeconds: number;
  readonly retryMaxSeconds: number;
  /** The API's throttle, all callers together; above it, 429. */
  readonly requestsPerSecond: number;
  readonly requestsBurst: number;
  /** OldestTaskTooOld: how long a task may wait in line. More than two visibilities, or one crashed run would page. */
  readonly oldestTaskSecondsMax: number;
  /** ApiLatencyHigh: what all but one request in a hundred stay below. */
  readonly latencyP99MillisecondsMax: number;
  readonly logRetention: RetentionDays;
}

/** What all environments do alike, unless they say otherwise. */
const usual = {
  architecture: 'arm64',
  failurePolicy: 'dead-letter',
  attemptBudget: limits.attemptBudget,
  handlerTimeoutSeconds: limits.handlerTimeoutSeconds,
  retryBaseSeconds: limits.retryBaseSeconds,
  retryMaxSeconds: limits.retryMaxSeconds,
} as const;

export const environments = {
  dev: {
    ...usual,
    deletionProtection: false,
    requestsPerSecond: 10,
    requestsBurst: 20,
    oldestTaskSecondsMax: 1_800,
    latencyP99MillisecondsMax: 3_000,
    logRetention: RetentionDays.ONE_WEEK,
  },
  staging: {
    ...usual,
    deletionProtection: false,
    requestsPerSecond: 100,
    requestsBurst: 200,
    oldestTaskSecondsMax: 600,
    latencyP99MillisecondsMax: 1_500,
    logRetention: RetentionDays.ONE_MONTH,
  },
  prod: {
    ...usual,
    deletionProtection: true,
    requestsPerSecond: 100,
    requestsBurst: 200,
    oldestTaskSecondsMax: 600,
    latencyP99MillisecondsMax: 1_500,
    logRetention: RetentionDays.THREE_MONTHS,
  },
} as const satisfies Record<string, Environment>;

export type EnvironmentName = keyof typeof environments;

export function isEnvironmentName(name: unknown): name is EnvironmentName {
  return typeof name === 'string' && Object.hasOwn(environments, name);
}
