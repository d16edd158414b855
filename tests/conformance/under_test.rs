//! What an implementation must offer to be tried.

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

/// An implementation, made for one case: its queues and its records begin empty.
pub trait UnderTest: Sized {
    /// As the exemptions call it.
    const NAME: &'static str;

    /// Within which real time a case must end.
    const DEADLINE: Duration;

    /// For how long an answer may lag behind a change.
    const LAG: Duration;

    /// Whether cases are tried that wait for many minutes.
    const TRIES_LONG_CASES: bool;

    async fn fresh() -> Self;

    /// Leaves nothing behind, also after a case that failed. Returns what it could not remove, and why.
    async fn clean_up(&self) -> Vec<String> {
        Vec::new()
    }

    /// The present, as the implementation's own clock has it.
    fn now(&self) -> Timestamp;

    /// Lets time go by: moves the clock it was given, or really waits for a remote system.
    async fn pass(&self, seconds: u32);
}

/// A line and its dead-letter queue.
pub trait QueueUnderTest: UnderTest {
    type Queue: TaskQueue;

    /// How long a receive waits that must find every message there is. A short poll of SQS asks only some of its
    /// servers, so that it may miss what is there, and may not give up what it should.
    const EMPTY_RECEIVE_SECONDS: u32 = 0;

    fn line(&self) -> &Self::Queue;

    fn dead_letter_queue(&self) -> &Self::Queue;

    /// For how long both queues hide what they deliver; at least 2.
    fn visibility_seconds(&self) -> u32;

    /// How often the line delivers a message before it gives it up; at least 3.
    fn max_receive_count(&self) -> u32;

    /// How far from the end of the dedupe window a send must be for its side to be certain.
    fn dedupe_slack_seconds(&self) -> u32;

    /// How far from the end of a visibility a case must look for its side to be certain.
    fn visibility_slack_seconds(&self) -> u32;

    /// Both queues hide what they deliver from now on for longer than a case lasts. Where only the case moves the clock,
    /// they do so by themselves.
    async fn hide_for_long(&self) {}
}

pub trait RecordsUnderTest: UnderTest {
    type Records: TaskRecords;

    fn records(&self) -> &Self::Records;
}

pub trait LineUnderTest: QueueUnderTest + RecordsUnderTest {
    type Line: DeliverySwitch;

    fn line_as_a_whole(&self) -> &Self::Line;

    /// By how much the time at which the head was enqueued may be off.
    fn head_tolerance(&self) -> TimeDelta;
}

/// Holds a fresh implementation to one case, unless it is exempt from it.
pub async fn hold_to<T: UnderTest>(name: &str, case: impl AsyncFnOnce(&T)) {
    if is_left_out(T::NAME, T::TRIES_LONG_CASES, name) {
        return;
    }
    let under_test = T::fresh().await;
    let run = tokio::time::timeout(T::DEADLINE, case(&under_test));
    let outcome = AssertUnwindSafe(run).catch_unwind().await;
    let left = under_test.clean_up().await;
    report(&left);
    match (deviation(T::NAME, name), outcome) {
        (Some(how), Ok(Ok(()))) => panic!("{} no longer deviates, so take it off the list: {how}", T::NAME),
        (Some(_), _) | (None, Ok(Ok(()))) => assert_eq!(left, [""; 0], "all must be deleted"),
        (None, Ok(Err(_))) => panic!("the case must end before its deadline"),
        (None, Err(failure)) => resume_unwind(failure),
    }
}

/// Two that a case needs at the same time.
impl<A: UnderTest, B: UnderTest> UnderTest for (A, B) {
    const NAME: &'static str = A::NAME;
    const DEADLINE: Duration = A::DEADLINE;
    const LAG: Duration = A::LAG;
    const TRIES_LONG_CASES: bool = A::TRIES_LONG_CASES;

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

/// Makes each case of a suite a test of one implementation. The attributes, such as a reason to ignore it, go to
/// every test.
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
