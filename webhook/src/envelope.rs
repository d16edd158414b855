//! The envelope of a message: its id, its time, and its body as JSON (Standard Webhooks, "payload structure").

use serde::Serialize;
use shared::{Timestamp, TraceContext};

/// A message to a receiver.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Envelope {
    /// `webhook-id`: the same for each attempt to send the message, so a receiver can recognise a repetition.
    pub id: String,
    /// `webhook-timestamp`: the time of this attempt. A receiver compares it with its clock.
    pub sent_at: Timestamp,
    /// The body of the request.
    pub body: Vec<u8>,
    /// The trace that the message belongs to, passed on in `traceparent` and `tracestate`.
    pub trace: Option<TraceContext>,
}

#[derive(Serialize)]
struct Body<'a, D> {
    r#type: &'a str,
    timestamp: Timestamp,
    data: &'a D,
}

impl Envelope {
    /// A message of the type `kind` whose payload is `data`.
    ///
    /// # Errors
    /// `data` can't be written as JSON.
    pub fn new(
        id: String,
        kind: &str,
        sent_at: Timestamp,
        data: &impl Serialize,
        trace: Option<TraceContext>,
    ) -> serde_json::Result<Self> {
        let body = serde_json::to_vec(&Body { r#type: kind, timestamp: sent_at, data })?;
        Ok(Self { id, sent_at, body, trace })
    }
}
