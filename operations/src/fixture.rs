//! Records for the tests of operations.

use chrono::TimeDelta;
use shared::{
    Caller, Delivery, Message, Receipt, SequenceNumber, Status, Submission, TaskId, TaskRecord, Timestamp,
    lifecycle::Arrival,
};

/// `seconds` after the epoch.
pub fn at(seconds: i64) -> Timestamp {
    Timestamp::UNIX_EPOCH + TimeDelta::seconds(seconds)
}

/// A task that was accepted at second 0 with this sequence number.
pub fn record(status: Status, number: u8) -> TaskRecord {
    let body = br#"{"title":"Water the Plants","description":"d","priority":"high"}"#;
    let task = Submission::parse(body).unwrap().task().clone();
    let task_id = TaskId::fresh(at(0), &[number; 10]);
    let message = Message::new(task_id, 0, at(0), at(0), Caller::local(), None, task);
    edited(enqueued(&message.encode().unwrap(), number), |record| record.status = status)
}

/// A message body that can't be decoded.
pub fn undecodable(status: Status) -> TaskRecord {
    edited(enqueued("{", 1), |record| record.status = status)
}

fn enqueued(body: &str, number: u8) -> TaskRecord {
    let sequence_number = SequenceNumber::new(number.into());
    let delivery = Delivery {
        message_id: "m".to_owned(),
        receipt: Receipt::new("r"),
        sequence_number,
        receive_count: 1,
        sent_at: at(0),
        body: body.to_owned(),
    };
    edited(Arrival::read(&delivery).new_record(), |record| {
        record.sequence_number = Some(sequence_number);
        record.first_sequence_number = Some(sequence_number);
    })
}

/// `record` with some fields set as a test needs them.
pub fn edited(mut record: TaskRecord, edit: impl FnOnce(&mut TaskRecord)) -> TaskRecord {
    edit(&mut record);
    record
}
