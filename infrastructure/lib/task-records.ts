// The records: one item a task, and a sparse index of those that need a person.
import { RemovalPolicy } from 'aws-cdk-lib';
import { AttributeType, BillingMode, ProjectionType, Table, TableEncryption } from 'aws-cdk-lib/aws-dynamodb';
import { Construct } from 'constructs';

export interface TaskRecordsProps {
  readonly deletionProtection: boolean;
}

/** Lists the held and the dead-lettered, oldest in line first, without touching a queue. */
export const NEEDS_A_PERSON = 'needs-a-person';

export class TaskRecords extends Construct {
  readonly table: Table;

  constructor(scope: Construct, id: string, props: TaskRecordsProps) {
    super(scope, id);
    // A plain Table, no TableV2: that is a global table, and the line is one queue in one Region.
    this.table = new Table(this, 'Table', {
      partitionKey: { name: 'task_id', type: AttributeType.STRING },
      billingMode: BillingMode.PAY_PER_REQUEST,
      encryption: TableEncryption.DEFAULT,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      // Set on finished records only: whatever is unfinished never expires.
      timeToLiveAttribute: 'expires_at',
      deletionProtection: props.deletionProtection,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    // Sparse: only a record that needs a person, or whose task is tried again, carries these attributes, so it stays small.
    this.table.addGlobalSecondaryIndex({
      indexName: NEEDS_A_PERSON,
      partitionKey: { name: 'needs_a_person', type: AttributeType.STRING },
      sortKey: { name: 'needs_a_person_at', type: AttributeType.NUMBER },
      projectionType: ProjectionType.ALL,
    });
  }
}
