//! The targets.

mod payload_rules;
mod request;
mod text;
mod identity;
mod message;
mod record;
mod event;
mod http;

use crate::Target;

pub const TARGETS: [&Target; 7] = [
    &request::REQUEST,
    &text::TEXT,
    &identity::IDENTITY,
    &message::MESSAGE,
    &record::RECORD,
    &event::EVENT,
    &http::HTTP,
];
