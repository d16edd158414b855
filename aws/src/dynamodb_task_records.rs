//! Task records in one DynamoDB table.

use std::collections::HashMap;

use aws_sdk_dynamodb::{
    Client,
    operation::{put_item::PutItemError, query::builders::QueryFluentBuilder},
    types::{AttributeValue, ReturnValuesOnConditionCheckFailure, error::ConditionalCheckFailedException},
};
use shared::{
    EncodingError, TaskId, TaskRecord,
    ports::{Cursor, Expected, Page, PortError, TaskRecords, Written},
};

use crate::{
    item::{Item, from_record, number, text, to_record},
    port_error::port_error,
    table::{NEEDS_ATTENTION, NEEDS_ATTENTION_AT, NEEDS_ATTENTION_INDEX, RETRYING, REVISION, TASK_ID, YES},
};

const RECORDS: &str = "the task records";

/// The last key of a page lacks the attributes of a cursor.
#[derive(Debug, thiserror::Error)]
#[error("the last key of a page is incomplete")]
struct IncompleteKey;

/// The records in a table whose key is the task id.
#[derive(Debug, Clone)]
pub struct DynamoDbTaskRecords {
    client: Client,
    table: String,
}

impl DynamoDbTaskRecords {
    pub(crate) fn new(client: Client, table: String) -> Self {
        Self { client, table }
    }
}

impl DynamoDbTaskRecords {
    /// The record of the first task in the line whose last attempt failed and that is retried. The index is eventually
    /// consistent.
    pub async fn retrying(&self) -> Result<Option<TaskRecord>, PortError> {
        let page = self.indexed(RETRYING).limit(1).send().await;
        let page = page.map_err(|error| port_error(RECORDS, error))?;
        page.items.unwrap_or_default().first().map(decode).transpose()
    }

    /// The records that need attention and were accepted last, newest first: one page, at most one megabyte. The index
    /// is eventually consistent.
    pub async fn newest_needing_attention(&self, limit: u32) -> Result<Vec<TaskRecord>, PortError> {
        let page = self.indexed(YES).scan_index_forward(false).limit(whole(limit)).send().await;
        let page = page.map_err(|error| port_error(RECORDS, error))?;
        page.items.unwrap_or_default().iter().map(decode).collect()
    }

    /// The records with this value in the index, in the order in which they were accepted.
    fn indexed(&self, value: &str) -> QueryFluentBuilder {
        self.client
            .query()
            .table_name(&self.table)
            .index_name(NEEDS_ATTENTION_INDEX)
            .key_condition_expression("#needs_attention = :value")
            .expression_attribute_names("#needs_attention", NEEDS_ATTENTION)
            .expression_attribute_values(":value", text(value))
            .scan_index_forward(true)
    }
}

impl TaskRecords for DynamoDbTaskRecords {
    /// One conditional put, without a read. If the condition fails, DynamoDB returns the existing item with the error
    /// (`ALL_OLD`), so no other write can come between the check and the answer.
    async fn write(&self, record: &TaskRecord, expected: Expected) -> Result<Written, PortError> {
        let item = from_record(record).map_err(|error| EncodingError::new("a task record", error))?;
        let absent = "attribute_not_exists(#task_id)";
        let at_revision = "#revision = :revision";
        let put = self
            .client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(item))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        let put = match expected {
            Expected::Absent => {
                put.condition_expression(absent).expression_attribute_names("#task_id", TASK_ID)
            }
            Expected::Untouched => put
                .condition_expression(format!("{absent} OR {at_revision}"))
                .expression_attribute_names("#task_id", TASK_ID)
                .expression_attribute_names("#revision", REVISION)
                .expression_attribute_values(":revision", number(0)),
            Expected::Revision(revision) => put
                .condition_expression(at_revision)
                .expression_attribute_names("#revision", REVISION)
                .expression_attribute_values(":revision", number(revision)),
        };
        match put.send().await {
            Ok(_) => Ok(Written::Made),
            Err(error) => match error.as_service_error() {
                Some(PutItemError::ConditionalCheckFailedException(refused)) => existing(refused, record),
                _ => Err(port_error(RECORDS, error)),
            },
        }
    }

    async fn find(&self, task_id: TaskId) -> Result<Option<TaskRecord>, PortError> {
        let found = self
            .client
            .get_item()
            .table_name(&self.table)
            .key(TASK_ID, text(task_id))
            .consistent_read(true)
            .send()
            .await
            .map_err(|error| port_error(RECORDS, error))?;
        found.item.as_ref().map(decode).transpose()
    }

    /// Eventually consistent: DynamoDB has no consistent read of an index.
    async fn needing_attention(&self, after: Option<&Cursor>, limit: u32) -> Result<Page, PortError> {
        let start = after.map(|cursor| key_after(&cursor.0)).transpose()?;
        let page = self
            .indexed(YES)
            .set_exclusive_start_key(start)
            .limit(whole(limit))
            .send()
            .await
            .map_err(|error| port_error(RECORDS, error))?;
        let next = page.last_evaluated_key.as_ref().map(|key| {
            let at = key.get(NEEDS_ATTENTION_AT).and_then(|at| at.as_n().ok()).ok_or(IncompleteKey)?;
            Ok(Cursor(format!("{at}/{}", id_in(key)?)))
        });
        page_of(page.items.unwrap_or_default(), next.transpose())
    }

    async fn all(&self, after: Option<&Cursor>, limit: u32) -> Result<Page, PortError> {
        let start = after.map(|cursor| Item::from([(TASK_ID.to_owned(), text(&cursor.0))]));
        let page = self
            .client
            .scan()
            .table_name(&self.table)
            .consistent_read(true)
            .set_exclusive_start_key(start)
            .limit(whole(limit))
            .send()
            .await
            .map_err(|error| port_error(RECORDS, error))?;
        let next = page.last_evaluated_key.as_ref().map(|key| Ok(Cursor(id_in(key)?.to_owned())));
        page_of(page.items.unwrap_or_default(), next.transpose())
    }
}

/// The result of a refused write. If the existing record equals the new one, an earlier attempt of this write succeeded
/// and only its answer was lost.
fn existing(refused: &ConditionalCheckFailedException, written: &TaskRecord) -> Result<Written, PortError> {
    let existing = refused.item.as_ref().map(decode).transpose()?;
    Ok(match existing {
        Some(existing) if existing == *written => Written::Made,
        other => Written::Conflict(other.map(Box::new)),
    })
}

fn decode(item: &Item) -> Result<TaskRecord, PortError> {
    to_record(item).map_err(|error| PortError::unavailable(RECORDS, error))
}

fn page_of(items: Vec<Item>, next: Result<Option<Cursor>, IncompleteKey>) -> Result<Page, PortError> {
    let next = next.map_err(|error| PortError::unavailable(RECORDS, error))?;
    Ok(Page { records: items.iter().map(decode).collect::<Result<_, _>>()?, next })
}

fn id_in(key: &HashMap<String, AttributeValue>) -> Result<&String, IncompleteKey> {
    key.get(TASK_ID).and_then(|id| id.as_s().ok()).ok_or(IncompleteKey)
}

/// The index key of the last record before a page, from a cursor of the form `sequence number/task id`. If that record
/// has left the index, DynamoDB continues after its position.
fn key_after(cursor: &str) -> Result<Item, PortError> {
    let (at, task_id) = cursor.split_once('/').ok_or(PortError::InvalidCursor)?;
    Ok(Item::from([
        (NEEDS_ATTENTION.to_owned(), text(YES)),
        (NEEDS_ATTENTION_AT.to_owned(), number(at)),
        (TASK_ID.to_owned(), text(task_id)),
    ]))
}

/// The SDK's type for numbers. DynamoDB ends a page at one megabyte in any case.
fn whole(limit: u32) -> i32 {
    i32::try_from(limit).unwrap_or(i32::MAX)
}
