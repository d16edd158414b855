//! A record as an item of DynamoDB: the whole of it as JSON, and beside it what is looked up or compared.
//!
//! | Attribute | Type | When | For |
//! |---|---|---|---|
//! | `task_id` | S | always | the key |
//! | `revision` | N | always | the condition of a write |
//! | `status` | S | always | people who look at the table |
//! | `record` | S | always | the record itself |
//! | `sequence_number` | N | it has a place | finding the task of a message |
//! | `expires_at` | N, epoch seconds | its status is final | DynamoDB's deletion of what is over |
//! | `needs_attention`, `needs_attention_at` | S, N | its status needs attention, or it is tried again | the sparse index of the same name |

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use shared::{SequenceNumber, TaskRecord, Timestamp};

pub(crate) const TASK_ID: &str = "task_id";
pub(crate) const REVISION: &str = "revision";
pub(crate) const NEEDS_ATTENTION: &str = "needs_attention";
pub(crate) const NEEDS_ATTENTION_AT: &str = "needs_attention_at";
/// The value of [`NEEDS_ATTENTION`] for records whose status does: they share a partition, and so are sorted as one.
pub(crate) const YES: &str = "yes";
/// Its value for a record whose task is tried again after a failure: of a line, only the head is. SQS does not tell the
/// head, and this costs nothing while nothing fails.
pub(crate) const TRIED_AGAIN: &str = "tried_again";

const STATUS: &str = "status";
const RECORD: &str = "record";
const SEQUENCE_NUMBER: &str = "sequence_number";
const EXPIRES_AT: &str = "expires_at";

/// DynamoDB refuses a number of more than 38 significant digits, while SQS documents 128 bits, which can take 39. A
/// write must not fail for that: beside the record, whose JSON is exact, such a place is written as this.
const PLACE_MAX: u128 = 10_u128.pow(38) - 1;

pub(crate) type Item = HashMap<String, AttributeValue>;

/// An item holds no record, or one that this version can't read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum UnreadableItem {
    #[error("the item has no text in {RECORD}")]
    NoRecord,
    #[error("the item's {RECORD} is no task record")]
    NotARecord(#[from] serde_json::Error),
}

/// The item that keeps `record`.
pub(crate) fn from_record(record: &TaskRecord) -> Result<Item, serde_json::Error> {
    let mut item = Item::from([
        (TASK_ID.to_owned(), text(record.task_id)),
        (REVISION.to_owned(), number(record.revision)),
        (STATUS.to_owned(), text(record.status)),
        (RECORD.to_owned(), text(serde_json::to_string(record)?)),
    ]);
    if let Some(place) = record.sequence_number {
        item.insert(SEQUENCE_NUMBER.to_owned(), place_number(place));
    }
    if let Some(at) = record.expires_at {
        item.insert(EXPIRES_AT.to_owned(), number(seconds_not_before(at)));
    }
    let listed = match record.status.needs_attention() {
        true => Some(YES),
        false => record.is_tried_again().then_some(TRIED_AGAIN),
    };
    if let Some(listed) = listed {
        let place = record.first_sequence_number.unwrap_or(SequenceNumber::new(0));
        item.insert(NEEDS_ATTENTION.to_owned(), text(listed));
        item.insert(NEEDS_ATTENTION_AT.to_owned(), place_number(place));
    }
    Ok(item)
}

/// The record that an item keeps.
pub(crate) fn to_record(item: &Item) -> Result<TaskRecord, UnreadableItem> {
    let json = item.get(RECORD).and_then(|value| value.as_s().ok()).ok_or(UnreadableItem::NoRecord)?;
    Ok(serde_json::from_str(json)?)
}

pub(crate) fn text(value: impl ToString) -> AttributeValue {
    AttributeValue::S(value.to_string())
}

/// DynamoDB takes numbers as text, so no digit passes through a float.
pub(crate) fn number(value: impl ToString) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

fn place_number(place: SequenceNumber) -> AttributeValue {
    number(place.get().min(PLACE_MAX))
}

/// Rounded up: an item must not be deleted before its time.
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

    const SQS_PLACE: u128 = 18_849_496_460_467_696_129;

    fn record(status: Status, place: Option<u128>) -> TaskRecord {
        let delivery = Delivery {
            message_id: "m".to_owned(),
            receipt: Receipt::new("r"),
            sequence_number: SequenceNumber::new(SQS_PLACE),
            receive_count: 1,
            sent_at: Timestamp::UNIX_EPOCH,
            body: "{".to_owned(),
        };
        let place = place.map(SequenceNumber::new);
        TaskRecord {
            revision: 7,
            status,
            sequence_number: place,
            first_sequence_number: place,
            ..Arrival::read(&delivery).new_record()
        }
    }

    fn failure(attempt: u32) -> Failure {
        Failure {
            class: FailureClass::Transient,
            code: "http_503".to_owned(),
            message: "busy".to_owned(),
            attempt,
            generation: 0,
            at: Timestamp::UNIX_EPOCH,
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
    fn a_record_comes_back_from_its_item() {
        for place in [None, Some(0), Some(SQS_PLACE), Some(u128::MAX)] {
            let record = record(Status::Held, place);
            assert_eq!(to_record(&from_record(&record).unwrap()).unwrap(), record);
        }
    }

    #[test]
    fn what_is_looked_up_stands_beside_the_record() {
        let record = record(Status::Processing, Some(SQS_PLACE));
        let item = from_record(&record).unwrap();
        assert_eq!(item[TASK_ID], AttributeValue::S(record.task_id.to_string()));
        assert_eq!(item[STATUS], AttributeValue::S("processing".to_owned()));
        assert_eq!(number_in(&item, REVISION).unwrap(), "7");
        assert_eq!(number_in(&item, SEQUENCE_NUMBER).unwrap(), "18849496460467696129");
        assert_eq!(number_in(&item, EXPIRES_AT), None);
    }

    #[test]
    fn a_record_without_a_place_has_no_number_for_one() {
        assert!(!from_record(&record(Status::Accepted, None)).unwrap().contains_key(SEQUENCE_NUMBER));
    }

    #[test]
    fn only_records_that_need_attention_are_in_the_index() {
        for status in Status::ALL {
            let item = from_record(&record(status, Some(SQS_PLACE))).unwrap();
            assert_eq!(item.contains_key(NEEDS_ATTENTION), status.needs_attention(), "{status}");
            assert_eq!(item.contains_key(NEEDS_ATTENTION_AT), status.needs_attention(), "{status}");
        }
        let unplaced = from_record(&record(Status::DeadLettered, None)).unwrap();
        assert_eq!(number_in(&unplaced, NEEDS_ATTENTION_AT).unwrap(), "0");
    }

    #[test]
    fn a_task_that_is_tried_again_is_listed_apart_from_those_that_need_a_person() {
        for status in Status::ALL {
            let tried =
                TaskRecord { attempt: 2, failures: vec![failure(2)], ..record(status, Some(SQS_PLACE)) };
            let listed = from_record(&tried).unwrap().remove(NEEDS_ATTENTION);
            let expected = match status {
                Status::Retrying | Status::Processing => Some(text(TRIED_AGAIN)),
                _ => status.needs_attention().then(|| text(YES)),
            };
            assert_eq!(listed, expected, "{status}");
        }
    }

    #[test]
    fn no_place_takes_more_digits_than_dynamodb_keeps() {
        for place in [10_u128.pow(38) - 1, 10_u128.pow(38), u128::MAX] {
            let item = from_record(&record(Status::Held, Some(place))).unwrap();
            for name in [SEQUENCE_NUMBER, NEEDS_ATTENTION_AT] {
                assert_eq!(number_in(&item, name).unwrap(), "9".repeat(38));
            }
        }
    }

    #[test]
    fn an_item_expires_in_whole_seconds_and_never_early() {
        for (micros, seconds) in [(0, "0"), (1, "1"), (999_999, "1"), (1_000_000, "1"), (-1, "0")] {
            let at = Timestamp::from_timestamp_micros(micros);
            let item =
                from_record(&TaskRecord { expires_at: at, ..record(Status::Completed, None) }).unwrap();
            assert_eq!(number_in(&item, EXPIRES_AT).unwrap(), seconds, "{micros}");
        }
    }

    #[test]
    fn an_item_that_holds_no_record_is_an_error() {
        let mut item = from_record(&record(Status::Accepted, None)).unwrap();
        item.insert(RECORD.to_owned(), text("{}"));
        assert!(matches!(to_record(&item), Err(UnreadableItem::NotARecord(_))));
        item.insert(RECORD.to_owned(), number(1));
        assert!(matches!(to_record(&item), Err(UnreadableItem::NoRecord)));
    }

    fn attribute() -> impl Strategy<Value = AttributeValue> {
        let json = serde_json::to_string(&record(Status::Held, Some(SQS_PLACE))).unwrap();
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
        fn whatever_an_item_holds_it_is_a_record_or_says_what_it_lacks(
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
