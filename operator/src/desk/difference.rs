//! The difference that an amendment makes, line by line.

use serde::Serialize;
use shared::{Payload, Task};
use similar::{ChangeTag, TextDiff};

/// How many lines are shown around those that change.
const AROUND: usize = 2;

/// A line of what a task says and would say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Change {
    /// Whether it goes, comes or stays.
    pub becomes: Becomes,
    /// The line.
    pub text: String,
}

/// What becomes of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Becomes {
    /// It goes.
    Gone,
    /// It comes.
    New,
    /// It stays, beside what changes.
    Kept,
}

/// The lines that change, and a few around them; none when nothing changes.
pub fn difference(before: &Payload, after: &Task) -> Vec<Change> {
    let before = match before {
        Payload::Task(task) => in_lines(task),
        Payload::Raw(body) => format!("{body:?}\n"),
    };
    let after = in_lines(after);
    let diff = TextDiff::from_lines(&before, &after);
    let groups = diff.grouped_ops(AROUND);
    let changes = groups.iter().flatten().flat_map(|op| diff.iter_changes(op));
    changes
        .map(|change| Change {
            becomes: match change.tag() {
                ChangeTag::Delete => Becomes::Gone,
                ChangeTag::Insert => Becomes::New,
                ChangeTag::Equal => Becomes::Kept,
            },
            text: change.value().trim_end().to_owned(),
        })
        .collect()
}

fn in_lines(task: &Task) -> String {
    let due = task.due_date().map_or_else(|| "none".to_owned(), |date| date.to_rfc3339());
    let (title, priority, description) = (task.title(), task.priority(), task.description());
    format!("title: {title}\npriority: {priority}\ndue_date: {due}\ndescription: {description}\n")
}
