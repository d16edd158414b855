//! receive: from the shape of an SQS event to deliveries.

use aws_lambda_events::sqs::SqsMessage;
use chrono::DateTime;
use shared::{Delivery, Receipt};

/// The event is not what a FIFO queue's event source mapping sends: a fault of the deployment, not of a message.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("failed to read the event: its message has no valid {0}, as every message of a FIFO queue has")]
pub struct MalformedEvent(&'static str);

/// Reads one record of an event. A body is never judged here: whatever it is, it came and must end somewhere.
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
    fn a_fifo_message_is_read_without_losing_a_digit() {
        let delivery = delivery(message()).unwrap();
        assert_eq!(delivery.sequence_number.to_string(), "18849496460467696128");
        assert_eq!((delivery.receive_count, delivery.sent_at.timestamp_millis()), (2, 1_700_000_000_123));
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
    fn a_message_without_a_body_is_still_a_delivery() {
        let mut empty = message();
        empty.body = None;
        assert_eq!(delivery(empty).unwrap().body, "");
    }
}
