//! Checks that every accepted task was handled once, in the order of acceptance.

use std::{
    collections::{HashMap, HashSet},
    fmt,
};

use shared::{SequenceNumber, Status, TaskId};

use super::client::AcceptedTask;

/// What a record says about its task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RecordState {
    pub status: Status,
    /// The sequence number with which it was accepted.
    pub sequence_number: Option<SequenceNumber>,
}

/// A broken promise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OrderViolation {
    /// Accepted, but its record is missing or not completed.
    Lost {
        task: TaskId,
        /// Its status, if it has a record.
        status: Option<Status>,
    },
    /// The response had another sequence number than the record.
    OtherSequenceNumber { task: TaskId },
    /// Accepted and never handled.
    Unhandled { task: TaskId },
    /// Handled more than once, although nothing crashed.
    Repeated { task: TaskId },
    /// Handled after a task that was accepted later.
    Overtaken {
        task: TaskId,
        sequence_number: SequenceNumber,
        /// The sequence number of the task before it.
        by: SequenceNumber,
    },
}

impl fmt::Display for OrderViolation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Lost { task, status: None } => write!(formatter, "{task} was accepted and has no record"),
            Self::Lost { task, status: Some(status) } => {
                write!(formatter, "{task} was accepted and is {status}")
            }
            Self::OtherSequenceNumber { task } => {
                write!(formatter, "{task} has another sequence number than its response")
            }
            Self::Unhandled { task } => write!(formatter, "{task} was never handled"),
            Self::Repeated { task } => write!(formatter, "{task} was handled again"),
            Self::Overtaken { task, sequence_number, by } => {
                write!(formatter, "{task} at {sequence_number} was handled after {by}")
            }
        }
    }
}

/// Compares the `accepted` tasks with the `handled` ones, which are in the order of handling, and with the `records`. A task that
/// was handled and isn't in `accepted` counts with its record's sequence number.
pub fn violations(
    accepted: &[AcceptedTask],
    handled: &[TaskId],
    records: &HashMap<TaskId, RecordState>,
) -> Vec<OrderViolation> {
    let mut found = Vec::new();
    let (mut seen, mut last) = (HashSet::new(), SequenceNumber::new(0));
    for task in handled.iter().copied() {
        if !seen.insert(task) {
            found.push(OrderViolation::Repeated { task });
            continue;
        }
        let Some(sequence_number) = records.get(&task).and_then(|record| record.sequence_number) else {
            found.push(OrderViolation::Lost { task, status: None });
            continue;
        };
        if sequence_number < last {
            found.push(OrderViolation::Overtaken { task, sequence_number, by: last });
        }
        last = last.max(sequence_number);
    }
    for accepted in accepted {
        let task = accepted.task_id;
        match records.get(&task) {
            Some(record) if record.status != Status::Completed => {
                found.push(OrderViolation::Lost { task, status: Some(record.status) });
            }
            Some(record) if record.sequence_number != Some(accepted.sequence_number) => {
                found.push(OrderViolation::OtherSequenceNumber { task });
            }
            Some(_) => {}
            None => found.push(OrderViolation::Lost { task, status: None }),
        }
        if !seen.contains(&task) {
            found.push(OrderViolation::Unhandled { task });
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

    fn sequence(number: u8) -> SequenceNumber {
        SequenceNumber::new(number.into())
    }

    /// A correct line: accepted tasks, handled tasks, records.
    fn line() -> (Vec<AcceptedTask>, Vec<TaskId>, HashMap<TaskId, RecordState>) {
        let accepted = |number| AcceptedTask {
            task_id: id(number),
            sequence_number: sequence(number),
            took: Duration::ZERO,
            answered: Instant::now(),
        };
        let recorded =
            |number| RecordState { status: Status::Completed, sequence_number: Some(sequence(number)) };
        let numbers = 1..=TASKS;
        (
            // The order of responses doesn't matter.
            numbers.clone().rev().map(accepted).collect(),
            numbers.clone().map(id).collect(),
            numbers.map(|number| (id(number), recorded(number))).collect(),
        )
    }

    #[test]
    fn a_line_handled_in_order_has_no_violation() {
        let (accepted, handled, records) = line();
        assert_eq!(violations(&accepted, &handled, &records), []);
    }

    #[test]
    fn two_swapped_tasks_are_found() {
        let (accepted, mut handled, records) = line();
        handled.swap(3, 4);
        let overtaken =
            OrderViolation::Overtaken { task: id(4), sequence_number: sequence(4), by: sequence(5) };
        assert_eq!(violations(&accepted, &handled, &records), [overtaken]);
    }

    #[test]
    fn a_task_handled_twice_and_one_never_handled_are_found() {
        let (accepted, mut handled, records) = line();
        handled[4] = handled[3];
        let found = violations(&accepted, &handled, &records);
        assert_eq!(
            found,
            [OrderViolation::Repeated { task: id(4) }, OrderViolation::Unhandled { task: id(5) }]
        );
    }

    #[test]
    fn a_task_that_is_unknown_unfinished_or_has_another_number_is_found() {
        let (accepted, handled, mut records) = line();
        records.remove(&id(9));
        records.insert(id(8), RecordState { status: Status::Processing, sequence_number: Some(sequence(8)) });
        records.insert(id(7), RecordState { status: Status::Completed, sequence_number: Some(sequence(6)) });
        let found = violations(&accepted, &handled, &records);
        assert!(found.contains(&OrderViolation::Lost { task: id(9), status: None }), "{found:?}");
        assert!(
            found.contains(&OrderViolation::Lost { task: id(8), status: Some(Status::Processing) }),
            "{found:?}"
        );
        assert!(found.contains(&OrderViolation::OtherSequenceNumber { task: id(7) }), "{found:?}");
    }
}
