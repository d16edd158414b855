//! The webhook handler: it posts each task to a receiver, which handles it.

use std::{sync::Arc, time::Duration};

use chrono::TimeDelta;
use futures_util::future::{BoxFuture, FutureExt};
use shared::{DroppedResult, Json, Timestamp, limits::RESULT_BYTES_MAX, ports::Clock};
use webhook::{
    Answer, Client, Envelope, InvalidBody, InvalidReceiver, NoAnswer, PostFailure, Proxies, Secret,
};

use crate::{
    handler::{Completed, Handler, HandlerFailure, Outcome, Run},
    redact::private_texts,
    task_data::TaskData,
};

/// How long before its deadline an attempt stops reading the result: a completed task must not end as an overrun.
const COMPLETION_MARGIN: TimeDelta = TimeDelta::milliseconds(500);

/// Completes a task when the receiver answers a POST of it with 2xx.
pub struct WebhookHandler {
    client: Client,
    clock: Arc<dyn Clock>,
}

impl WebhookHandler {
    /// A handler that posts to `url`, through one of `proxies` if one applies, and waits for the head of each answer
    /// for at most `timeout`.
    ///
    /// # Errors
    /// [`InvalidReceiver`] if the URL or the timeout can't be used.
    pub fn new(
        url: &str,
        secret: Secret,
        timeout: Duration,
        proxies: &Proxies,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, InvalidReceiver> {
        Ok(Self { client: Client::new(url, secret, timeout, proxies)?, clock })
    }

    /// Completes when the attempt is cancelled, or `at`.
    async fn end_of_attempt(&self, run: &Run, at: Timestamp) -> NoAnswer {
        tokio::select! {
            biased;
            () = run.cancellation.cancelled() => NoAnswer::Cancelled,
            () = self.clock.sleep_until(at) => NoAnswer::TimedOut,
        }
    }

    fn envelope(&self, run: &Run) -> Result<Envelope, HandlerFailure> {
        let data = TaskData::of(run);
        // The receiver compares the time with its own clock, so it is the wall clock's.
        Envelope::new(run.task_id.to_string(), "task", self.clock.wall(), &data, run.trace.clone()).map_err(
            |_| HandlerFailure::Permanent {
                code: "unserialisable".to_owned(),
                message: "the task can't be written as JSON".to_owned(),
            },
        )
    }
}

impl Handler for WebhookHandler {
    fn handle(&self, run: Run) -> BoxFuture<'_, Outcome> {
        async move {
            let posting = self.client.post(self.envelope(&run)?, self.end_of_attempt(&run, run.deadline));
            let reply = posting.await.map_err(|no_answer| PostFailure::from(&no_answer))?;
            if let Some(version) = reply.handler_version() {
                run.report.version(version);
            }
            let end_of_reading = self.end_of_attempt(&run, run.deadline - COMPLETION_MARGIN);
            let answer = self.client.read(reply, end_of_reading).await;
            let private = private_texts(&run.task);
            let private: Vec<&str> = private.iter().map(String::as_str).collect();
            if let Some(explanation) = self.client.explanation(&answer, &private) {
                run.report.answer(explanation);
            }
            answer.result(self.clock.wall())?;
            Ok(Completed { result: result_in(&answer, &run) })
        }
        .boxed()
    }

    fn is_of_code(&self) -> bool {
        false
    }
}

/// The task is completed whatever its result is: the receiver has done the work.
fn result_in(answer: &Answer, run: &Run) -> Option<Json> {
    let reason = match answer.json(RESULT_BYTES_MAX) {
        Ok(result) => return result,
        Err(InvalidBody::TooLong { .. }) => DroppedResult::TooLong,
        Err(InvalidBody::NotJson) => DroppedResult::NotJson,
        Err(InvalidBody::Incomplete) => DroppedResult::Incomplete,
    };
    run.report.dropped_result(reason);
    None
}

impl From<PostFailure> for HandlerFailure {
    fn from(failure: PostFailure) -> Self {
        match failure {
            PostFailure::Transient { code, message, retry_after } => {
                Self::Transient { code, message, retry_after }
            }
            PostFailure::Unavailable { code, message, retry_after } => {
                Self::Unavailable { code, message, retry_after }
            }
            PostFailure::Permanent { code, message } => Self::Permanent { code, message },
        }
    }
}

#[cfg(test)]
mod tests;
