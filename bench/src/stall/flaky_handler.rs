//! A handler that fails for one task as often as it is told, and notes when it was called.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Instant,
};

use futures_util::future::{BoxFuture, FutureExt, ready};
use processor::{Handler, HandlerFailure, Run};

use super::{TASKS, Waits};

/// Clones are the same handler.
#[derive(Clone)]
pub struct Flaky {
    failures: u32,
    runs: Arc<Mutex<Vec<(String, Instant)>>>,
}

impl Flaky {
    /// Whose task fails.
    pub const TITLE: &'static str = "flaky";

    /// Fails so often, then never again.
    pub fn new(failures: u32) -> Self {
        Self { failures, runs: Arc::default() }
    }

    /// Whether the last task ran.
    pub fn is_done(&self) -> bool {
        self.runs().last().is_some_and(|(title, _)| Some(title.as_str()) == TASKS.last().copied())
    }

    /// How often it was called.
    pub fn count(&self) -> usize {
        self.runs().len()
    }

    /// How long each run of the task waited for the next: the handler takes no time.
    ///
    /// # Errors
    /// When a task ran out of its turn, or not as often as it must.
    pub fn waits(&self) -> anyhow::Result<Waits> {
        let runs = self.runs();
        let again = std::iter::repeat_n(Self::TITLE, self.failures as usize);
        let (before, after) = TASKS.split_at(TASKS.len() / 2);
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

impl Handler for Flaky {
    fn handle(&self, run: Run) -> BoxFuture<'_, Result<(), HandlerFailure>> {
        let title = run.task.title().to_owned();
        let fails = title == Self::TITLE && run.attempt <= self.failures;
        self.runs.lock().unwrap_or_else(PoisonError::into_inner).push((title, Instant::now()));
        let failure = || HandlerFailure::Transient {
            code: "flaky".to_owned(),
            message: "not yet".to_owned(),
            retry_after: None,
        };
        ready(if fails { Err(failure()) } else { Ok(()) }).boxed()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ran(titles: &[&str]) -> Flaky {
        let flaky = Flaky::new(1);
        flaky.runs.lock().unwrap().extend(titles.iter().map(|title| ((*title).to_owned(), Instant::now())));
        flaky
    }

    #[test]
    fn a_line_that_went_on_without_the_task_or_repeated_another_is_no_measurement() {
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
