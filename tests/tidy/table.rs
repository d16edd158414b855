//! The stacks create the table with the names that the code uses.

use aws::table::{EXPIRES_AT, NEEDS_ATTENTION, NEEDS_ATTENTION_AT, NEEDS_ATTENTION_INDEX, TASK_ID};

use crate::source::read;

#[test]
fn the_stacks_and_the_code_name_the_tables_keys_and_index_alike() {
    let stack = read("infrastructure/lib/task-records.ts");
    for line in [
        format!("partitionKey: {{ name: '{TASK_ID}', type: AttributeType.STRING }},"),
        format!("timeToLiveAttribute: '{EXPIRES_AT}',"),
        format!("export const NEEDS_ATTENTION = '{NEEDS_ATTENTION_INDEX}';"),
        format!("partitionKey: {{ name: '{NEEDS_ATTENTION}', type: AttributeType.STRING }},"),
        format!("sortKey: {{ name: '{NEEDS_ATTENTION_AT}', type: AttributeType.NUMBER }},"),
    ] {
        assert!(stack.contains(&line), "infrastructure/lib/task-records.ts has no `{line}`");
    }
}
