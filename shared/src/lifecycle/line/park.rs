//! park: a task whose line isn't open leaves the queue and waits in the store.

use serde::{Deserialize, Serialize};

use crate::{SequenceNumber, TaskId};

use super::{Line, is_front_unsent, turn::named};

/// A task whose line isn't open, as its message and its record describe it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Arriving {
    /// The task.
    pub task_id: TaskId,
    /// The generation of the message.
    pub generation: u32,
    /// The sequence number of the delivery.
    pub sequence_number: SequenceNumber,
    /// How many times the message was delivered.
    pub receive_count: u32,
    /// The position at which the task was first claimed, if it was.
    pub first_sequence_number: Option<SequenceNumber>,
}

/// The key and the order of an entry in the store of parked tasks. The store keeps the body of the message with it. The task is
/// claimed with the body and this sequence number, as if its own message had been delivered again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parked {
    /// Where the task waits: the position at which it was accepted.
    pub position: SequenceNumber,
    /// The generation of its message.
    pub generation: u32,
    /// The sequence number of its message.
    pub sequence_number: SequenceNumber,
}

impl Parked {
    /// Whether this entry may be written over `present`, which is at the same position: only if its message is later. If it isn't,
    /// nothing is written: the present entry is that of the same task. The delivery sends the front message of the present turn if
    /// that may be [unsent](is_front_unsent), and is acknowledged.
    pub fn replaces(&self, present: Option<&Self>) -> bool {
        let age = |entry: &Self| (entry.generation, entry.sequence_number);
        present.is_none_or(|present| age(self) > age(present))
    }
}

/// The two writes of a transaction. The store also requires that the entry [replaces](Parked::replaces) the present one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parking {
    /// The line.
    pub line: Line,
    /// The entry.
    pub parked: Parked,
    /// Whether the front message of the line's turn is sent before the delivery is acknowledged.
    pub sends_front: bool,
}

/// Parks a task. It waits at the position at which it was accepted, behind all that were accepted earlier.
///
/// The task that blocks the line is parked only if someone redrove it: by then its record permits a claim. Parking it ends the
/// block, and it is next, at its first position.
pub fn park(line: &Line, arriving: &Arriving) -> Parking {
    let Arriving { task_id, generation, sequence_number, .. } = *arriving;
    if !line.is_blocked_by(task_id) {
        let parked = Parked { position: sequence_number, generation, sequence_number };
        let sends_front = is_front_unsent(line, arriving.receive_count);
        return Parking { line: line.changed(), parked, sends_front };
    }
    let position = arriving.first_sequence_number.unwrap_or(sequence_number);
    let line = named(&Line { blocked_by: None, ..line.clone() }, Some(position));
    let sends_front = line.next.is_some();
    Parking { line, parked: Parked { position, generation, sequence_number }, sends_front }
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

    fn arriving(task_id: TaskId) -> Arriving {
        let first_sequence_number = Some(sequence(10));
        Arriving {
            task_id,
            generation: 0,
            sequence_number: sequence(20),
            receive_count: 1,
            first_sequence_number,
        }
    }

    #[test]
    fn a_follower_is_parked_at_its_sequence_number_and_only_the_revision_changes() {
        for line in [blocked(), draining(), paused()] {
            let parking = park(&line, &arriving(other_task()));
            assert_eq!(parking.parked.position, sequence(20));
            assert!(!parking.sends_front);
            assert_eq!(parking.line, Line { revision: line.revision + 1, ..line });
        }
    }

    #[test]
    fn the_blocking_task_that_was_moved_back_is_next_at_its_first_position() {
        let parking = park(&blocked(), &arriving(blocker()));
        assert_eq!(parking.parked.position, sequence(10));
        assert_eq!((parking.line.state(), parking.line.next), (LineState::Draining, Some(sequence(10))));
        assert!(parking.sends_front);
    }

    #[test]
    fn a_redelivered_follower_of_a_draining_line_sends_the_front_message() {
        let again = Arriving { receive_count: 2, ..arriving(other_task()) };
        assert!(park(&draining(), &again).sends_front);
        assert!(!park(&paused(), &again).sends_front);
    }

    #[test]
    fn the_blocking_task_of_a_paused_line_waits_for_the_resume() {
        let line = Line { paused: paused().paused, ..blocked() };
        let parking = park(&line, &arriving(blocker()));
        assert_eq!((parking.line.state(), parking.line.next), (LineState::Paused, None));
    }

    #[test]
    fn an_entry_is_replaced_only_by_that_of_a_later_message() {
        let entry = |generation, number| Parked {
            position: sequence(10),
            generation,
            sequence_number: sequence(number),
        };
        assert!(entry(0, 10).replaces(None));
        for (later, earlier) in [((1, 10), (0, 10)), ((1, 10), (0, 20)), ((0, 20), (0, 10))] {
            let [later, earlier] = [later, earlier].map(|(generation, number)| entry(generation, number));
            assert!(later.replaces(Some(&earlier)));
            assert!(!earlier.replaces(Some(&later)), "a late copy replaces a redriven task");
            assert!(!later.replaces(Some(&later)));
        }
    }
}
