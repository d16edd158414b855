//! The handlers of docs/handlers, in every language: as written, and with a bank that sees and disturbs their runs.

mod language;
mod bank;
mod pages;
mod functions;
mod fencing;
mod kills;

pub use pages::Receiver;
