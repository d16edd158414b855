//! unblock: an operator decides on the dead letter that blocks a line.

use crate::{SequenceNumber, TaskId};

use super::{Line, turn::named};

/// Another task, or none, blocks the line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the task does not block its line")]
pub struct NotBlockedBy;

/// Ends the block. `first` is the position that comes next, read after the line: of a redrive the blocking task's own first
/// position, at which the redrive parks it; of a discard or a skip the lowest position that is parked. The line opens if there is
/// none. A redrive and a discard write the line in one transaction with the record.
///
/// # Errors
/// [`NotBlockedBy`] when `task_id` doesn't block the line.
pub fn unblock(line: &Line, task_id: TaskId, first: Option<SequenceNumber>) -> Result<Line, NotBlockedBy> {
    if !line.is_blocked_by(task_id) {
        return Err(NotBlockedBy);
    }
    Ok(named(&Line { blocked_by: None, ..line.clone() }, first))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lifecycle::{
        fixture::sequence,
        line::{
            LineState,
            fixture::{blocked, blocker, draining, other_task, paused},
        },
    };

    #[test]
    fn the_next_task_is_named_when_the_block_ends() {
        let line = unblock(&blocked(), blocker(), Some(sequence(10))).unwrap();
        assert_eq!(
            (line.state(), line.next, line.blocked_by),
            (LineState::Draining, Some(sequence(10)), None)
        );
    }

    #[test]
    fn a_line_without_followers_opens() {
        assert_eq!(unblock(&blocked(), blocker(), None).unwrap().state(), LineState::Open);
    }

    #[test]
    fn a_paused_line_stays_paused_when_its_block_ends() {
        let line = Line { paused: paused().paused, ..blocked() };
        assert_eq!(unblock(&line, blocker(), Some(sequence(10))).unwrap().state(), LineState::Paused);
    }

    #[test]
    fn only_the_blocking_task_ends_the_block() {
        assert_eq!(unblock(&blocked(), other_task(), None), Err(NotBlockedBy));
        assert_eq!(unblock(&draining(), blocker(), None), Err(NotBlockedBy));
    }
}
