//! The handlers that come with Taskline, and the choice between them.

mod choose;
mod function;
mod webhook;

pub use ::webhook::{InvalidReceiver, InvalidSecret, Proxies, Secret, Signed, Unverified};
pub use choose::{choose, function_name, receiver};
pub use function::{ErrorTypes, FunctionHandler, InvalidErrorTypes};
pub use webhook::WebhookHandler;
