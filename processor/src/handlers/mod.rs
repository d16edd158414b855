//! The handler that comes with Taskline, and the choice between it and the record alone.

mod choose;
mod webhook;

pub use choose::{choose, receiver};
pub use webhook::{InvalidWebhook, Proxies, WebhookHandler, WebhookSecret};
