//! resume: an operator starts a paused line.

use crate::SequenceNumber;

use super::{Line, turn::named};

/// What a resume does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Resumption {
    /// Write this line, then send its front message if it names a task.
    Write(Line),
    /// The line isn't paused. Send its front message if it names a task: an earlier resume may have been interrupted before it.
    SendFront,
}

/// Ends the pause. `first` is the lowest position that is parked, read after the line. A blocked line stays blocked; a line with
/// nothing parked opens.
pub fn resume(line: &Line, first: Option<SequenceNumber>) -> Resumption {
    if line.paused.is_none() {
        return Resumption::SendFront;
    }
    Resumption::Write(named(&Line { paused: None, ..line.clone() }, first))
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

    fn resumed(line: &Line, first: Option<SequenceNumber>) -> Line {
        let Resumption::Write(line) = resume(line, first) else { unreachable!("it is paused") };
        line
    }

    #[test]
    fn a_resumed_line_drains_what_was_parked_and_opens_otherwise() {
        assert_eq!(resumed(&paused(), Some(sequence(10))).state(), LineState::Draining);
        assert_eq!(resumed(&paused(), None).state(), LineState::Open);
    }

    #[test]
    fn resuming_a_blocked_line_leaves_it_blocked() {
        let line = Line { paused: paused().paused, ..blocked() };
        assert_eq!(resumed(&line, Some(sequence(10))).state(), LineState::Blocked);
    }

    #[test]
    fn resuming_again_only_sends_the_front_message() {
        for line in [draining(), blocked(), Line::default()] {
            assert_eq!(resume(&line, Some(sequence(10))), Resumption::SendFront);
        }
    }
}
