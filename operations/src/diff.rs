//! How an amendment, or cleaning, changes the contents of a task, line by line.

use chrono::{DateTime, FixedOffset};
use serde::Serialize;
use shared::{Content, Task, TaskRequest};
use similar::{ChangeTag, TextDiff};

/// How many unchanged lines are shown around a change.
const AROUND: usize = 2;
/// How many lines of a payload are compared one by one.
const PAYLOAD_LINES_MAX: usize = 1_000;

/// A line of the old or the new contents.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DiffLine {
    pub change: LineChange,
    pub text: String,
}

/// What happens to a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LineChange {
    Removed,
    Added,
    /// Shown as context.
    Unchanged,
}

/// The changed lines, with a few lines around them; empty if nothing changes.
pub fn diff_contents(before: &Content, after: &Task) -> Vec<DiffLine> {
    let before = match before {
        Content::Task(task) => of_task(task),
        Content::Raw(body) => format!("{body:?}\n"),
    };
    changes(&before, &of_task(after))
}

/// The lines that cleaning changed, with a few lines around them; empty if it changed nothing.
pub fn diff_sanitised(sent: &TaskRequest, cleaned: &Task) -> Vec<DiffLine> {
    let (title, description) = (escaped(&sent.title), escaped(&sent.description));
    changes(&in_lines(&title, &description, sent.due_date, cleaned), &of_task(cleaned))
}

fn changes(before: &str, after: &str) -> Vec<DiffLine> {
    let diff = TextDiff::from_lines(before, after);
    let groups = diff.grouped_ops(AROUND);
    let changes = groups.iter().flatten().flat_map(|op| diff.iter_changes(op));
    changes
        .map(|line| DiffLine {
            change: match line.tag() {
                ChangeTag::Delete => LineChange::Removed,
                ChangeTag::Insert => LineChange::Added,
                ChangeTag::Equal => LineChange::Unchanged,
            },
            text: line.value().trim_end().to_owned(),
        })
        .collect()
}

fn of_task(task: &Task) -> String {
    in_lines(task.title(), task.description(), task.due_date(), task)
}

/// These members, and those of `task` that cleaning never changes. A type or a payload that was not given has no line.
fn in_lines(title: &str, description: &str, due_date: Option<DateTime<FixedOffset>>, task: &Task) -> String {
    let due = due_date.map_or_else(|| "none".to_owned(), |date| date.to_rfc3339());
    let mut lines = format!("title: {title}\n");
    if !task.task_type().is_default() {
        lines += &format!("type: {}\n", task.task_type());
    }
    lines += &format!("priority: {}\ndue_date: {due}\ndescription: {description}\n", task.priority());
    if let Some(payload) = task.payload() {
        lines += &format!("payload: {}\n", payload_lines(payload.as_str()));
    }
    lines
}

/// As it was sent, or in one line if it has very many: comparing takes up to the product of the numbers of lines.
fn payload_lines(payload: &str) -> String {
    let payload = escaped(payload);
    match payload.lines().nth(PAYLOAD_LINES_MAX) {
        // A line break in JSON separates tokens only.
        Some(_) => payload.replace('\n', " "),
        None => payload,
    }
}

/// The text with the characters that cleaning removes escaped, so that they are visible and harmless.
fn escaped(text: &str) -> String {
    let is_hidden = |character: char| {
        let is_bidi = matches!(character, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}');
        is_bidi || character.is_control() && !matches!(character, '\n' | '\t')
    };
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match is_hidden(character) {
            true => escaped.extend(character.escape_unicode()),
            false => escaped.push(character),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use shared::Submission;

    use super::*;

    fn by_cleaning(title: &str, description: &str) -> Vec<(LineChange, String)> {
        let json = serde_json::json!({"title": title, "description": description, "priority": "low"});
        let submission = Submission::parse(json.to_string().as_bytes()).unwrap();
        let changes = diff_sanitised(submission.request(), submission.task());
        changes.into_iter().map(|DiffLine { change, text }| (change, text)).collect()
    }

    #[test]
    fn removed_characters_are_visible_in_the_diff_of_cleaning() {
        assert_eq!(by_cleaning("a", "b\nc"), []);
        let expected = [
            (LineChange::Removed, "title: <b>a</b>\\u{202e}\\u{7}"),
            (LineChange::Added, "title: a"),
            (LineChange::Unchanged, "priority: low"),
            (LineChange::Unchanged, "due_date: none"),
        ]
        .map(|(change, text)| (change, text.to_owned()));
        assert_eq!(by_cleaning("<b>a</b>\u{202E}\u{7}", "d"), expected);
    }
}
