// The records: one item a task, and a sparse index of those that need attention.
import { Validations } from 'aws-cdk-lib';
import { AttributeType, BillingMode, ProjectionType, Table, TableEncryption, type ITable } from 'aws-cdk-lib/aws-dynamodb';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';

import { keepExported } from './adopted.ts';
import { ofData } from './removal-policy.ts';
import type { Settings } from './settings/table.ts';

/** Lists held tasks and dead letters in the order of the line, without a call to a queue. */
export const NEEDS_ATTENTION = 'needs-attention';

export class TaskRecords extends Construct {
  /** The stack's own, or the one that is adopted. */
  readonly table: Pick<ITable, 'tableArn' | 'tableName'>;

  constructor(scope: Construct, id: string, settings: Settings, key: IKey | undefined) {
    super(scope, id);
    // A plain Table, no TableV2: that is a global table, and the line is one queue in one Region.
    const own = new Table(this, 'Table', {
      partitionKey: { name: 'task_id', type: AttributeType.STRING },
      billingMode: BillingMode.PAY_PER_REQUEST,
      ...key === undefined ? { encryption: TableEncryption.DEFAULT } : { encryption: TableEncryption.CUSTOMER_MANAGED, encryptionKey: key },
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: settings.keep },
      // Set on finished records only: unfinished ones never expire.
      timeToLiveAttribute: 'expires_at',
      deletionProtection: settings.deletionProtection,
      removalPolicy: ofData(settings),
    });
    if (!settings.keep) {
      Validations.of(own).acknowledge({
        id: 'AwsSolutions-DDB3',
        reason: 'The table of a throwaway pipeline (keep=false) leaves nothing: deleting one with point-in-time recovery leaves a backup for 35 days.',
      });
    }
    // Sparse: only a record that needs attention, or whose task is being retried, has these attributes, so the index stays small.
    own.addGlobalSecondaryIndex({
      indexName: NEEDS_ATTENTION,
      partitionKey: { name: 'needs_attention', type: AttributeType.STRING },
      sortKey: { name: 'needs_attention_at', type: AttributeType.NUMBER },
      projectionType: ProjectionType.ALL,
    });
    this.table = settings.tableName === undefined ? own : Table.fromTableName(this, 'Adopted', settings.tableName);
    if (this.table !== own) keepExported(own, own.tableArn, own.tableName);
  }
}
