//! The handlers that come with Taskline, and the choice between them.

mod choose;
mod record;
mod webhook;

pub use choose::choose;
pub use record::RecordHandler;
pub use webhook::{InvalidWebhook, WebhookHandler, WebhookSecret};
