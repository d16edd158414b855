//! look: what a processor does that reads the line of a delivery before, or without, handling it.

use crate::TaskId;

use super::{
    Grant, Line,
    grant::{Carrier, grant},
};

/// What to do after a read of the line before the claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Look {
    /// Claim the task, then read the line again.
    Claim,
    /// Park the task without a claim: its record isn't read, and no attempt is used.
    Park,
}

/// Decides whether a delivery is parked without a claim. Only the first delivery of a message is: a redelivered one may be that of
/// a run that is alive or was interrupted, and only the record tells. The task that blocks the line is claimed, because its record
/// tells whether it was redriven.
pub fn look_first(line: &Line, task_id: TaskId, receive_count: u32) -> Look {
    match grant(line, Carrier::Line) {
        Grant::Park if receive_count == 1 && !line.is_blocked_by(task_id) => Look::Park,
        _ => Look::Claim,
    }
}

/// What to do with the message of a task that is finished already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AfterFinished {
    /// Park it: that ends the block, and its turn passes at once. SQS moved the blocking task back, and its submitter cancelled it.
    Park,
    /// Send the front message of the present turn, then acknowledge.
    SendFront,
    /// Acknowledge.
    Acknowledge,
}

/// Decides from a read of the line. `is_final`: the task is completed or discarded, and not a dead letter.
pub fn after_finished(line: &Line, task_id: TaskId, is_final: bool, receive_count: u32) -> AfterFinished {
    if is_final && line.is_blocked_by(task_id) {
        AfterFinished::Park
    } else if is_front_unsent(line, receive_count) {
        AfterFinished::SendFront
    } else {
        AfterFinished::Acknowledge
    }
}

/// Whether the front message of the present turn may be missing: an earlier delivery of the message may have begun the turn and
/// may have been interrupted before it sent it.
pub fn is_front_unsent(line: &Line, receive_count: u32) -> bool {
    receive_count > 1 && line.next.is_some()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lifecycle::line::fixture::{blocked, blocker, draining, other_task, paused};

    #[test]
    fn a_follower_is_parked_without_a_claim_at_its_first_delivery_only() {
        for line in [blocked(), draining(), paused()] {
            assert_eq!(look_first(&line, other_task(), 1), Look::Park);
            assert_eq!(look_first(&line, other_task(), 2), Look::Claim);
        }
        assert_eq!(look_first(&blocked(), blocker(), 1), Look::Claim);
        assert_eq!(look_first(&Line::default(), other_task(), 1), Look::Claim);
    }

    #[test]
    fn a_blocking_task_that_was_cancelled_ends_its_block() {
        assert_eq!(after_finished(&blocked(), blocker(), true, 1), AfterFinished::Park);
        assert_eq!(after_finished(&blocked(), blocker(), false, 1), AfterFinished::Acknowledge);
        assert_eq!(after_finished(&blocked(), other_task(), true, 2), AfterFinished::Acknowledge);
    }

    #[test]
    fn a_redelivery_sends_the_front_message_that_may_be_missing() {
        assert_eq!(after_finished(&draining(), blocker(), true, 2), AfterFinished::SendFront);
        assert_eq!(after_finished(&draining(), blocker(), true, 1), AfterFinished::Acknowledge);
        assert_eq!(after_finished(&paused(), blocker(), true, 2), AfterFinished::Acknowledge);
    }
}
