//! settle: a run's end is written against the revision of its own claim. A run that lost its claim changes nothing.

use std::time::Duration;

use metrics::{counter, histogram};
use shared::{
    Delivery, Failure, FailureClass, HandlerVersion, Payload, TaskRecord,
    lifecycle::{self, Arrival, ClaimTerms, Verdict},
    metric,
    ports::{Expected, PortError, TaskQueue, TaskRecords, Written},
};
use tracing::{info, warn};

use crate::{
    Handling, Invocation, Processor, Report,
    handle::{Fault, handle},
    process::Next,
    report::Reported,
};

/// Whether a write by a claim's holder was still its to make.
pub(crate) enum Fence {
    Passed,
    /// Somebody else changed the record since.
    Fenced,
}

impl<R: TaskRecords, Q: TaskQueue> Processor<R, Q> {
    /// Handles a claimed task and settles the claim by what came of it.
    pub(crate) async fn run(
        &self,
        arrival: &Arrival<'_>,
        run: &TaskRecord,
        invocation: &Invocation,
    ) -> Result<Next, PortError> {
        let began = self.clock.now();
        let report = Report::default();
        let outcome = match (&run.payload, &self.handling) {
            (Payload::Task(task), Handling::Handler(handler)) => {
                // Counted from the claim, so that what the lease is longer by is always left to record the end.
                let deadline = run.attempt_started_at.unwrap_or(began) + self.settings.handler_timeout;
                handle(&**handler, &*self.clock, run, task, deadline, &report).await
            }
            (Payload::Task(_), Handling::Record) => Ok(()),
            (Payload::Raw(_), _) => {
                let reason = arrival.undecodable().unwrap_or("the body can't be decoded");
                Err(Fault::new(FailureClass::Undecodable, "undecodable", reason))
            }
        };
        let duration_ms = u64::try_from((self.clock.now() - began).num_milliseconds()).unwrap_or(0);
        histogram!(metric::HANDLE_DURATION).record(duration_ms as f64);
        match outcome {
            Ok(()) => self.complete(run, duration_ms, report.read()).await,
            Err(fault) => {
                self.fail(arrival.delivery(), run, fault, Some(duration_ms), invocation, report.read()).await
            }
        }
    }

    async fn complete(
        &self,
        run: &TaskRecord,
        duration_ms: u64,
        reported: Reported,
    ) -> Result<Next, PortError> {
        let completed = lifecycle::complete_by(run, reported.version.as_deref(), self.clock.now());
        match self.replace(&completed).await? {
            Fence::Passed => {
                note_completed(run, Some(duration_ms));
                Ok(Next::Acknowledge)
            }
            Fence::Fenced => Ok(self.fenced(run)),
        }
    }

    /// The last run of the budget ended without a word.
    pub(crate) async fn give_up_crashed(
        &self,
        arrival: &Arrival<'_>,
        record: &TaskRecord,
        terms: &ClaimTerms,
    ) -> Result<Next, PortError> {
        self.settle_failure(arrival.delivery(), record, lifecycle::crash_of(record, terms), None).await
    }

    async fn fail(
        &self,
        delivery: &Delivery,
        run: &TaskRecord,
        fault: Fault,
        duration_ms: Option<u64>,
        invocation: &Invocation,
        reported: Reported,
    ) -> Result<Next, PortError> {
        let failure = Failure {
            class: fault.class,
            code: fault.code,
            message: fault.message,
            attempt: run.attempt,
            generation: run.generation,
            at: self.clock.now(),
            duration_ms,
            request_id: invocation.request_id.clone(),
            xray_trace_id: invocation.xray_trace_id.clone(),
            code_version: self.settings.code_version.clone(),
            handler_version: self.handler_version(reported.version),
            answer: reported.answer,
        };
        let wished = fault.retry_after.map(whole_seconds);
        self.settle_failure(delivery, run, failure, wished).await
    }

    fn handler_version(&self, reported: Option<String>) -> Option<HandlerVersion> {
        match (&self.handling, reported) {
            (_, Some(version)) => Some(HandlerVersion::Reported(version)),
            (Handling::Handler(handler), None) => handler.is_of_code().then_some(HandlerVersion::OfCode),
            (Handling::Record, None) => Some(HandlerVersion::OfCode),
        }
    }

    async fn settle_failure(
        &self,
        delivery: &Delivery,
        run: &TaskRecord,
        failure: Failure,
        wished_seconds: Option<u32>,
    ) -> Result<Next, PortError> {
        let (class, code) = (failure.class, failure.code.clone());
        let verdict = lifecycle::fail(run, failure, self.settings.failure_policy, self.clock.now());
        let (Verdict::RetryLater(record) | Verdict::DeadLetter(record) | Verdict::Hold(record)) = &verdict;
        if let Fence::Fenced = self.replace(record).await? {
            return Ok(self.fenced(run));
        }
        match verdict {
            Verdict::RetryLater(record) => {
                let after_seconds = self.retry_delay_seconds(&record, wished_seconds);
                counter!(metric::RETRIED).increment(1);
                warn!(attempt = run.attempt, %class, code, after_seconds, "failed: will be retried");
                Ok(Next::RetryAfter { after_seconds })
            }
            Verdict::DeadLetter(record) => {
                warn!(attempt = run.attempt, %class, code, "failed: given up");
                self.finish_dead_lettering(delivery, *record).await
            }
            Verdict::Hold(record) => {
                warn!(attempt = run.attempt, %class, code, "failed: the line is held");
                self.keep_held(delivery, *record).await
            }
        }
    }

    /// As long as the backoff says, or as the handler was told if that is longer; never longer than the maximum.
    fn retry_delay_seconds(&self, record: &TaskRecord, wished_seconds: Option<u32>) -> u32 {
        let tried_in_generation =
            self.settings.attempt_budget.saturating_sub(record.attempts_left.unwrap_or(0));
        let backoff = self.settings.backoff.delay_seconds(record.task_id, tried_in_generation);
        wished_seconds.map_or(backoff, |wished| wished.clamp(backoff, self.settings.backoff.max_seconds))
    }

    /// Sends the dead letter to the dead-letter queue, then lets the line go on. A crash in between is finished by the next
    /// receive, which sends the dead letter under the same dedupe id.
    pub(crate) async fn finish_dead_lettering(
        &self,
        delivery: &Delivery,
        record: TaskRecord,
    ) -> Result<Next, PortError> {
        self.dead_letter_queue.enqueue(&delivery.body, &lifecycle::dead_letter_dedupe_id(&record)).await?;
        let dead_letter = lifecycle::finish_dead_lettering(&record, self.clock.now());
        match self.replace(&dead_letter).await? {
            Fence::Passed => {
                counter!(metric::DEAD_LETTERED).increment(1);
                warn!(attempt = record.attempt, "dead-lettered");
                Ok(Next::Acknowledge)
            }
            Fence::Fenced => Ok(self.fenced(&record)),
        }
    }

    /// Replaces the revision before `record`.
    pub(crate) async fn replace(&self, record: &TaskRecord) -> Result<Fence, PortError> {
        match self.records.write(record, Expected::Revision(record.revision - 1)).await? {
            Written::Made => Ok(Fence::Passed),
            Written::Conflict(_) => Ok(Fence::Fenced),
        }
    }

    /// Whoever took over sees to the message. Should this delivery be its latest after all, it comes back soon and is
    /// decided anew; a stale receipt changes nothing.
    pub(crate) fn fenced(&self, run: &TaskRecord) -> Next {
        warn!(attempt = run.attempt, "fenced: the claim was taken over");
        Next::RetryAfter { after_seconds: 1 }
    }
}

/// Rounded up: a handler that asks for half a second is not to be asked again at once.
fn whole_seconds(wait: Duration) -> u32 {
    let seconds = wait.as_secs().saturating_add(u64::from(wait.subsec_nanos() > 0));
    u32::try_from(seconds).unwrap_or(u32::MAX)
}

/// Counts a task whose record says that it is completed. Where no handler ran there is nothing that took time.
pub(crate) fn note_completed(record: &TaskRecord, duration_ms: Option<u64>) {
    counter!(metric::COMPLETED).increment(1);
    info!(attempt = record.attempt, duration_ms, "completed");
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
