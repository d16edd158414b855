//! receive: converts an SQS event to deliveries, and deliveries to an event for a host without an event source mapping.

use aws_lambda_events::sqs::{SqsEvent, SqsMessage};
use chrono::DateTime;
use shared::{Delivery, Receipt};

/// The event does not come from the event source mapping of a FIFO queue: the deployment is wrong, not the message.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("failed to read the event: its message has no valid {0}, as every message of a FIFO queue has")]
pub struct MalformedEvent(&'static str);

/// Reads one record of an event. It accepts any body: a message that can't be decoded must be processed too.
pub(crate) fn delivery(message: SqsMessage) -> Result<Delivery, MalformedEvent> {
    let attribute = |name: &'static str| message.attributes.get(name).ok_or(MalformedEvent(name));
    let sent_at_millis = attribute("SentTimestamp")?.parse().map_err(|_| MalformedEvent("SentTimestamp"))?;
    let receive_count = attribute("ApproximateReceiveCount")?.parse();
    Ok(Delivery {
        sequence_number: attribute("SequenceNumber")?
            .parse()
            .map_err(|_| MalformedEvent("SequenceNumber"))?,
        receive_count: receive_count.map_err(|_| MalformedEvent("ApproximateReceiveCount"))?,
        sent_at: DateTime::from_timestamp_millis(sent_at_millis).ok_or(MalformedEvent("SentTimestamp"))?,
        message_id: message.message_id.ok_or(MalformedEvent("messageId"))?,
        receipt: Receipt::new(message.receipt_handle.ok_or(MalformedEvent("receiptHandle"))?),
        body: message.body.unwrap_or_default(),
    })
}

/// The event that an event source mapping would make of these deliveries of a FIFO queue.
pub fn sqs_event(deliveries: impl IntoIterator<Item = Delivery>) -> SqsEvent {
    let mut event = SqsEvent::default();
    event.records = deliveries.into_iter().map(sqs_message).collect();
    event
}

fn sqs_message(delivery: Delivery) -> SqsMessage {
    let attributes = [
        ("ApproximateReceiveCount", delivery.receive_count.to_string()),
        ("SentTimestamp", delivery.sent_at.timestamp_millis().to_string()),
        ("SequenceNumber", delivery.sequence_number.to_string()),
        ("MessageGroupId", "line".to_owned()),
    ];
    let mut message = SqsMessage::default();
    message.message_id = Some(delivery.message_id);
    message.receipt_handle = Some(delivery.receipt.as_str().to_owned());
    message.body = Some(delivery.body);
    message.attributes = attributes.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    message.event_source = Some("aws:sqs".to_owned());
    message
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message() -> SqsMessage {
        serde_json::from_str(
            r#"{"messageId":"m","receiptHandle":"r","body":"b","attributes":{"ApproximateReceiveCount":"2",
                "SentTimestamp":"1700000000123","SequenceNumber":"18849496460467696128","MessageGroupId":"line"}}"#,
        )
        .unwrap()
    }

    #[test]
    fn every_digit_of_a_sequence_number_is_read() {
        let delivery = delivery(message()).unwrap();
        assert_eq!(delivery.sequence_number.to_string(), "18849496460467696128");
        assert_eq!((delivery.receive_count, delivery.sent_at.timestamp_millis()), (2, 1_700_000_000_123));
    }

    #[test]
    fn a_delivery_made_into_an_event_is_read_back_unchanged() {
        let original = delivery(message()).unwrap();
        let mut event = sqs_event([original.clone()]);
        assert_eq!(delivery(event.records.remove(0)), Ok(original));
    }

    #[test]
    fn a_message_of_a_standard_queue_is_refused() {
        let mut standard = message();
        standard.attributes.remove("SequenceNumber");
        assert_eq!(delivery(standard), Err(MalformedEvent("SequenceNumber")));
    }

    #[test]
    fn a_missing_or_unreadable_field_is_named() {
        for name in ["ApproximateReceiveCount", "SentTimestamp", "SequenceNumber"] {
            let mut broken = message();
            broken.attributes.insert(name.to_owned(), "x".to_owned());
            assert_eq!(delivery(broken), Err(MalformedEvent(name)));
        }
        let no_receipt = SqsMessage::default();
        assert!(delivery(no_receipt).is_err());
    }

    #[test]
    fn a_message_without_a_body_is_a_delivery() {
        let mut empty = message();
        empty.body = None;
        assert_eq!(delivery(empty).unwrap().body, "");
    }
}
