//! A handler that fails a number of times for one task, and records when it was called.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Instant,
};

use futures_util::future::{BoxFuture, FutureExt, ready};
use processor::{Completed, Handler, HandlerFailure, Outcome, Run};

use super::tasks::{FLAKY, TITLES};

/// Seconds between the runs of the failing task: one for each failure.
pub type Waits = Vec<f64>;

/// Clones are the same handler.
#[derive(Clone)]
pub struct FlakyHandler {
    failures: u32,
    runs: Arc<Mutex<Vec<(String, Instant)>>>,
}

impl FlakyHandler {
    pub fn new(failures: u32) -> Self {
        Self { failures, runs: Arc::default() }
    }

    /// Whether the last task ran.
    pub fn is_done(&self) -> bool {
        self.runs().last().is_some_and(|(title, _)| Some(title.as_str()) == TITLES.last().copied())
    }

    /// How often it was called.
    pub fn count(&self) -> usize {
        self.runs().len()
    }

    /// Seconds between the runs of the failing task. Fails if a task ran out of order or not as often as expected.
    pub fn waits(&self) -> anyhow::Result<Waits> {
        let runs = self.runs();
        let again = std::iter::repeat_n(FLAKY, self.failures as usize);
        let (before, after) = TITLES.split_at(TITLES.len() / 2);
        let expected: Vec<_> = before.iter().copied().chain(again).chain(after.iter().copied()).collect();
        let ran: Vec<_> = runs.iter().map(|(title, _)| title.as_str()).collect();
        anyhow::ensure!(ran == expected, "the line ran {ran:?}, not {expected:?}");
        let failed = runs.windows(2).skip(before.len()).take(self.failures as usize);
        Ok(failed.map(|pair| (pair[1].1 - pair[0].1).as_secs_f64()).collect())
    }

    fn runs(&self) -> Vec<(String, Instant)> {
        self.runs.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Handler for FlakyHandler {
    fn handle(&self, run: Run) -> BoxFuture<'_, Outcome> {
        let title = run.task.title().to_owned();
        let fails = title == FLAKY && run.attempt <= self.failures;
        self.runs.lock().unwrap_or_else(PoisonError::into_inner).push((title, Instant::now()));
        let failure = || HandlerFailure::Transient {
            code: "flaky".to_owned(),
            message: "not yet".to_owned(),
            retry_after: None,
        };
        ready(if fails { Err(failure()) } else { Ok(Completed::default()) }).boxed()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ran(titles: &[&str]) -> FlakyHandler {
        let flaky = FlakyHandler::new(1);
        flaky.runs.lock().unwrap().extend(titles.iter().map(|title| ((*title).to_owned(), Instant::now())));
        flaky
    }

    #[test]
    fn waits_fails_when_a_task_ran_out_of_order_or_too_often() {
        assert_eq!(ran(&["first", "second", "flaky", "flaky", "fourth", "fifth"]).waits().unwrap().len(), 1);
        for wrong in [
            &["first", "second", "flaky", "fourth", "flaky", "fifth"][..],
            &["first", "second", "flaky", "fourth", "fifth"],
            &["first", "second", "second", "flaky", "flaky", "fourth", "fifth"],
        ] {
            assert!(ran(wrong).waits().is_err(), "{wrong:?}");
        }
    }
}
