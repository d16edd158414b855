//! block: a line begins to wait for the task that was given up.

use crate::{SequenceNumber, TaskId};

use super::{Blocker, Line};

/// The line waits for another dead letter already.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the line is blocked by the task {0}")]
pub struct NotBlockable(pub TaskId);

/// The line of a task that is given up under the policy `block`; `parked_at` is where it is parked, if it had its turn.
///
/// The line is written in one transaction with the record that is `dead_lettering`: if the two were written one after the other, a
/// processor that was suspended in between would block the line for a task that has been redriven and completed since.
///
/// # Errors
/// [`NotBlockable`] when another task blocks the line.
pub fn block(line: &Line, task_id: TaskId, parked_at: Option<SequenceNumber>) -> Result<Line, NotBlockable> {
    match line.blocked_by {
        Some(other) if other.task_id != task_id => Err(NotBlockable(other.task_id)),
        _ => Ok(Line { blocked_by: Some(Blocker { task_id, parked_at }), next: None, ..line.changed() }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lifecycle::line::{
        LineState,
        fixture::{blocked, blocker, draining, other_task, paused},
    };

    #[test]
    fn a_task_that_is_given_up_blocks_its_line_in_every_state_but_blocked_by_another() {
        for line in [Line::default(), draining(), paused(), blocked()] {
            let after = block(&line, blocker(), line.next).unwrap();
            assert_eq!((after.state(), after.next), (LineState::Blocked, None));
            assert_eq!(after.blocked_by, Some(Blocker { task_id: blocker(), parked_at: line.next }));
            assert_eq!((after.revision, after.turn), (line.revision + 1, line.turn));
            assert_eq!(after.paused, line.paused, "a pause outlasts the block");
        }
        assert_eq!(block(&blocked(), other_task(), None), Err(NotBlockable(blocker())));
    }
}
