//! The handler that comes with Taskline, and the choice between it and the record.

mod choose;
mod webhook;

pub use ::webhook::{InvalidReceiver, InvalidSecret, Proxies, Secret};
pub use choose::{choose, receiver};
pub use webhook::WebhookHandler;
