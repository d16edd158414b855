// What becomes of the resources of a deleted stack.
import { RemovalPolicy } from 'aws-cdk-lib';

import type { Settings } from './settings/table.ts';

/** Of queues and table: they stay, unless the pipeline is a throwaway one. */
export function ofData({ keep }: Settings): RemovalPolicy {
  return keep ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY;
}
