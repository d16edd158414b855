//! Lines in every state, for the tests.

use crate::{
    AuditAction, TaskId,
    lifecycle::fixture::{entry, message, sequence},
};

use super::{Line, block, pause, unblock};

pub fn blocker() -> TaskId {
    message().task_id
}

pub fn other_task() -> TaskId {
    TaskId::fresh(crate::lifecycle::fixture::at(1), &[2; 10])
}

pub fn blocked() -> Line {
    block(&Line::default(), blocker(), None).unwrap()
}

/// Draining, with the turn of the task at position 10.
pub fn draining() -> Line {
    unblock(&blocked(), blocker(), Some(sequence(10))).unwrap()
}

pub fn paused() -> Line {
    pause(&Line::default(), entry(AuditAction::PauseLine))
}
