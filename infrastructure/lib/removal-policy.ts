// What becomes of the resources of a deleted stack.
import { RemovalPolicy } from 'aws-cdk-lib';

import type { Settings } from './settings/table.ts';

/** Of the access logs, which say who did what: they stay where data is protected. */
export function ofAccessLogs({ deletionProtection }: Settings): RemovalPolicy {
  return deletionProtection ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY;
}

/** Of queues and table: they stay, unless the pipeline is a throwaway one. */
export function ofData({ keep }: Settings): RemovalPolicy {
  return keep ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY;
}
