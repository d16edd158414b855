//! The tasks of a line, one of which fails.

use shared::{Caller, Message, ports::TaskIds};
use system::RandomTaskIds;

/// The title of the task that fails.
pub const FLAKY: &str = "flaky";
/// The titles of all tasks, in order.
pub const TITLES: [&str; 5] = ["first", "second", FLAKY, "fourth", "fifth"];

/// The messages of all tasks, in order.
pub fn messages() -> Vec<Message> {
    TITLES.map(message).into()
}

/// The message of a new task.
pub fn message(title: &str) -> Message {
    let now = chrono::Utc::now();
    Message::new(RandomTaskIds.fresh(now), 0, now, now, Caller::local(), None, harness::task(title))
}
