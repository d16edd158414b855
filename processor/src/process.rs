//! process: handles a batch of messages and returns those that are not done. It stops at the first message that is not
//! done, which keeps the order of the line.

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use shared::{
    Delivery, Timestamp,
    lifecycle::{self, Arrival, Claim},
    ports::{PortError, TaskQueue, TaskRecords},
};
use tracing::{Instrument, info, info_span, warn};

use crate::{
    observe::{note_completed, note_wait},
    processor::{Invocation, Next, Processor},
    receive::{self, MalformedEvent},
};

impl<R: TaskRecords, Q: TaskQueue> Processor<R, Q> {
    /// Processes a batch in order, up to the first message that must be delivered again. This message and all after it
    /// are reported as failures.
    ///
    /// # Errors
    /// [`MalformedEvent`] if the event is not from a FIFO queue. Then no message was processed.
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

    /// Processes one message. A host without an event source mapping then does what [`Next`] says.
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
        let now = self.clock.now();
        match self.claim(arrival, invocation, now).await? {
            Claim::Granted(run) => {
                note_wait(arrival.delivery(), now);
                self.run(arrival, *run, invocation).await
            }
            Claim::Completed(record) => {
                note_wait(arrival.delivery(), now);
                note_completed(&record, None);
                Ok(Next::Acknowledge)
            }
            Claim::Cancelled(record) => {
                info!(attempt = record.attempt, "cancelled by its submitter, and its run crashed: discarded");
                Ok(Next::Acknowledge)
            }
            Claim::Finished(status) => {
                info!(%status, "already finished: the message is acknowledged");
                Ok(Next::Acknowledge)
            }
            Claim::Busy { until } => {
                let after_seconds = whole_seconds_until(until, now);
                info!(after_seconds, "busy: another run holds the claim");
                Ok(Next::RetryAfter { after_seconds })
            }
            Claim::Held(record) => self.keep_held(arrival.delivery(), *record).await,
            Claim::FinishDeadLettering(record) => {
                self.finish_dead_lettering(arrival.delivery(), *record).await
            }
            Claim::Exhausted(record) => {
                let terms = self.claim_terms(Some(&record), arrival, invocation, now);
                self.give_up_crashed(arrival, &record, &terms).await
            }
        }
    }

    /// A port failed: nothing is decided. The message is delivered again, later with each receive.
    fn after_outage(&self, arrival: &Arrival<'_>, error: &PortError) -> Next {
        let receive_count = arrival.delivery().receive_count;
        let backoff = self.settings.backoff.delay_seconds(arrival.task_id(), receive_count);
        let after_seconds = backoff.max(lifecycle::spaced_wait_seconds(receive_count));
        let error = error as &dyn std::error::Error;
        warn!(error, after_seconds, "attempt did not finish; the message will be redelivered");
        Next::RetryAfter { after_seconds }
    }

    /// Makes the messages behind a failed one visible. The queue delivers them only after the failed one, which is
    /// still in flight.
    async fn release(&self, deliveries: &[Delivery]) {
        for delivery in deliveries {
            self.hide(delivery, 0).await;
        }
    }

    /// If the call fails, only time is lost: the message is delivered again after the queue's own visibility timeout.
    pub(crate) async fn hide(&self, delivery: &Delivery, seconds: u32) {
        if let Err(error) = self.queue.change_visibility(&delivery.receipt, seconds).await {
            let error = &error as &dyn std::error::Error;
            warn!(error, "failed to change the visibility timeout; the queue's own timeout applies");
        }
    }
}

/// Rounded up, so that `until` has passed after the wait.
fn whole_seconds_until(until: Timestamp, now: Timestamp) -> u32 {
    let millis = (until - now).num_milliseconds().max(0);
    u32::try_from(millis / 1000 + 1).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    #[test]
    fn a_wait_in_whole_seconds_is_at_most_a_second_too_long_and_never_too_short() {
        let now = Timestamp::UNIX_EPOCH;
        for millis in [0, 1, 999, 1_000, 1_001, 30_500] {
            let waited = 1_000 * i64::from(whole_seconds_until(now + TimeDelta::milliseconds(millis), now));
            assert!((millis + 1..=millis + 1_000).contains(&waited), "{waited} ms for {millis} ms");
        }
        assert_eq!(whole_seconds_until(now, now + TimeDelta::seconds(9)), 1, "the time has already passed");
    }
}
