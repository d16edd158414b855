//! The targets.

mod request;
mod text;
mod identity;
mod message;
mod record;
mod event;
mod http;

/// Something that takes bytes from outside.
pub struct Target {
    /// Also the name of its corpus.
    pub name: &'static str,
    /// What its inputs are made of, beside what its corpus holds.
    pub words: &'static [&'static str],
    /// All that an input can come to.
    pub outcomes: &'static [&'static str],
    /// How many mutants are tried in the tests.
    pub cases: u32,
    /// Panics if something does not hold for these bytes; says what they came to.
    pub check: fn(&[u8]) -> &'static str,
}

pub const TARGETS: [&Target; 7] = [
    &request::REQUEST,
    &text::TEXT,
    &identity::IDENTITY,
    &message::MESSAGE,
    &record::RECORD,
    &event::EVENT,
    &http::HTTP,
];
