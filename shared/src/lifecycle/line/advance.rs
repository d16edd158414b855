//! advance: the turn passes from a task that has left the line to the next one, or the line opens.

use crate::SequenceNumber;

use super::{Line, turn::named};

/// What the end of a turn does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Advance {
    /// Write this line and delete the entry of the task that had the turn, in one transaction. Then send the front message if the
    /// line names another task.
    Write(Line),
    /// The turn has passed: change nothing. Send the front message of the present turn, which may be missing.
    TurnPassed,
}

/// Ends `turn`, whose task has left the line: completed, discarded, or dead-lettered without a block. `first` is the lowest position
/// behind it, read after the line.
///
/// A turn that has passed deletes nothing: since then the task may have been redriven, and its entry replaced.
pub fn advance(line: &Line, turn: u64, first: Option<SequenceNumber>) -> Advance {
    if line.next.is_none() || line.turn != turn {
        return Advance::TurnPassed;
    }
    Advance::Write(named(line, first))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lifecycle::{
        fixture::sequence,
        line::{
            LineState,
            fixture::{blocked, draining, paused},
        },
    };

    fn advanced(line: &Line, first: Option<SequenceNumber>) -> Line {
        let Advance::Write(line) = advance(line, line.turn, first) else { unreachable!("it is its turn") };
        line
    }

    #[test]
    fn the_turn_passes_to_the_lowest_parked_task() {
        let after = advanced(&draining(), Some(sequence(12)));
        assert_eq!((after.next, after.turn), (Some(sequence(12)), draining().turn + 1));
    }

    #[test]
    fn a_line_opens_when_nothing_is_parked() {
        assert_eq!(advanced(&draining(), None).state(), LineState::Open);
    }

    #[test]
    fn a_turn_that_has_passed_changes_nothing() {
        for line in [blocked(), paused(), Line::default()] {
            assert_eq!(advance(&line, line.turn, Some(sequence(12))), Advance::TurnPassed);
        }
        assert_eq!(advance(&draining(), draining().turn - 1, Some(sequence(12))), Advance::TurnPassed);
    }
}
