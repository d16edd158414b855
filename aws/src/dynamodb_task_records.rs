//! Task records in one DynamoDB table.

use std::collections::HashMap;

use aws_sdk_dynamodb::{
    Client,
    operation::{put_item::PutItemError, query::builders::QueryFluentBuilder},
    types::{AttributeValue, ReturnValuesOnConditionCheckFailure, error::ConditionalCheckFailedException},
};
use shared::{
    TaskId, TaskRecord,
    ports::{Cursor, Expected, Page, PortError, TaskRecords, Written},
};

use crate::{
    fault::port_error,
    item::{
        Item, NEEDS_ATTENTION, NEEDS_ATTENTION_AT, REVISION, TASK_ID, TRIED_AGAIN, YES, from_record, number,
        text, to_record,
    },
};

const RECORDS: &str = "the task records";
const CURSOR: &str = "the cursor";
/// The index of the records that need attention, or are tried again: of [`NEEDS_ATTENTION`], sorted by [`NEEDS_ATTENTION_AT`], with all
/// attributes.
const NEEDS_ATTENTION_INDEX: &str = "needs-attention";

/// A page ended where no key says how to go on, or begins at none that we gave.
#[derive(Debug, thiserror::Error)]
#[error("it does not say where a page begins")]
struct Misplaced;

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
    /// The record of the first task in the line whose last attempt failed and that is tried again. As of a moment ago: an
    /// index is read as it is by then.
    ///
    /// # Errors
    /// [`PortError`] when it can't be asked.
    pub async fn tried_again(&self) -> Result<Option<TaskRecord>, PortError> {
        let page = self.listed(TRIED_AGAIN).limit(1).send().await;
        let page = page.map_err(|error| port_error(RECORDS, error))?;
        page.items.unwrap_or_default().first().map(decode).transpose()
    }

    /// The records whose status needs attention and that were accepted last, newest first: one page, which DynamoDB ends
    /// at one megabyte. As of a moment ago, as an index is.
    ///
    /// # Errors
    /// [`PortError`] when it can't be asked.
    pub async fn newest_needing_a_person(&self, limit: u32) -> Result<Vec<TaskRecord>, PortError> {
        let page = self.listed(YES).scan_index_forward(false).limit(whole(limit)).send().await;
        let page = page.map_err(|error| port_error(RECORDS, error))?;
        page.items.unwrap_or_default().iter().map(decode).collect()
    }

    /// What the index has under this value, by rising first sequence number.
    fn listed(&self, under: &str) -> QueryFluentBuilder {
        self.client
            .query()
            .table_name(&self.table)
            .index_name(NEEDS_ATTENTION_INDEX)
            .key_condition_expression("#needs_attention = :listed")
            .expression_attribute_names("#needs_attention", NEEDS_ATTENTION)
            .expression_attribute_values(":listed", text(under))
            .scan_index_forward(true)
    }
}

impl TaskRecords for DynamoDbTaskRecords {
    /// One conditional put. When it fails, DynamoDB returns what stands there with the failure (`ALL_OLD`), so that
    /// no other write can come between the look and the answer, and nothing is read before.
    async fn write(&self, record: &TaskRecord, expected: Expected) -> Result<Written, PortError> {
        let item = from_record(record).map_err(|error| PortError::unavailable(RECORDS, error))?;
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

    /// An index is read as it is by then; DynamoDB offers no consistent read of one.
    async fn needing_attention(&self, after: Option<&Cursor>, limit: u32) -> Result<Page, PortError> {
        let start = after.map(|cursor| key_after(&cursor.0)).transpose()?;
        let page = self
            .listed(YES)
            .set_exclusive_start_key(start)
            .limit(whole(limit))
            .send()
            .await
            .map_err(|error| port_error(RECORDS, error))?;
        let next = page.last_evaluated_key.as_ref().map(|key| {
            let at = key.get(NEEDS_ATTENTION_AT).and_then(|at| at.as_n().ok()).ok_or(Misplaced)?;
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

/// What a refused write comes to: it was made all the same if the very record stands there, as after a lost answer.
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

fn page_of(items: Vec<Item>, next: Result<Option<Cursor>, Misplaced>) -> Result<Page, PortError> {
    let next = next.map_err(|error| PortError::unavailable(RECORDS, error))?;
    Ok(Page { records: items.iter().map(decode).collect::<Result<_, _>>()?, next })
}

fn id_in(key: &HashMap<String, AttributeValue>) -> Result<&String, Misplaced> {
    key.get(TASK_ID).and_then(|id| id.as_s().ok()).ok_or(Misplaced)
}

/// The key in the index of the last record before a page, which its cursor names as `place/task id`. It may have left
/// the index meanwhile: DynamoDB goes on behind where it would stand.
fn key_after(cursor: &str) -> Result<Item, PortError> {
    let (at, task_id) = cursor.split_once('/').ok_or_else(|| PortError::unavailable(CURSOR, Misplaced))?;
    Ok(Item::from([
        (NEEDS_ATTENTION.to_owned(), text(YES)),
        (NEEDS_ATTENTION_AT.to_owned(), number(at)),
        (TASK_ID.to_owned(), text(task_id)),
    ]))
}

/// As the SDK wants numbers. DynamoDB ends a page at one megabyte in any case.
fn whole(limit: u32) -> i32 {
    i32::try_from(limit).unwrap_or(i32::MAX)
}
