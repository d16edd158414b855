//! The stored state of a line.

use serde::{Deserialize, Serialize};

use crate::{AuditEntry, SequenceNumber, TaskId};

/// A line that was blocked or paused at least once. Only the functions of this module make and change it.
///
/// A store MUST keep the item of an opened line for longer than a queue keeps a message: if revisions and turns began again, a
/// delayed write or a delayed front message of an earlier block would count for a later one.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Line {
    /// +1 with every change, and with every task that is parked. It never falls.
    pub revision: u64,
    /// +1 whenever a task is named. A front message belongs to one turn.
    pub turn: u64,
    /// The dead letter that the line waits for.
    pub blocked_by: Option<Blocker>,
    /// The position of the parked task whose turn it is. Absent while the line is blocked, paused or open.
    pub next: Option<SequenceNumber>,
    /// The pause by an operator. A blocked line can be paused too.
    pub paused: Option<AuditEntry>,
}

/// The dead letter that a line waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Blocker {
    /// The task.
    pub task_id: TaskId,
    /// Where it is parked, if it was given up in its turn. Its front message finds the body there if the dead letter was not sent.
    pub parked_at: Option<SequenceNumber>,
}

/// What a line waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LineState {
    /// Nothing: the messages of its group are handled.
    Open,
    /// An operator who resumes it.
    Paused,
    /// The dead letter.
    Blocked,
    /// Its parked tasks, which are handled in the order of their positions.
    Draining,
}

impl Line {
    /// What the line waits for. A line that is blocked and paused counts as blocked: resuming it doesn't open it.
    pub fn state(&self) -> LineState {
        match (&self.blocked_by, &self.paused, &self.next) {
            (Some(_), _, _) => LineState::Blocked,
            (None, Some(_), _) => LineState::Paused,
            (None, None, Some(_)) => LineState::Draining,
            (None, None, None) => LineState::Open,
        }
    }

    /// Whether this task blocks the line.
    pub fn is_blocked_by(&self, task_id: TaskId) -> bool {
        self.blocked_by.is_some_and(|blocker| blocker.task_id == task_id)
    }

    pub(super) fn changed(&self) -> Self {
        Self { revision: self.revision + 1, ..self.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lifecycle::line::fixture::{blocked, draining, paused};

    #[test]
    fn a_line_that_the_store_does_not_have_is_open() {
        assert_eq!(Line::default().state(), LineState::Open);
    }

    #[test]
    fn a_blocked_line_is_blocked_whether_it_is_paused_or_not() {
        let both = Line { paused: paused().paused, ..blocked() };
        assert_eq!([blocked().state(), both.state()], [LineState::Blocked, LineState::Blocked]);
        assert_eq!(paused().state(), LineState::Paused);
        assert_eq!(draining().state(), LineState::Draining);
    }

    #[test]
    fn a_line_is_read_as_it_was_written() {
        for line in [Line::default(), blocked(), draining(), paused()] {
            let json = serde_json::to_string(&line).unwrap();
            assert_eq!(serde_json::from_str::<Line>(&json).unwrap(), line);
        }
    }
}
