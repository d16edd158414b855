//! A record as a DynamoDB item: the record as JSON, and separate attributes for what is looked up or compared
//! ([`table`](crate::table) names them).
//!
//! `sequence_number` is absent until the record has one, `expires_at` unless the status is final, and both
//! `needs_attention` attributes unless the status needs attention or the task is retried, which keeps the index sparse.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use shared::{SequenceNumber, TaskRecord, Timestamp};

use crate::table::{
    EXPIRES_AT, NEEDS_ATTENTION, NEEDS_ATTENTION_AT, RECORD, RETRYING, REVISION, SEQUENCE_NUMBER, STATUS,
    TASK_ID, YES,
};

/// DynamoDB refuses a number of more than 38 significant digits, but SQS documents sequence numbers of 128 bits, which
/// can have 39. A write must not fail because of that, so the attribute is limited to this number. The JSON is exact.
const SEQUENCE_NUMBER_MAX: u128 = 10_u128.pow(38) - 1;

pub(crate) type Item = HashMap<String, AttributeValue>;

/// The item has no record, or one that this version can't read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum UnreadableItem {
    #[error("the item has no text in {RECORD}")]
    NoRecord,
    #[error("the item's {RECORD} is not a task record")]
    NotARecord(#[from] serde_json::Error),
}

pub(crate) fn from_record(record: &TaskRecord) -> Result<Item, serde_json::Error> {
    let mut item = Item::from([
        (TASK_ID.to_owned(), text(record.task_id)),
        (REVISION.to_owned(), number(record.revision)),
        (STATUS.to_owned(), text(record.status)),
        (RECORD.to_owned(), text(serde_json::to_string(record)?)),
    ]);
    if let Some(sequence_number) = record.sequence_number {
        item.insert(SEQUENCE_NUMBER.to_owned(), limited(sequence_number));
    }
    if let Some(at) = record.expires_at {
        item.insert(EXPIRES_AT.to_owned(), number(seconds_not_before(at)));
    }
    let indexed = match record.status.needs_attention() {
        true => Some(YES),
        false => record.is_tried_again().then_some(RETRYING),
    };
    if let Some(value) = indexed {
        let first = record.first_sequence_number.unwrap_or(SequenceNumber::new(0));
        item.insert(NEEDS_ATTENTION.to_owned(), text(value));
        item.insert(NEEDS_ATTENTION_AT.to_owned(), limited(first));
    }
    Ok(item)
}

pub(crate) fn to_record(item: &Item) -> Result<TaskRecord, UnreadableItem> {
    let json = item.get(RECORD).and_then(|value| value.as_s().ok()).ok_or(UnreadableItem::NoRecord)?;
    Ok(serde_json::from_str(json)?)
}

pub(crate) fn text(value: impl ToString) -> AttributeValue {
    AttributeValue::S(value.to_string())
}

/// The SDK takes numbers as text, so no digit is lost in a float.
pub(crate) fn number(value: impl ToString) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

fn limited(sequence_number: SequenceNumber) -> AttributeValue {
    number(sequence_number.get().min(SEQUENCE_NUMBER_MAX))
}

/// Rounded up, because an item must not be deleted too early.
fn seconds_not_before(at: Timestamp) -> i64 {
    at.timestamp() + i64::from(at.timestamp_subsec_nanos() > 0)
}

#[cfg(test)]
mod tests {
    use aws_sdk_dynamodb::primitives::Blob;
    use proptest::{
        collection::{hash_map, vec},
        option::of,
        prelude::*,
    };
    use shared::{Delivery, Failure, FailureClass, Receipt, Status, lifecycle::Arrival};

    use super::*;

    const FROM_SQS: u128 = 18_849_496_460_467_696_129;

    fn record(status: Status, sequence_number: Option<u128>) -> TaskRecord {
        let delivery = Delivery {
            message_id: "m".to_owned(),
            receipt: Receipt::new("r"),
            sequence_number: SequenceNumber::new(FROM_SQS),
            receive_count: 1,
            sent_at: Timestamp::UNIX_EPOCH,
            body: "{".to_owned(),
        };
        let sequence_number = sequence_number.map(SequenceNumber::new);
        edited(Arrival::read(&delivery).new_record(), |record| {
            record.revision = 7;
            record.status = status;
            record.sequence_number = sequence_number;
            record.first_sequence_number = sequence_number;
        })
    }

    /// `record` with some fields set as a test needs them.
    fn edited(mut record: TaskRecord, edit: impl FnOnce(&mut TaskRecord)) -> TaskRecord {
        edit(&mut record);
        record
    }

    fn failure(attempt: u32) -> Failure {
        Failure {
            class: FailureClass::Transient,
            code: "http_503".to_owned(),
            message: "busy".to_owned(),
            attempt,
            generation: 0,
            at: Timestamp::UNIX_EPOCH,
            replaced: 0,
            duration_ms: None,
            request_id: String::new(),
            xray_trace_id: None,
            code_version: String::new(),
            handler_version: None,
            answer: None,
        }
    }

    fn number_in(item: &Item, name: &str) -> Option<String> {
        item.get(name).map(|value| value.as_n().unwrap().clone())
    }

    #[test]
    fn a_record_is_read_back_from_its_item() {
        for sequence_number in [None, Some(0), Some(FROM_SQS), Some(u128::MAX)] {
            let record = record(Status::Held, sequence_number);
            assert_eq!(to_record(&from_record(&record).unwrap()).unwrap(), record);
        }
    }

    #[test]
    fn attributes_for_lookups_equal_those_of_the_record() {
        let record = record(Status::Processing, Some(FROM_SQS));
        let item = from_record(&record).unwrap();
        assert_eq!(item[TASK_ID], AttributeValue::S(record.task_id.to_string()));
        assert_eq!(item[STATUS], AttributeValue::S("processing".to_owned()));
        assert_eq!(number_in(&item, REVISION).unwrap(), "7");
        assert_eq!(number_in(&item, SEQUENCE_NUMBER).unwrap(), "18849496460467696129");
        assert_eq!(number_in(&item, EXPIRES_AT), None);
    }

    #[test]
    fn a_record_without_a_sequence_number_has_no_attribute_for_it() {
        assert!(!from_record(&record(Status::Accepted, None)).unwrap().contains_key(SEQUENCE_NUMBER));
    }

    #[test]
    fn only_records_that_need_attention_are_in_the_index() {
        for status in Status::ALL {
            let item = from_record(&record(status, Some(FROM_SQS))).unwrap();
            assert_eq!(item.contains_key(NEEDS_ATTENTION), status.needs_attention(), "{status}");
            assert_eq!(item.contains_key(NEEDS_ATTENTION_AT), status.needs_attention(), "{status}");
        }
        let without_number = from_record(&record(Status::DeadLettered, None)).unwrap();
        assert_eq!(number_in(&without_number, NEEDS_ATTENTION_AT).unwrap(), "0");
    }

    #[test]
    fn a_retried_task_is_indexed_apart_from_those_that_need_attention() {
        for status in Status::ALL {
            let retried = edited(record(status, Some(FROM_SQS)), |record| {
                record.attempt = 2;
                record.failures = vec![failure(2)];
            });
            let indexed = from_record(&retried).unwrap().remove(NEEDS_ATTENTION);
            let expected = match status {
                Status::Retrying | Status::Processing => Some(text(RETRYING)),
                _ => status.needs_attention().then(|| text(YES)),
            };
            assert_eq!(indexed, expected, "{status}");
        }
    }

    #[test]
    fn no_sequence_number_has_more_digits_than_dynamodb_allows() {
        for sequence_number in [10_u128.pow(38) - 1, 10_u128.pow(38), u128::MAX] {
            let item = from_record(&record(Status::Held, Some(sequence_number))).unwrap();
            for name in [SEQUENCE_NUMBER, NEEDS_ATTENTION_AT] {
                assert_eq!(number_in(&item, name).unwrap(), "9".repeat(38));
            }
        }
    }

    #[test]
    fn an_item_expires_in_whole_seconds_and_never_early() {
        for (micros, seconds) in [(0, "0"), (1, "1"), (999_999, "1"), (1_000_000, "1"), (-1, "0")] {
            let at = Timestamp::from_timestamp_micros(micros);
            let item = from_record(&edited(record(Status::Completed, None), |record| record.expires_at = at))
                .unwrap();
            assert_eq!(number_in(&item, EXPIRES_AT).unwrap(), seconds, "{micros}");
        }
    }

    #[test]
    fn an_item_without_a_record_is_an_error() {
        let mut item = from_record(&record(Status::Accepted, None)).unwrap();
        item.insert(RECORD.to_owned(), text("{}"));
        assert!(matches!(to_record(&item), Err(UnreadableItem::NotARecord(_))));
        item.insert(RECORD.to_owned(), number(1));
        assert!(matches!(to_record(&item), Err(UnreadableItem::NoRecord)));
    }

    fn attribute() -> impl Strategy<Value = AttributeValue> {
        let json = serde_json::to_string(&record(Status::Held, Some(FROM_SQS))).unwrap();
        let cut = (0..json.len()).prop_map({
            let json = json.clone();
            move |end| json[..end].to_owned()
        });
        let one = prop_oneof![
            2 => Just(AttributeValue::S(json)),
            2 => cut.prop_map(AttributeValue::S),
            1 => any::<String>().prop_map(AttributeValue::S),
            1 => any::<String>().prop_map(AttributeValue::N),
            1 => vec(any::<u8>(), 0..9).prop_map(|bytes| AttributeValue::B(Blob::new(bytes))),
            1 => any::<bool>().prop_map(AttributeValue::Bool),
            1 => any::<bool>().prop_map(AttributeValue::Null),
        ];
        one.prop_recursive(2, 8, 4, |inner| {
            prop_oneof![
                vec(inner.clone(), 0..4).prop_map(AttributeValue::L),
                hash_map(any::<String>(), inner, 0..4).prop_map(AttributeValue::M),
            ]
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn any_item_is_a_record_or_an_error_that_says_what_is_missing(
            others in hash_map(any::<String>(), attribute(), 0..4),
            held in of(attribute()),
        ) {
            let mut item = others;
            item.remove(RECORD);
            item.extend(held.map(|held| (RECORD.to_owned(), held)));
            let json = item.get(RECORD).and_then(|held| held.as_s().ok());
            match to_record(&item) {
                Ok(record) => prop_assert_eq!(&serde_json::to_string(&record).unwrap(), json.unwrap()),
                Err(UnreadableItem::NoRecord) => prop_assert_eq!(json, None),
                Err(UnreadableItem::NotARecord(_)) => prop_assert!(json.is_some()),
            }
        }
    }
}
