//! claim: decides from the record whether a delivery is handled.

use chrono::TimeDelta;

use crate::{
    AuditAction, AuditEntry, Caller, Content, Delivery, Failure, FailureClass, Message, Status, Task, TaskId,
    TaskRecord, Timestamp, limits::RAW_BODY_BYTES_KEPT,
};

use super::{
    accept::{accept, first_revision},
    cancel::discard_cancelled,
};

/// A delivery with its decoded message, if the body can be decoded.
#[derive(Debug, Clone)]
pub struct Arrival<'a> {
    delivery: &'a Delivery,
    message: Option<Message>,
    /// Why the body can't be decoded; absent if it can.
    undecodable: Option<String>,
}

/// The terms of a claim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimTerms {
    /// The time of the claim.
    pub now: Timestamp,
    /// How long the lease lasts.
    pub lease: TimeDelta,
    /// How many claims a generation can have.
    pub attempt_budget: u32,
    /// The id of the invocation that claims.
    pub request_id: String,
    /// The version of the binary that claims.
    pub code_version: String,
}

/// What to do with a delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Claim {
    /// Write this revision; if that succeeds, handle the task and settle the claim with it.
    Granted(Box<TaskRecord>),
    /// Write this revision, which completes the task. Only [`super::complete_at_once`] returns this.
    Completed(Box<TaskRecord>),
    /// Write this revision, which discards the task, and acknowledge the delivery: its submitter asked to cancel it, and its
    /// run crashed.
    Cancelled(Box<TaskRecord>),
    /// Acknowledge the delivery: the task is finished, or another message carries it.
    Finished(Status),
    /// Another run has the claim: let the message be redelivered when the lease ends.
    Busy {
        /// When the lease ends.
        until: Timestamp,
    },
    /// The task is held: keep the message hidden until an operator decides.
    Held(Box<TaskRecord>),
    /// An earlier delivery began to give the task up and was interrupted: finish that.
    FinishDeadLettering(Box<TaskRecord>),
    /// The last attempt of the budget crashed: give the task up without another run.
    Exhausted(Box<TaskRecord>),
}

impl<'a> Arrival<'a> {
    /// Decodes the delivery's body.
    pub fn read(delivery: &'a Delivery) -> Self {
        match Message::decode(&delivery.body) {
            Ok(message) => Self { delivery, message: Some(message), undecodable: None },
            Err(error) => Self { delivery, message: None, undecodable: Some(error.to_string()) },
        }
    }

    /// The delivery.
    pub fn delivery(&self) -> &Delivery {
        self.delivery
    }

    /// The task of the message, without what happened to it since; `None` if the body can't be decoded.
    pub fn task(&self) -> Option<&Task> {
        self.message.as_ref().map(|message| &message.task)
    }

    /// The id of the task that the delivery belongs to; see [`crate::task_id_of`].
    pub fn task_id(&self) -> TaskId {
        match &self.message {
            Some(message) => message.task_id,
            None => TaskId::of_undecodable_body(&self.delivery.body),
        }
    }

    /// Why the body can't be decoded; `None` if it can.
    pub fn undecodable(&self) -> Option<&str> {
        self.undecodable.as_deref()
    }

    /// The generation of the message; 0 for an undecodable body, which no redrive sends.
    pub fn generation(&self) -> u32 {
        self.message.as_ref().map_or(0, |message| message.generation)
    }

    /// The id of the task's trace, if it has one.
    pub fn trace_id(&self) -> Option<&str> {
        Some(self.message.as_ref()?.trace.as_ref()?.trace_id())
    }

    fn enqueued_at(&self) -> Timestamp {
        self.message.as_ref().map_or(self.delivery.sent_at, |message| message.enqueued_at)
    }

    /// Whether this is the message that was last claimed, moved back from the dead-letter queue by SQS: the same message with
    /// a higher sequence number. A message that a late retry of the request made has another `enqueued_at`.
    fn is_native_redrive_of(&self, record: &TaskRecord) -> bool {
        let is_later = record.sequence_number.is_none_or(|bound| self.delivery.sequence_number > bound);
        is_later && self.message.as_ref().is_none_or(|message| message.enqueued_at == record.enqueued_at)
    }

    /// The record that the API would have written, or a record of the undecodable body.
    pub fn new_record(&self) -> TaskRecord {
        if let Some(message) = &self.message {
            return accept(message);
        }
        let Delivery { body, sent_at, .. } = self.delivery;
        let content = Content::Raw(body[..body.floor_char_boundary(RAW_BODY_BYTES_KEPT)].to_owned());
        first_revision(self.task_id(), content, Caller::unknown(), *sent_at)
    }
}

/// Decides on a delivery from the record of its task, if there is one.
pub fn claim(existing: Option<&TaskRecord>, arrival: &Arrival<'_>, terms: &ClaimTerms) -> Claim {
    let Some(record) = existing else {
        return grant(&arrival.new_record(), arrival, terms);
    };
    if arrival.generation() < record.generation {
        return Claim::Finished(record.status);
    }
    match record.status {
        Status::Accepted | Status::Retrying | Status::Redriving => grant(record, arrival, terms),
        Status::Processing => take_over(record, arrival, terms),
        Status::Held => Claim::Held(Box::new(record.clone())),
        Status::DeadLettering => Claim::FinishDeadLettering(Box::new(record.clone())),
        Status::DeadLettered if arrival.is_native_redrive_of(record) => {
            grant(&natively_redriven(record, terms), arrival, terms)
        }
        Status::DeadLettered | Status::Completed | Status::Discarded => Claim::Finished(record.status),
    }
}

fn grant(record: &TaskRecord, arrival: &Arrival<'_>, terms: &ClaimTerms) -> Claim {
    let sequence_number = arrival.delivery.sequence_number;
    let left = record.attempts_left.unwrap_or(terms.attempt_budget);
    // A message that was moved or sent again begins at its new sequence number: a start at the former one proves nothing
    // about the tasks between the two.
    let began_here = record.started_at.filter(|_| record.sequence_number == Some(sequence_number));
    Claim::Granted(Box::new(TaskRecord {
        attempt: record.attempt + 1,
        attempts_left: Some(left.saturating_sub(1)),
        lease_until: Some(terms.now + terms.lease),
        claimed_by: Some(terms.request_id.clone()),
        attempt_started_at: Some(terms.now),
        sequence_number: Some(sequence_number),
        first_sequence_number: record.first_sequence_number.or(Some(sequence_number)),
        held_receipt: None,
        enqueued_at: arrival.enqueued_at(),
        started_at: began_here.or(Some(terms.now)),
        finished_at: None,
        ..record.next(Status::Processing, terms.now)
    }))
}

/// Takes over a claim whose lease has ended, while the budget lasts and unless the task was cancelled, and records its run as
/// crashed.
fn take_over(record: &TaskRecord, arrival: &Arrival<'_>, terms: &ClaimTerms) -> Claim {
    match record.leased_until(terms.now) {
        Some(until) => Claim::Busy { until },
        _ if record.cancel_requested_at.is_some() => {
            Claim::Cancelled(Box::new(discard_cancelled(record, crash_of(record, terms), terms.now)))
        }
        _ if record.attempts_left == Some(0) => Claim::Exhausted(Box::new(record.clone())),
        _ => {
            let mut record = record.clone();
            record.remember_failure(crash_of(&record, terms));
            grant(&record, arrival, terms)
        }
    }
}

/// The failure of a run that ended without a report.
pub fn crash_of(record: &TaskRecord, terms: &ClaimTerms) -> Failure {
    Failure {
        class: FailureClass::Crashed,
        code: "lease_lapsed".to_owned(),
        message: "the run ended without a word: it crashed, was killed, or ran out of its time".to_owned(),
        attempt: record.attempt,
        generation: record.generation,
        at: terms.now,
        replaced: 0,
        duration_ms: None,
        request_id: record.claimed_by.clone().unwrap_or_default(),
        xray_trace_id: None,
        code_version: terms.code_version.clone(),
        handler_version: None,
        answer: None,
    }
}

/// Ends the lease of a claim early, for a host that knows that its run has ended: the next delivery takes the claim over at
/// once. `None` for a record without a claim.
pub fn lapse(record: &TaskRecord, now: Timestamp) -> Option<TaskRecord> {
    let is_claimed = record.status == Status::Processing;
    is_claimed.then(|| TaskRecord { lease_until: Some(now), ..record.next(Status::Processing, now) })
}

/// Starts a new budget. The generation is kept, because the moved message has the old one.
fn natively_redriven(record: &TaskRecord, terms: &ClaimTerms) -> TaskRecord {
    let mut record = TaskRecord {
        attempts_left: None,
        unavailable_since: None,
        started_at: None,
        cancel_requested_at: None,
        ..record.clone()
    };
    let reason = "moved from the dead-letter queue back to the line by SQS (StartMessageMoveTask)";
    record.remember_audit(AuditEntry::new(AuditAction::NativeRedrive, terms.now, "sqs", reason));
    record
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lifecycle::{
        Force, PresentHandler, begin_redrive, complete, finish_redrive,
        fixture::{
            LEASE_SECONDS, accepted, at, dead_lettered, delivery, entry, granted, held, message, processing,
            raw_delivery, sequence, terms,
        },
    };

    /// A claim of the fixture's message, delivered with this sequence number, at `seconds`.
    fn claim_at(existing: Option<&TaskRecord>, number: u128, seconds: i64) -> Claim {
        claim(existing, &Arrival::read(&delivery(&message(), number)), &terms(seconds))
    }

    fn redriving() -> TaskRecord {
        begin_redrive(
            &dead_lettered(),
            Force::Yes,
            &PresentHandler::default(),
            entry(AuditAction::Redrive),
            at(5),
        )
        .unwrap()
    }

    fn next_generation() -> Message {
        Message { generation: 1, enqueued_at: at(5), ..message() }
    }

    #[test]
    fn a_message_delivered_before_its_record_is_written_makes_the_record() {
        let record = granted(claim_at(None, 10, 1));
        assert_eq!(record, processing());
        assert_eq!((record.status, record.attempt, record.attempts_left), (Status::Processing, 1, Some(2)));
    }

    #[test]
    fn a_granted_claim_has_sequence_number_lease_and_invocation() {
        let record = processing();
        assert_eq!(record.sequence_number, Some(sequence(10)));
        assert_eq!(record.first_sequence_number, Some(sequence(10)));
        assert_eq!(record.lease_until, Some(at(1 + LEASE_SECONDS)));
        assert_eq!(record.claimed_by.as_deref(), Some("request at 1"));
        assert_eq!(record.attempt_started_at, Some(at(1)));
    }

    #[test]
    fn a_retry_starts_at_its_own_claim_and_clears_the_receipt_of_an_earlier_hold() {
        let retried = TaskRecord { status: Status::Retrying, ..held() };
        let record = granted(claim_at(Some(&retried), 10, 8));
        assert_eq!((record.started_at, record.attempt_started_at), (Some(at(1)), Some(at(8))));
        assert_eq!(record.held_receipt, None);
    }

    #[test]
    fn a_duplicate_during_the_run_is_busy_until_the_lease_ends() {
        let until = at(1 + LEASE_SECONDS);
        assert_eq!(claim_at(Some(&processing()), 10, 2), Claim::Busy { until });
        assert_eq!(claim_at(Some(&processing()), 10, LEASE_SECONDS), Claim::Busy { until });
    }

    #[test]
    fn a_lease_taken_by_a_clock_far_ahead_is_taken_over() {
        let years_ahead = TaskRecord { lease_until: Some(at(10_i64.pow(9))), ..processing() };
        assert_eq!(granted(claim_at(Some(&years_ahead), 10, 2)).attempt, 2);
    }

    #[test]
    fn a_lapsed_claim_is_taken_over_and_its_run_recorded_as_crashed() {
        let record = granted(claim_at(Some(&processing()), 10, 1 + LEASE_SECONDS));
        assert_eq!((record.attempt, record.attempts_left), (2, Some(1)));
        let crash = record.last_failure().unwrap();
        assert_eq!((crash.class, crash.attempt), (FailureClass::Crashed, 1));
        assert_eq!(crash.request_id, "request at 1");
        assert_eq!(record.started_at, processing().started_at);
    }

    #[test]
    fn a_claim_that_was_ended_early_is_taken_over_at_once() {
        let lapsed = lapse(&processing(), at(2)).unwrap();
        let record = granted(claim_at(Some(&lapsed), 10, 2));
        assert_eq!(record.last_failure().unwrap().class, FailureClass::Crashed);
        assert_eq!(lapse(&accepted(), at(2)), None);
    }

    #[test]
    fn a_lapsed_claim_without_budget_is_exhausted() {
        let run = TaskRecord { attempts_left: Some(0), ..processing() };
        assert_eq!(claim_at(Some(&run), 10, 999), Claim::Exhausted(Box::new(run.clone())));
    }

    #[test]
    fn a_finished_task_is_acknowledged_at_any_sequence_number() {
        for status in [Status::Completed, Status::Discarded] {
            let record = TaskRecord { status, ..complete(&processing(), at(2)) };
            for number in [1, 10, 99] {
                assert_eq!(claim_at(Some(&record), number, 3), Claim::Finished(status));
            }
        }
    }

    #[test]
    fn a_held_task_stays_held_and_an_interrupted_dead_lettering_is_finished() {
        assert!(matches!(claim_at(Some(&held()), 10, 3), Claim::Held(_)));
        let given_up = TaskRecord { status: Status::DeadLettering, ..held() };
        assert!(matches!(claim_at(Some(&given_up), 10, 3), Claim::FinishDeadLettering(_)));
    }

    #[test]
    fn a_dead_letter_redelivered_with_its_sequence_number_is_acknowledged() {
        assert_eq!(claim_at(Some(&dead_lettered()), 10, 9), Claim::Finished(Status::DeadLettered));
        assert_eq!(claim_at(Some(&dead_lettered()), 9, 9), Claim::Finished(Status::DeadLettered));
    }

    #[test]
    fn a_dead_letter_that_sqs_moved_back_runs_with_a_new_budget() {
        let record = granted(claim_at(Some(&dead_lettered()), 11, 9));
        assert_eq!((record.generation, record.attempt, record.attempts_left), (0, 2, Some(2)));
        assert_eq!(record.audit.last().unwrap().action, AuditAction::NativeRedrive);
        assert_eq!(record.sequence_number, Some(sequence(11)));
        assert_eq!(record.first_sequence_number, Some(sequence(10)));
        assert_eq!((record.started_at, record.finished_at), (Some(at(9)), None));
    }

    #[test]
    fn a_request_sent_again_after_the_deduplication_interval_is_no_native_redrive() {
        let message = Message { enqueued_at: at(400), ..message() };
        let outcome = claim(Some(&dead_lettered()), &Arrival::read(&delivery(&message, 11)), &terms(500));
        assert_eq!(outcome, Claim::Finished(Status::DeadLettered));
    }

    #[test]
    fn a_task_starts_again_at_another_sequence_number() {
        let retried = TaskRecord { status: Status::Retrying, ..processing() };
        let moved = granted(claim_at(Some(&retried), 11, 9));
        assert_eq!((moved.sequence_number, moved.started_at), (Some(sequence(11)), Some(at(9))));
        let sent_again = TaskRecord { sequence_number: None, ..retried };
        assert_eq!(granted(claim_at(Some(&sent_again), 11, 9)).started_at, Some(at(9)));
    }

    #[test]
    fn a_redriven_task_is_granted_before_the_redrive_is_finished() {
        let finished = finish_redrive(&redriving(), redriving().generation, sequence(20), at(6)).unwrap();
        for record in [redriving(), finished] {
            let granted =
                granted(claim(Some(&record), &Arrival::read(&delivery(&next_generation(), 20)), &terms(7)));
            assert_eq!((granted.generation, granted.attempt, granted.attempts_left), (1, 2, Some(2)));
            assert_eq!(granted.sequence_number, Some(sequence(20)));
            assert_eq!(granted.first_sequence_number, Some(sequence(10)));
            assert_eq!(granted.enqueued_at, next_generation().enqueued_at);
        }
    }

    #[test]
    fn a_message_of_an_earlier_generation_is_acknowledged_in_every_status() {
        for status in Status::ALL {
            let record = TaskRecord { status, ..redriving() };
            for number in [10, 30] {
                assert_eq!(claim_at(Some(&record), number, 999), Claim::Finished(status), "{status}");
            }
        }
    }

    #[test]
    fn an_undecodable_body_has_one_record_with_the_part_that_fits() {
        let body = "é".repeat(RAW_BODY_BYTES_KEPT);
        let raw = raw_delivery(&body, 10);
        let record = granted(claim(None, &Arrival::read(&raw), &terms(1)));
        let Content::Raw(kept) = &record.content else { unreachable!("the body can't be decoded") };
        assert!(kept.len() <= RAW_BODY_BYTES_KEPT && body.starts_with(kept.as_str()));
        assert_eq!(record.task_id, TaskId::of_undecodable_body(&body));
        let reason = Message::decode(&body).unwrap_err().to_string();
        assert_eq!(Arrival::read(&raw).undecodable(), Some(reason.as_str()));
    }

    #[test]
    fn an_undecodable_dead_letter_that_sqs_moved_back_is_claimed_again() {
        let first = raw_delivery("{", 10);
        let dead_letter = TaskRecord {
            status: Status::DeadLettered,
            ..granted(claim(None, &Arrival::read(&first), &terms(1)))
        };
        let moved_back = Delivery { sent_at: at(50), ..raw_delivery("{", 11) };
        granted(claim(Some(&dead_letter), &Arrival::read(&moved_back), &terms(60)));
    }

    #[test]
    fn the_attempt_number_never_decreases() {
        let mut record = processing();
        for round in 1..5 {
            let dead_letter = TaskRecord { status: Status::DeadLettered, ..record.clone() };
            let next = granted(claim_at(Some(&dead_letter), 10 + round, 999));
            assert!(next.attempt > record.attempt && next.revision > record.revision);
            record = next;
        }
        assert_eq!(accepted().attempt, 0);
    }
}
