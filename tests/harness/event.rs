//! Deliveries as the event that Lambda would get.

use aws_lambda_events::sqs::{SqsEvent, SqsMessage};
use shared::Delivery;

/// The event that an event source mapping makes of these deliveries of a FIFO queue.
pub fn sqs_event(deliveries: &[Delivery]) -> SqsEvent {
    let mut event = SqsEvent::default();
    event.records = deliveries.iter().map(sqs_message).collect();
    event
}

fn sqs_message(delivery: &Delivery) -> SqsMessage {
    let attributes = [
        ("ApproximateReceiveCount", delivery.receive_count.to_string()),
        ("SentTimestamp", delivery.sent_at.timestamp_millis().to_string()),
        ("SequenceNumber", delivery.sequence_number.to_string()),
        ("MessageGroupId", "line".to_owned()),
    ];
    let mut message = SqsMessage::default();
    message.message_id = Some(delivery.message_id.clone());
    message.receipt_handle = Some(delivery.receipt.as_str().to_owned());
    message.body = Some(delivery.body.clone());
    message.attributes = attributes.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    message.event_source = Some("aws:sqs".to_owned());
    message
}
