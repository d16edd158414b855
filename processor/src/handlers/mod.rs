//! The handlers that come with Taskline, and the choice between them.

mod choose;
mod function;
mod of_types;
mod webhook;

pub use ::webhook::{InvalidReceiver, InvalidSecret, Proxies, Secret, Signed, Unverified};
pub use choose::{choose, function_name, origin, receiver};
pub use function::{ErrorTypes, FunctionHandler, InvalidErrorTypes};
pub use of_types::{TypeOptions, check_use};
pub use webhook::WebhookHandler;
