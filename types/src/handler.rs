//! The handler of one type.

use shared::FunctionName;

/// The handler of a type, as the file names it.
#[derive(Clone, PartialEq, Eq)]
pub enum TypeHandler {
    /// A program that is started for each task: its command line.
    Command(String),
    /// A program that is started once: its command line.
    Server(String),
    /// A receiver: its URL.
    Webhook(String),
    /// A Lambda function.
    Function(FunctionName),
    /// The record is the result.
    Record,
}

impl TypeHandler {
    /// The key of the file that names it.
    pub fn key(&self) -> &'static str {
        match self {
            Self::Command(_) => "command",
            Self::Server(_) => "server",
            Self::Webhook(_) => "webhook",
            Self::Function(_) => "function",
            Self::Record => "record",
        }
    }
}
