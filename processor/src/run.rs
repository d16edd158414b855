//! run: calls the handler on a claimed task. An error, a panic and an overrun of the handler all become explained
//! failures.

use std::{any::Any, panic::AssertUnwindSafe};

use futures_util::FutureExt;
use metrics::histogram;
use shared::{
    Content, Delivery, FailureClass, SequenceNumber, Task, TaskRecord, Timestamp,
    lifecycle::Arrival,
    metric,
    ports::{Clock, PortError, TaskQueue, TaskRecords},
};
use tokio_util::sync::CancellationToken;

use crate::{
    attempt_failure::AttemptFailure,
    handler::{Completed, Handler, Handling, Run},
    processor::{Invocation, Next, Processor},
    renew::HeldClaim,
    report::Report,
    settle::after_lost_claim,
};

impl<R: TaskRecords, Q: TaskQueue> Processor<R, Q> {
    /// Handles a claimed task and settles the claim with the result.
    pub(crate) async fn run(
        &self,
        arrival: &Arrival<'_>,
        run: TaskRecord,
        invocation: &Invocation,
    ) -> Result<Next, PortError> {
        let began = self.clock.now();
        let terms = self.settings.attempt_terms_of(run.task());
        let report = Report::default();
        // Counted from the claim, so that the margin of the lease is always left to record the end.
        let deadline = run.attempt_started_at.unwrap_or(began) + terms.handler_timeout;
        let mut claim = HeldClaim::new(run.clone(), deadline, terms.lease());
        let outcome = match (&run.content, self.handlers.of(run.task())) {
            (Content::Task(task), _) if !self.settings.task_types.knows(task.task_type()) => {
                Err(no_handler(task, self.settings.task_types.named_by()))
            }
            (Content::Task(task), Handling::Handler(handler)) => {
                let attempt = Attempt { record: &run, task, deadline, report: &report };
                match self.handle(&**handler, &attempt, arrival.delivery(), &mut claim).await {
                    Handled::Ended(outcome) => outcome,
                    Handled::ClaimLost => return Ok(after_lost_claim(&run)),
                }
            }
            (Content::Task(_), Handling::Record) => Ok(Completed::default()),
            (Content::Raw(_), _) => {
                let reason = arrival.undecodable().unwrap_or("the body can't be decoded");
                Err(AttemptFailure::new(FailureClass::Undecodable, "undecodable", reason))
            }
        };
        let duration_ms = u64::try_from((self.clock.now() - began).num_milliseconds()).unwrap_or(0);
        histogram!(metric::HANDLE_DURATION).record(duration_ms as f64);
        match outcome {
            Ok(completed) => self.complete(claim.record, completed, duration_ms, report.read()).await,
            Err(failure) => {
                let reported = report.read();
                let run = claim.record;
                self.fail(arrival.delivery(), run, failure, Some(duration_ms), invocation, reported).await
            }
        }
    }

    /// Runs the handler until it ends, its deadline passes, or its claim is lost. It does not start a handler after the time
    /// of its claim: another run may have taken the task over and completed it.
    async fn handle(
        &self,
        handler: &dyn Handler,
        attempt: &Attempt<'_>,
        delivery: &Delivery,
        claim: &mut HeldClaim,
    ) -> Handled {
        self.hide_for_a_lease(delivery, claim).await;
        if self.clock.now() >= claim.handler_ends_at() {
            let message = "the deadline passed before the handler was started";
            return Handled::Ended(Err(AttemptFailure::new(
                FailureClass::Overran,
                "deadline_exceeded",
                message,
            )));
        }
        let cancellation = CancellationToken::new();
        // Cancels also if this future is dropped before it completes.
        let _cancel_on_drop = cancellation.clone().drop_guard();
        tokio::select! {
            biased;
            outcome = attempt.until_its_end(handler, &*self.clock, cancellation.clone()) => Handled::Ended(outcome),
            () = self.keep(delivery, claim, &cancellation) => Handled::ClaimLost,
        }
    }
}

/// How the run of a handler ended.
enum Handled {
    Ended(Result<Completed, AttemptFailure>),
    /// Nothing may be recorded.
    ClaimLost,
}

/// What the handler gets.
struct Attempt<'a> {
    record: &'a TaskRecord,
    task: &'a Task,
    deadline: Timestamp,
    report: &'a Report,
}

impl Attempt<'_> {
    async fn until_its_end(
        &self,
        handler: &dyn Handler,
        clock: &dyn Clock,
        cancellation: CancellationToken,
    ) -> Result<Completed, AttemptFailure> {
        let record = self.record;
        let run = Run {
            task_id: record.task_id,
            task: self.task.clone(),
            attempt: record.attempt,
            generation: record.generation,
            sequence_number: record.sequence_number.unwrap_or(SequenceNumber::new(0)),
            submitted_by: record.submitted_by.clone(),
            trace: record.trace.clone(),
            deadline: self.deadline,
            cancellation,
            report: self.report.clone(),
        };
        // After a panic, the handler is responsible for its own state. The processor's state is not affected.
        let handling = AssertUnwindSafe(async { handler.handle(run).await }).catch_unwind();
        tokio::select! {
            biased;
            outcome = handling => match outcome {
                Ok(outcome) => outcome.map_err(AttemptFailure::from),
                Err(panic) => Err(AttemptFailure::new(FailureClass::Panicked, "panic", panic_message(&*panic))),
            },
            () = clock.sleep_until(self.deadline) => Err(AttemptFailure::new(
                FailureClass::Overran,
                "deadline_exceeded",
                "the handler did not end before its deadline",
            )),
        }
    }
}

/// The task was accepted when its type was known. It waits for a deployment that knows its type again.
fn no_handler(task: &Task, named_by: &str) -> AttemptFailure {
    let message = format!("no handler here knows the type {}: {named_by} does not name it", task.task_type());
    AttemptFailure::new(FailureClass::Unavailable, "no_handler", message)
}

fn panic_message(panic: &(dyn Any + Send)) -> String {
    let text =
        panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    format!("the handler panicked: {}", text.unwrap_or("without a message"))
}
