//! An event of the queue, through the real processor: every message is acknowledged with a record that explains it, or
//! is redelivered. None is lost.

use std::collections::BTreeSet;

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent, SqsMessage};
use harness::{Outcome, PipelineFixture};
use processor::{Invocation, MalformedEvent};
use shared::{Delivery, Receipt, SequenceNumber, Status, TaskRecord, Timestamp, lifecycle::Arrival};

use crate::Target;

pub const EVENT: Target = Target {
    name: "event",
    words: &[
        "{",
        "}",
        "[",
        "]",
        ":",
        ",",
        "\"",
        "\\\"",
        "null",
        "true",
        "0",
        "1",
        "\"1\"",
        "\"0\"",
        "\"-1\"",
        "\"x\"",
        "\"\"",
        "4294967295",
        "4294967296",
        "9223372036854775807",
        "8210298412799999",
        "-8334632851200001",
        "18849496460467696128",
        "340282366920938463463374607431768211455",
        "\"Records\"",
        "\"messageId\"",
        "\"receiptHandle\"",
        "\"body\"",
        "\"attributes\"",
        "\"SequenceNumber\"",
        "\"ApproximateReceiveCount\"",
        "\"SentTimestamp\"",
        "\"MessageGroupId\"",
        "\"messageAttributes\"",
        "\"md5OfBody\"",
        "\"m1\"",
        "\"m2\"",
        "\\\"format\\\":2",
        "\\\"generation\\\":1",
        "\\\"generation\\\":4294967295",
        "\\\"title\\\":\\\"transient\\\"",
        "\\\"title\\\":\\\"permanent\\\"",
        "transient",
        "permanent",
        "+262142-12-31T23:59:59Z",
        "-262143-01-01T00:00:00Z",
        "01890a5d-ac96-774b-bcce-b302099a8057",
        "11890a5d-ac96-774b-bcce-b302099a8057",
        "\\u0000",
        "\\ud83d\\ude00",
        "é",
    ],
    outcomes: &[
        "no event",
        "malformed",
        "nothing to do",
        "all done",
        "some are redelivered",
        "all are redelivered",
    ],
    cases: 1_200,
    check,
};

/// More than any batch of SQS has.
const MESSAGES_MAX: usize = 12;

fn check(input: &[u8]) -> &'static str {
    let Ok(event) = serde_json::from_slice::<SqsEvent>(input) else { return "no event" };
    if event.records.len() > MESSAGES_MAX {
        return "no event";
    }
    let messages = event.records.clone();
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
        let pipeline = pipeline(&event);
        let invocation = Invocation { request_id: "invocation".to_owned(), xray_trace_id: None };
        match pipeline.processor().process_batch(event, &invocation).await {
            Err(malformed) => assert_nothing_happened(&pipeline, &messages, &malformed),
            Ok(response) => assert_all_accounted_for(&pipeline, &messages, &response).await,
        }
    })
}

/// On which tasks fail whose titles ask for it.
fn pipeline(event: &SqsEvent) -> PipelineFixture {
    let pipeline = if event.records.len().is_multiple_of(2) {
        PipelineFixture::holding()
    } else {
        PipelineFixture::new()
    };
    pipeline.handler.on("transient", vec![Outcome::Transient("later"); MESSAGES_MAX]);
    pipeline.handler.on("permanent", vec![Outcome::Permanent("never"); MESSAGES_MAX]);
    pipeline
}

/// The whole event is redelivered, unchanged.
fn assert_nothing_happened(
    pipeline: &PipelineFixture,
    messages: &[SqsMessage],
    malformed: &MalformedEvent,
) -> &'static str {
    assert!(
        messages.iter().any(|message| delivery(message).is_none()),
        "a whole event is refused: {malformed}"
    );
    assert_eq!(pipeline.faults.steps(), [], "part of a malformed event was processed");
    assert!(malformed.to_string().len() < 200);
    "malformed"
}

async fn assert_all_accounted_for(
    pipeline: &PipelineFixture,
    messages: &[SqsMessage],
    response: &SqsBatchResponse,
) -> &'static str {
    let deliveries: Vec<Delivery> =
        messages.iter().map(|message| delivery(message).expect("a malformed event is processed")).collect();
    let undone: Vec<_> =
        response.batch_item_failures.iter().map(|failure| &failure.item_identifier).collect();
    let (done, back) = deliveries.split_at(deliveries.len() - undone.len());
    assert!(
        back.iter().map(|delivery| &delivery.message_id).eq(undone),
        "the redelivered messages are not the rest of the line"
    );
    let mut completed = BTreeSet::new();
    for delivery in done {
        let record =
            pipeline.find(Arrival::read(delivery).task_id()).await.expect("acknowledged without a record");
        assert_explained(pipeline, &record).await;
        if record.status == Status::Completed {
            completed.insert(record.task_id);
        }
    }
    for task_id in &completed {
        assert_eq!(pipeline.handler.attempts(*task_id).len(), 1, "a completed task was handled twice");
    }
    if let Some(first) = back.first() {
        let record =
            pipeline.find(Arrival::read(first).task_id()).await.expect("it is redelivered without a record");
        assert!(matches!(record.status, Status::Retrying | Status::Held), "{} is redelivered", record.status);
    }
    match (done.len(), back.len()) {
        (0, 0) => "nothing to do",
        (_, 0) => "all done",
        (0, _) => "all are redelivered",
        _ => "some are redelivered",
    }
}

/// An acknowledged task is finished; if it failed, the dead letter and the reason are kept.
async fn assert_explained(pipeline: &PipelineFixture, record: &TaskRecord) {
    match record.status {
        Status::Completed => {}
        Status::DeadLettered => {
            let failure = record.last_failure().expect("given up without a reason");
            assert!(
                !failure.code.is_empty() && !failure.message.is_empty() && !failure.request_id.is_empty()
            );
            let dead_letters = pipeline.dead_letters().await;
            let task_ids = dead_letters.iter().map(|body| shared::task_id_of(body));
            assert!(
                dead_letters.len() >= 10 || task_ids.into_iter().any(|task_id| task_id == record.task_id),
                "no dead letter"
            );
        }
        status => panic!("acknowledged while {status}"),
    }
}

/// The attributes of a message of a FIFO queue, parsed independently.
fn delivery(message: &SqsMessage) -> Option<Delivery> {
    let attribute = |name: &str| message.attributes.get(name);
    let sequence_number: SequenceNumber = attribute("SequenceNumber")?.parse().ok()?;
    let sent_at: i64 = attribute("SentTimestamp")?.parse().ok()?;
    Some(Delivery {
        message_id: message.message_id.clone()?,
        receipt: Receipt::new(message.receipt_handle.clone()?),
        sequence_number,
        receive_count: attribute("ApproximateReceiveCount")?.parse().ok()?,
        sent_at: Timestamp::from_timestamp_millis(sent_at)?,
        body: message.body.clone().unwrap_or_default(),
    })
}
