//! Whether all that was accepted was handled once, in the order in which it was accepted.

use std::{
    collections::{HashMap, HashSet},
    fmt,
};

use shared::{SequenceNumber, Status, TaskId};

use super::client::Accepted;

/// What a record says of its task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Recorded {
    /// How it stands.
    pub status: Status,
    /// The place it was accepted at.
    pub place: Option<SequenceNumber>,
}

/// A promise that was not kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Violation {
    /// Accepted, and not known, or not completed.
    Lost {
        /// Which.
        task: TaskId,
        /// How it stands, if it is known.
        status: Option<Status>,
    },
    /// The answer named another place than the record.
    Misplaced {
        /// Which.
        task: TaskId,
    },
    /// Accepted, and never handled.
    Unhandled {
        /// Which.
        task: TaskId,
    },
    /// Handled more than once, although nothing crashed.
    Repeated {
        /// Which.
        task: TaskId,
    },
    /// Handled behind a task that was accepted later.
    Overtaken {
        /// Which.
        task: TaskId,
        /// Where it was accepted.
        place: SequenceNumber,
        /// Where the one before it was.
        by: SequenceNumber,
    },
}

impl fmt::Display for Violation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Lost { task, status: None } => write!(formatter, "{task} was accepted and nobody knows it"),
            Self::Lost { task, status: Some(status) } => {
                write!(formatter, "{task} was accepted and is {status}")
            }
            Self::Misplaced { task } => write!(formatter, "{task} has another place than its answer said"),
            Self::Unhandled { task } => write!(formatter, "{task} was never handled"),
            Self::Repeated { task } => write!(formatter, "{task} was handled again"),
            Self::Overtaken { task, place, by } => {
                write!(formatter, "{task} at {place} was handled behind {by}")
            }
        }
    }
}

/// Holds what was `accepted` against what was `handled`, by id in that order, and what the `records` say. What was handled
/// and not accepted here counts by its record's place.
pub fn violations(
    accepted: &[Accepted],
    handled: &[TaskId],
    records: &HashMap<TaskId, Recorded>,
) -> Vec<Violation> {
    let mut found = Vec::new();
    let (mut seen, mut last) = (HashSet::new(), SequenceNumber::new(0));
    for task in handled.iter().copied() {
        if !seen.insert(task) {
            found.push(Violation::Repeated { task });
            continue;
        }
        let Some(place) = records.get(&task).and_then(|record| record.place) else {
            found.push(Violation::Lost { task, status: None });
            continue;
        };
        if place < last {
            found.push(Violation::Overtaken { task, place, by: last });
        }
        last = last.max(place);
    }
    for accepted in accepted {
        let task = accepted.task_id;
        match records.get(&task) {
            Some(record) if record.status != Status::Completed => {
                found.push(Violation::Lost { task, status: Some(record.status) });
            }
            Some(record) if record.place != Some(accepted.place) => {
                found.push(Violation::Misplaced { task });
            }
            Some(_) => {}
            None => found.push(Violation::Lost { task, status: None }),
        }
        if !seen.contains(&task) {
            found.push(Violation::Unhandled { task });
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use shared::Timestamp;

    use super::*;

    const TASKS: u8 = 9;

    fn id(number: u8) -> TaskId {
        TaskId::fresh(Timestamp::UNIX_EPOCH, &[number; 10])
    }

    fn place(number: u8) -> SequenceNumber {
        SequenceNumber::new(number.into())
    }

    /// A line as it should be: what was accepted, what was handled, what is recorded.
    fn line() -> (Vec<Accepted>, Vec<TaskId>, HashMap<TaskId, Recorded>) {
        let accepted = |number| Accepted {
            task_id: id(number),
            place: place(number),
            took: Duration::ZERO,
            answered: Instant::now(),
        };
        let recorded = |number| Recorded { status: Status::Completed, place: Some(place(number)) };
        let numbers = 1..=TASKS;
        (
            // Whose answer came first says nothing.
            numbers.clone().rev().map(accepted).collect(),
            numbers.clone().map(id).collect(),
            numbers.map(|number| (id(number), recorded(number))).collect(),
        )
    }

    #[test]
    fn a_line_handled_in_order_breaks_nothing() {
        let (accepted, handled, records) = line();
        assert_eq!(violations(&accepted, &handled, &records), []);
    }

    #[test]
    fn two_tasks_swapped_are_found() {
        let (accepted, mut handled, records) = line();
        handled.swap(3, 4);
        let overtaken = Violation::Overtaken { task: id(4), place: place(4), by: place(5) };
        assert_eq!(violations(&accepted, &handled, &records), [overtaken]);
    }

    #[test]
    fn a_task_handled_again_and_one_never_handled_are_found() {
        let (accepted, mut handled, records) = line();
        handled[4] = handled[3];
        let found = violations(&accepted, &handled, &records);
        assert_eq!(found, [Violation::Repeated { task: id(4) }, Violation::Unhandled { task: id(5) }]);
    }

    #[test]
    fn a_task_that_nobody_knows_or_that_is_not_completed_or_stands_elsewhere_is_found() {
        let (accepted, handled, mut records) = line();
        records.remove(&id(9));
        records.insert(id(8), Recorded { status: Status::Processing, place: Some(place(8)) });
        records.insert(id(7), Recorded { status: Status::Completed, place: Some(place(6)) });
        let found = violations(&accepted, &handled, &records);
        assert!(found.contains(&Violation::Lost { task: id(9), status: None }), "{found:?}");
        assert!(
            found.contains(&Violation::Lost { task: id(8), status: Some(Status::Processing) }),
            "{found:?}"
        );
        assert!(found.contains(&Violation::Misplaced { task: id(7) }), "{found:?}");
    }
}
