//! settle: writes the end of a run, conditional on its claim. A run that has lost its claim changes nothing.

use std::time::Duration;

use metrics::counter;
use shared::{
    Delivery, Failure, FailureClass, HandlerVersion, TaskRecord,
    lifecycle::{self, AfterConflict, AfterFailure, Arrival, ClaimTerms, FailureTerms},
    metric,
    ports::{Expected, PortError, TaskQueue, TaskRecords, Written},
};
use tracing::{field::display, info, warn};

use crate::{
    attempt_failure::AttemptFailure,
    handler::{Completed, Handling},
    observe::note_completed,
    processor::{Invocation, Next, Processor},
    report::Reported,
};

/// A write that only the holder of a claim may make.
enum FencedWrite {
    Made,
    /// The record has changed since the claim.
    ClaimLost,
}

impl<R: TaskRecords, Q: TaskQueue> Processor<R, Q> {
    pub(crate) async fn complete(
        &self,
        mut run: TaskRecord,
        completed: Completed,
        duration_ms: u64,
        reported: Reported,
    ) -> Result<Next, PortError> {
        let version = reported.version.as_deref();
        let now = self.clock.now();
        let result = match (completed.result, reported.dropped_result) {
            (None, Some(reason)) => Err(reason),
            (result, _) => Ok(result),
        };
        let complete = |run: &TaskRecord| lifecycle::complete_by(run, version, result.clone(), now);
        match self.end(&mut run, complete, |record| record).await? {
            Some(completed) => {
                note_completed(&run, Some(duration_ms));
                if let Some(reason) = completed.result_dropped {
                    warn!(attempt = run.attempt, %reason, "the result was dropped");
                }
                Ok(Next::Acknowledge)
            }
            None => Ok(after_lost_claim(&run)),
        }
    }

    /// The last attempt of the budget ended without recording an outcome.
    pub(crate) async fn give_up_crashed(
        &self,
        arrival: &Arrival<'_>,
        record: &TaskRecord,
        terms: &ClaimTerms,
    ) -> Result<Next, PortError> {
        let next = self.after_failure(record, lifecycle::crash_of(record, terms));
        // The claim is not this delivery's: if its run renews it after all, it is alive.
        match self.replace(next.record()).await? {
            FencedWrite::Made => self.follow(arrival.delivery(), record.attempt, next, None).await,
            FencedWrite::ClaimLost => Ok(after_lost_claim(record)),
        }
    }

    pub(crate) async fn fail(
        &self,
        delivery: &Delivery,
        mut run: TaskRecord,
        attempt_failure: AttemptFailure,
        duration_ms: Option<u64>,
        invocation: &Invocation,
        reported: Reported,
    ) -> Result<Next, PortError> {
        let failure = Failure {
            class: attempt_failure.class,
            code: attempt_failure.code,
            message: attempt_failure.message,
            attempt: run.attempt,
            generation: run.generation,
            at: self.clock.now(),
            replaced: 0,
            duration_ms,
            request_id: invocation.request_id.clone(),
            xray_trace_id: invocation.xray_trace_id.clone(),
            code_version: self.settings.code_version.clone(),
            handler_version: self.handler_version(&run, reported.version),
            answer: reported.answer,
        };
        let asked_seconds = attempt_failure.retry_after.map(whole_seconds);
        let fail = |run: &TaskRecord| self.after_failure(run, failure.clone());
        match self.end(&mut run, fail, AfterFailure::record).await? {
            Some(next) => self.follow(delivery, run.attempt, next, asked_seconds).await,
            None => Ok(after_lost_claim(&run)),
        }
    }

    fn handler_version(&self, run: &TaskRecord, reported: Option<String>) -> Option<HandlerVersion> {
        match (self.handlers.of(run.task()), reported) {
            (_, Some(version)) => Some(HandlerVersion::Reported(version)),
            (Handling::Handler(handler), None) => handler.is_of_code().then_some(HandlerVersion::OfCode),
            (Handling::Record, None) => Some(HandlerVersion::OfCode),
        }
    }

    fn after_failure(&self, run: &TaskRecord, failure: Failure) -> AfterFailure {
        let terms = FailureTerms {
            now: self.clock.now(),
            policy: self.settings.failure_policy,
            unavailable_max: self.settings.unavailable_max,
        };
        lifecycle::fail(run, failure, &terms)
    }

    /// Does what follows a failure whose record is written.
    async fn follow(
        &self,
        delivery: &Delivery,
        attempt: u32,
        next: AfterFailure,
        asked_seconds: Option<u32>,
    ) -> Result<Next, PortError> {
        let failure = next.record().last_failure();
        let is_unavailable = failure.is_some_and(|failure| failure.class == FailureClass::Unavailable);
        let class = failure.map(|failure| display(failure.class));
        let code = failure.map(|failure| failure.code.clone());
        match next {
            AfterFailure::RetryLater(record) => {
                let after_seconds = self.retry_delay_seconds(&record, delivery, asked_seconds);
                if is_unavailable {
                    counter!(metric::UNAVAILABLE).increment(1);
                    warn!(attempt, code, after_seconds, "handler unavailable; the line waits");
                } else {
                    counter!(metric::RETRIED).increment(1);
                    warn!(attempt, class, code, after_seconds, "attempt failed; the task will be retried");
                }
                Ok(Next::RetryAfter { after_seconds })
            }
            AfterFailure::DeadLetter(record) => {
                warn!(attempt, class, code, "attempt failed; the task becomes a dead letter");
                self.finish_dead_lettering(delivery, *record).await
            }
            AfterFailure::Hold(record) => {
                warn!(attempt, class, code, "attempt failed; the line is held");
                self.keep_held(delivery, *record).await
            }
            AfterFailure::Discard(_) => {
                info!(
                    attempt,
                    class = class.map(display),
                    code,
                    "attempt failed, and its submitter cancelled the task: discarded"
                );
                Ok(Next::Acknowledge)
            }
        }
    }

    /// The backoff, or the wait that the handler asked for if that is longer; at most the maximum of the backoff, unless the
    /// message was received so often that its receives must be spaced out.
    fn retry_delay_seconds(
        &self,
        record: &TaskRecord,
        delivery: &Delivery,
        asked_seconds: Option<u32>,
    ) -> u32 {
        let backoff = self.settings.backoff.delay_seconds(record.task_id, self.failed_attempts(record));
        let wait =
            asked_seconds.map_or(backoff, |asked| asked.clamp(backoff, self.settings.backoff.max_seconds));
        wait.max(lifecycle::spaced_wait_seconds(delivery.receive_count))
    }

    /// How many attempts failed: of an outage, those since it began; else those of the generation that were spent.
    fn failed_attempts(&self, record: &TaskRecord) -> u32 {
        match record.last_failure() {
            Some(failure) if failure.class == FailureClass::Unavailable => failure.replaced.saturating_add(1),
            _ => {
                let budget = self.settings.attempt_terms_of(record.task()).attempt_budget;
                budget.saturating_sub(record.attempts_left.unwrap_or(0))
            }
        }
    }

    /// Sends the dead letter to the dead-letter queue, then lets the line go on. If the processor crashes in between,
    /// the next receive sends the dead letter again, under the same dedupe id.
    pub(crate) async fn finish_dead_lettering(
        &self,
        delivery: &Delivery,
        record: TaskRecord,
    ) -> Result<Next, PortError> {
        self.dead_letter_queue.enqueue(&delivery.body, &lifecycle::dead_letter_dedupe_id(&record)).await?;
        let dead_letter = lifecycle::finish_dead_lettering(&record, self.clock.now());
        match self.replace(&dead_letter).await? {
            FencedWrite::Made => {
                counter!(metric::DEAD_LETTERED).increment(1);
                warn!(attempt = record.attempt, "dead-lettered");
                Ok(Next::Acknowledge)
            }
            FencedWrite::ClaimLost => Ok(after_lost_claim(&record)),
        }
    }

    /// Writes the end that `decide` makes of the newest revision of the run's record. `None` if the claim is lost.
    async fn end<E>(
        &self,
        run: &mut TaskRecord,
        decide: impl Fn(&TaskRecord) -> E,
        record: impl Fn(&E) -> &TaskRecord,
    ) -> Result<Option<E>, PortError> {
        loop {
            let end = decide(run);
            let conflict = match self.records.write(record(&end), Expected::Revision(run.revision)).await? {
                Written::Made => return Ok(Some(end)),
                Written::Conflict(present) => present,
            };
            match lifecycle::after_conflict(run, conflict) {
                AfterConflict::Continue(present) => *run = *present,
                AfterConflict::ClaimLost => return Ok(None),
            }
        }
    }

    /// Writes `record` if the existing one is the revision before it.
    async fn replace(&self, record: &TaskRecord) -> Result<FencedWrite, PortError> {
        match self.records.write(record, Expected::Revision(record.revision - 1)).await? {
            Written::Made => Ok(FencedWrite::Made),
            Written::Conflict(_) => Ok(FencedWrite::ClaimLost),
        }
    }
}

/// The run that took the claim over is responsible for the message. If this delivery is the latest nevertheless, the
/// message is redelivered soon and decided again; a stale receipt changes nothing.
pub(crate) fn after_lost_claim(run: &TaskRecord) -> Next {
    warn!(attempt = run.attempt, "the claim was lost to another run");
    Next::RetryAfter { after_seconds: 1 }
}

/// Rounded up, so that a handler that asks for half a second is not called again at once.
fn whole_seconds(wait: Duration) -> u32 {
    let seconds = wait.as_secs().saturating_add(u64::from(wait.subsec_nanos() > 0));
    u32::try_from(seconds).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_is_rounded_up_to_whole_seconds() {
        for (millis, seconds) in [(0, 0), (1, 1), (999, 1), (1_000, 1), (1_001, 2)] {
            assert_eq!(whole_seconds(Duration::from_millis(millis)), seconds);
        }
        assert_eq!(whole_seconds(Duration::MAX), u32::MAX);
    }
}
