//! process: a batch in, what is to come back out. The order of the line is kept by stopping at the first message that
//! is not at its end.

use std::sync::Arc;

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use metrics::histogram;
use shared::{
    Delivery, Timestamp,
    lifecycle::{Arrival, Claim, ClaimTerms},
    metric,
    ports::{Clock, PortError, TaskQueue, TaskRecords},
};
use tracing::{Instrument, info, info_span, warn};

use crate::{Handling, MalformedEvent, ProcessorSettings, receive, settle::note_completed};

/// The invocation that a batch came with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invocation {
    /// The platform's id of it.
    pub request_id: String,
    /// Its trace in X-Ray, where that is on: not the one that the task belongs to.
    pub xray_trace_id: Option<String>,
}

/// Sees messages to their end.
pub struct Processor<R, Q> {
    pub(crate) records: R,
    pub(crate) line: Q,
    pub(crate) dead_letter_queue: Q,
    pub(crate) handling: Handling,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) settings: ProcessorSettings,
}

/// What happens with a message after its step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// It is at its end: the queue may delete it.
    Acknowledge,
    /// It comes back at the front of the line.
    RetryAfter {
        /// After this long.
        after_seconds: u32,
    },
    /// It comes back when its visibility, which was seen to, times out.
    KeepHidden,
}

impl<R: TaskRecords, Q: TaskQueue> Processor<R, Q> {
    /// A processor over these parts of the world.
    pub fn new(
        records: R,
        line: Q,
        dead_letter_queue: Q,
        handling: impl Into<Handling>,
        clock: Arc<dyn Clock>,
        settings: ProcessorSettings,
    ) -> Self {
        Self { records, line, dead_letter_queue, handling: handling.into(), clock, settings }
    }

    /// Processes a batch in order, up to the first message that must come back; it and all behind it are reported
    /// as not done.
    ///
    /// # Errors
    /// [`MalformedEvent`] when the event is not from a FIFO queue; nothing of it was processed.
    pub async fn process_batch(
        &self,
        event: SqsEvent,
        invocation: &Invocation,
    ) -> Result<SqsBatchResponse, MalformedEvent> {
        let deliveries: Vec<_> =
            event.records.into_iter().map(receive::delivery).collect::<Result<_, _>>()?;
        let mut response = SqsBatchResponse::default();
        for (index, delivery) in deliveries.iter().enumerate() {
            let next = self.process(delivery, invocation).await;
            if next == Next::Acknowledge {
                continue;
            }
            self.release(&deliveries[index + 1..]).await;
            if let Next::RetryAfter { after_seconds } = next {
                self.hide(delivery, after_seconds).await;
            }
            for undone in &deliveries[index..] {
                response.add_failure(undone.message_id.clone());
            }
            break;
        }
        Ok(response)
    }

    /// Processes one message, and leaves it to a host that is its own event source to do what is next with it.
    pub async fn process(&self, delivery: &Delivery, invocation: &Invocation) -> Next {
        let arrival = Arrival::read(delivery);
        let span = info_span!(
            "process",
            task_id = %arrival.task_id(),
            request_id = %invocation.request_id,
            trace_id = arrival.trace_id(),
            xray_trace_id = invocation.xray_trace_id,
            sequence_number = %delivery.sequence_number,
            receive_count = delivery.receive_count,
        );
        let step = async {
            match self.step(&arrival, invocation).await {
                Ok(next) => next,
                Err(error) => self.after_outage(&arrival, &error),
            }
        };
        step.instrument(span).await
    }

    async fn step(&self, arrival: &Arrival<'_>, invocation: &Invocation) -> Result<Next, PortError> {
        let terms = ClaimTerms {
            now: self.clock.now(),
            lease: self.settings.lease(),
            attempt_budget: self.settings.attempt_budget,
            request_id: invocation.request_id.clone(),
            code_version: self.settings.code_version.clone(),
        };
        match self.claim(arrival, &terms).await? {
            Claim::Granted(run) => {
                note_wait(arrival.delivery(), terms.now);
                self.run(arrival, &run, invocation).await
            }
            Claim::Completed(record) => {
                note_wait(arrival.delivery(), terms.now);
                note_completed(&record, None);
                Ok(Next::Acknowledge)
            }
            Claim::Finished(status) => {
                info!(%status, "acknowledged: finished before");
                Ok(Next::Acknowledge)
            }
            Claim::Busy { until } => {
                let after_seconds = whole_seconds_until(until, terms.now);
                info!(after_seconds, "busy: another run holds the claim");
                Ok(Next::RetryAfter { after_seconds })
            }
            Claim::Held(record) => self.keep_held(arrival.delivery(), *record).await,
            Claim::FinishDeadLettering(record) => {
                self.finish_dead_lettering(arrival.delivery(), *record).await
            }
            Claim::Exhausted(record) => self.give_up_crashed(arrival, &record, &terms).await,
        }
    }

    /// The world did not answer: the line waits a little, longer with every receive, and nothing is decided.
    fn after_outage(&self, arrival: &Arrival<'_>, error: &PortError) -> Next {
        let receive_count = arrival.delivery().receive_count;
        let after_seconds = self.settings.backoff.delay_seconds(arrival.task_id(), receive_count);
        warn!(error = error as &dyn std::error::Error, after_seconds, "came to no end: will come back");
        Next::RetryAfter { after_seconds }
    }

    /// Shows messages again that were received with one that must come back. They stay behind it, since it is still
    /// in flight.
    async fn release(&self, deliveries: &[Delivery]) {
        for delivery in deliveries {
            self.hide(delivery, 0).await;
        }
    }

    /// A change that fails costs time only: the message comes back when the queue's own visibility times out.
    pub(crate) async fn hide(&self, delivery: &Delivery, seconds: u32) {
        if let Err(error) = self.line.change_visibility(&delivery.receipt, seconds).await {
            warn!(error = &error as &dyn std::error::Error, "kept the queue's visibility time-out");
        }
    }
}

/// Times how long a message stood in line; a later receive would time the attempts before it too.
fn note_wait(delivery: &Delivery, now: Timestamp) {
    if delivery.receive_count == 1 {
        let waited = (now - delivery.sent_at).num_milliseconds().max(0);
        histogram!(metric::QUEUE_WAIT).record(waited as f64);
    }
}

/// Rounded up, so that what is waited for is over then.
fn whole_seconds_until(until: Timestamp, now: Timestamp) -> u32 {
    let millis = (until - now).num_milliseconds().max(0);
    u32::try_from(millis / 1000 + 1).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    #[test]
    fn a_wait_in_whole_seconds_is_long_enough_and_no_more_than_a_second_too_long() {
        let now = Timestamp::UNIX_EPOCH;
        for millis in [0, 1, 999, 1_000, 1_001, 30_500] {
            let waited = 1_000 * i64::from(whole_seconds_until(now + TimeDelta::milliseconds(millis), now));
            assert!((millis + 1..=millis + 1_000).contains(&waited), "{waited} ms for {millis} ms");
        }
        assert_eq!(whole_seconds_until(now, now + TimeDelta::seconds(9)), 1, "it is over already");
    }
}
