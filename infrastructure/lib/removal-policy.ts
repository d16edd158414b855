// Whether the resources of a deleted stack are kept.
import { RemovalPolicy } from 'aws-cdk-lib';

import type { Settings } from './settings/table.ts';

/** For access logs, which record who called what: they are retained where data is protected. */
export function ofAccessLogs({ deletionProtection }: Settings): RemovalPolicy {
  return deletionProtection ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY;
}

/** Of queues and table: they stay, unless the pipeline is a throwaway one. */
export function ofData({ keep }: Settings): RemovalPolicy {
  return keep ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY;
}
