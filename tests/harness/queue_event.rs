//! Events as the mapping of a FIFO queue sends them to the processor's function.

use serde_json::{Value, json};

/// An event with one message.
pub fn delivery(body: &str) -> Value {
    json!({"Records": [{
        "messageId": "message-1",
        "receiptHandle": "receipt-1",
        "body": body,
        "attributes": {
            "ApproximateReceiveCount": "1",
            "SentTimestamp": "1795255200000",
            "SequenceNumber": "18849496460467696128",
            "MessageGroupId": "line",
            "SenderId": "AIDA",
            "MessageDeduplicationId": "d",
            "ApproximateFirstReceiveTimestamp": "1795255200001",
        },
        "messageAttributes": {},
        "md5OfBody": "",
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:us-east-1:1:line.fifo",
        "awsRegion": "us-east-1",
    }]})
}
