//! The interface of an implementation under test.

use std::{
    panic::{AssertUnwindSafe, resume_unwind},
    time::Duration,
};

use chrono::TimeDelta;
use futures_util::FutureExt;
use shared::{
    Timestamp,
    ports::{DeliverySwitch, TaskQueue, TaskRecords},
};

use crate::{
    exemptions::{deviation, is_left_out},
    resources::report,
};

/// An implementation, created for one case: its queues and records are empty at first.
pub trait UnderTest: Sized {
    /// Its name in the exemptions.
    const NAME: &'static str;

    /// The time limit of a case, in real time.
    const DEADLINE: Duration;

    /// How long an answer may lag behind a change.
    const LAG: Duration;

    /// Whether cases run that wait for many minutes.
    const RUNS_LONG_CASES: bool;

    async fn fresh() -> Self;

    /// Removes what it created, even after a failed case. Returns what it could not remove, and why.
    async fn clean_up(&self) -> Vec<String> {
        Vec::new()
    }

    /// The current time of the implementation's clock.
    fn now(&self) -> Timestamp;

    /// Lets time pass: moves its clock, or really waits for a remote system.
    async fn pass(&self, seconds: u32);
}

/// A line and its dead-letter queue.
pub trait QueueUnderTest: UnderTest {
    type Queue: TaskQueue;

    /// How long a receive waits that must find every message. A short poll of SQS asks only some of its servers, so
    /// that it may miss messages, and may not move a message to the dead-letter queue in time.
    const EMPTY_RECEIVE_SECONDS: u32 = 0;

    fn line(&self) -> &Self::Queue;

    fn dead_letter_queue(&self) -> &Self::Queue;

    /// The visibility timeout of both queues; at least 2.
    fn visibility_seconds(&self) -> u32;

    /// The maximum receive count of the line; at least 3.
    fn max_receive_count(&self) -> u32;

    /// How far from the end of the dedupe window a send must be to be certainly before or after it.
    fn dedupe_slack_seconds(&self) -> u32;

    /// How far from the end of a visibility timeout a receive must be to be certainly before or after it.
    fn visibility_slack_seconds(&self) -> u32;

    /// From now on both queues hide delivered messages for longer than a case lasts. If only the case moves the clock,
    /// they always do.
    async fn hide_for_long(&self) {}
}

pub trait RecordsUnderTest: UnderTest {
    type Records: TaskRecords;

    fn records(&self) -> &Self::Records;
}

pub trait LineUnderTest: QueueUnderTest + RecordsUnderTest {
    type Line: DeliverySwitch;

    fn line_as_a_whole(&self) -> &Self::Line;

    /// The tolerance for the time at which the head was enqueued.
    fn head_tolerance(&self) -> TimeDelta;
}

/// Runs one case on a fresh implementation, unless it is exempt.
pub async fn hold_to<T: UnderTest>(name: &str, case: impl AsyncFnOnce(&T)) {
    if is_left_out(T::NAME, T::RUNS_LONG_CASES, name) {
        return;
    }
    let under_test = T::fresh().await;
    let run = tokio::time::timeout(T::DEADLINE, case(&under_test));
    let outcome = AssertUnwindSafe(run).catch_unwind().await;
    let left = under_test.clean_up().await;
    report(&left);
    match (deviation(T::NAME, name), outcome) {
        (Some(how), Ok(Ok(()))) => {
            panic!("{} no longer deviates, so remove it from the list: {how}", T::NAME)
        }
        (Some(_), _) | (None, Ok(Ok(()))) => assert_eq!(left, [""; 0], "everything must be deleted"),
        (None, Ok(Err(_))) => panic!("the case must end before its deadline"),
        (None, Err(failure)) => resume_unwind(failure),
    }
}

/// Two that a case needs at the same time.
impl<A: UnderTest, B: UnderTest> UnderTest for (A, B) {
    const NAME: &'static str = A::NAME;
    const DEADLINE: Duration = A::DEADLINE;
    const LAG: Duration = A::LAG;
    const RUNS_LONG_CASES: bool = A::RUNS_LONG_CASES;

    async fn fresh() -> Self {
        let one = A::fresh().await;
        match AssertUnwindSafe(B::fresh()).catch_unwind().await {
            Ok(other) => (one, other),
            Err(failure) => {
                report(&one.clean_up().await);
                resume_unwind(failure)
            }
        }
    }

    async fn clean_up(&self) -> Vec<String> {
        [self.0.clean_up().await, self.1.clean_up().await].concat()
    }

    fn now(&self) -> Timestamp {
        self.0.now()
    }

    async fn pass(&self, seconds: u32) {
        self.0.pass(seconds).await;
    }
}

/// Makes each case of a suite a test of one implementation. The attributes apply to every test.
macro_rules! instantiate {
    ($suite:ident, $implementation:path, $attributes:tt, $($group:ident: $cases:tt)+) => {
        $(
            mod $group {
                instantiate! { @group $suite, $implementation, $attributes, $group, $cases }
            }
        )+
    };
    (@group $suite:ident, $implementation:path, $attributes:tt, $group:ident, [$($case:ident),+ $(,)?]) => {
        $(instantiate! { @case $suite, $implementation, $attributes, $group, $case })+
    };
    (@case $suite:ident, $implementation:path, [$($attribute:tt)*], $group:ident, $case:ident) => {
        $($attribute)*
        #[tokio::test]
        async fn $case() {
            let name = concat!(stringify!($suite), "::", stringify!($group), "::", stringify!($case));
            let case = async |it: &_| crate::$suite::$group::$case(it).await;
            crate::under_test::hold_to::<$implementation>(name, case).await;
        }
    };
}
