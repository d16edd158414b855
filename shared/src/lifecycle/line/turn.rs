//! turn: which parked task is named, and the front message of its turn.

use crate::SequenceNumber;

use super::Line;

/// The deduplication id of the front message of a turn. A turn is never repeated, so a message that was sent for an earlier
/// turn doesn't swallow it.
pub fn front_dedupe_id(line: &Line) -> String {
    format!("front.{}", line.turn)
}

/// Names the task at `first`, or opens the line if nothing is parked. A blocked or paused line names nobody.
pub(super) fn named(line: &Line, first: Option<SequenceNumber>) -> Line {
    let mut named = Line { next: None, ..line.changed() };
    if named.blocked_by.is_none() && named.paused.is_none() && first.is_some() {
        named.turn += 1;
        named.next = first;
    }
    named
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

    #[test]
    fn every_task_that_is_named_has_another_turn() {
        let first = named(&Line::default(), Some(sequence(5)));
        let second = named(&first, Some(sequence(5)));
        assert_eq!((first.next, second.next), (Some(sequence(5)), Some(sequence(5))));
        assert_ne!(front_dedupe_id(&first), front_dedupe_id(&second));
        assert!(first.revision < second.revision);
    }

    #[test]
    fn a_line_with_nothing_parked_is_opened_and_keeps_its_numbers() {
        let opened = named(&draining(), None);
        assert_eq!(opened.state(), LineState::Open);
        assert_eq!((opened.revision, opened.turn), (draining().revision + 1, draining().turn));
    }

    #[test]
    fn a_blocked_or_paused_line_names_nobody() {
        for line in [blocked(), paused()] {
            assert_eq!(named(&line, Some(sequence(5))), line.changed());
        }
    }
}
