//! grant: whether a delivery may be handled while its line is in this state.

use crate::SequenceNumber;

use super::{Blocker, Line};

/// The message by which a task comes to a processor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Carrier {
    /// The task's own message, in the message group of the line.
    Line,
    /// The front message of this turn, in the front group of the line. It names no task: the line does.
    Front {
        /// The turn.
        turn: u64,
    },
}

/// What to do with a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grant {
    /// Claim and handle the task of the message.
    Handle,
    /// Claim and handle the parked task at this position.
    HandleParked(SequenceNumber),
    /// Park the task, then acknowledge.
    Park,
    /// Another turn has begun. Send its front message, which may be missing, then acknowledge.
    SendFront,
    /// The line is blocked by a task that had its turn. If it is still `dead_lettering`, finish that; then acknowledge.
    FinishDeadLettering {
        /// The task's entry.
        parked_at: SequenceNumber,
    },
    /// Acknowledge: the line is open or paused, or the message of the task that blocks it does the rest.
    Acknowledge,
}

/// Decides from the state of the line. A processor that holds a claim asks again with a strongly consistent read that begins
/// after the write of the claim, and gives the claim back unless the answer permits it: so no task starts after a pause.
pub fn grant(line: &Line, carrier: Carrier) -> Grant {
    let is_open = line.blocked_by.is_none() && line.paused.is_none() && line.next.is_none();
    match (carrier, line.next, line.blocked_by) {
        (Carrier::Line, ..) if is_open => Grant::Handle,
        (Carrier::Line, ..) => Grant::Park,
        (Carrier::Front { turn }, Some(next), _) if turn == line.turn => Grant::HandleParked(next),
        (Carrier::Front { .. }, Some(_), _) => Grant::SendFront,
        (Carrier::Front { .. }, None, Some(Blocker { parked_at: Some(parked_at), .. })) => {
            Grant::FinishDeadLettering { parked_at }
        }
        (Carrier::Front { .. }, None, _) => Grant::Acknowledge,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lifecycle::{
        fixture::sequence,
        line::{
            block,
            fixture::{blocked, blocker, draining, paused},
        },
    };

    #[test]
    fn a_task_of_an_open_line_is_handled_and_any_other_is_parked() {
        assert_eq!(grant(&Line::default(), Carrier::Line), Grant::Handle);
        for line in [blocked(), paused(), draining()] {
            assert_eq!(grant(&line, Carrier::Line), Grant::Park);
        }
    }

    #[test]
    fn the_front_message_of_the_turn_handles_the_task_that_the_line_names() {
        let line = draining();
        assert_eq!(grant(&line, Carrier::Front { turn: line.turn }), Grant::HandleParked(sequence(10)));
    }

    #[test]
    fn the_front_message_of_another_turn_handles_nothing() {
        let line = draining();
        assert_eq!(grant(&line, Carrier::Front { turn: line.turn - 1 }), Grant::SendFront);
        for line in [Line::default(), paused(), blocked()] {
            assert_eq!(grant(&line, Carrier::Front { turn: line.turn }), Grant::Acknowledge);
        }
    }

    #[test]
    fn a_front_message_finishes_the_dead_lettering_of_a_task_that_was_given_up_in_its_turn() {
        let line = block(&draining(), blocker(), draining().next).unwrap();
        let finish = Grant::FinishDeadLettering { parked_at: sequence(10) };
        assert_eq!(grant(&line, Carrier::Front { turn: line.turn }), finish);
    }
}
