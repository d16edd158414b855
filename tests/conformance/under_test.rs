//! What an implementation must offer to be tried.

use std::time::Duration;

use chrono::TimeDelta;
use shared::{
    Timestamp,
    ports::{Line, TaskQueue, TaskRecords},
};

/// An implementation, made for one case: its queues and its records begin empty.
pub trait UnderTest: Sized {
    /// Within which real time a case must end.
    const DEADLINE: Duration;

    async fn fresh() -> Self;

    /// The present, as the implementation's own clock has it.
    fn now(&self) -> Timestamp;

    /// Lets time go by: moves the clock it was given, or really waits for a remote system.
    async fn pass(&self, seconds: u32);
}

/// A line and its dead-letter queue.
pub trait QueueUnderTest: UnderTest {
    type Queue: TaskQueue;

    fn line(&self) -> &Self::Queue;

    fn dead_letter_queue(&self) -> &Self::Queue;

    /// For how long both queues hide what they deliver; at least 2.
    fn visibility_seconds(&self) -> u32;

    /// How often the line delivers a message before it gives it up; at least 3.
    fn max_receive_count(&self) -> u32;

    /// How far from the end of the dedupe window a send must be for its side to be certain.
    fn dedupe_slack_seconds(&self) -> u32;
}

pub trait RecordsUnderTest: UnderTest {
    type Records: TaskRecords;

    fn records(&self) -> &Self::Records;
}

pub trait LineUnderTest: QueueUnderTest + RecordsUnderTest {
    type Line: Line;

    fn line_as_a_whole(&self) -> &Self::Line;

    /// By how much the time at which the head was enqueued may be off.
    fn head_tolerance(&self) -> TimeDelta;
}

/// Holds a fresh implementation to one case.
pub async fn hold_to<T: UnderTest>(case: impl AsyncFnOnce(&T)) {
    let under_test = T::fresh().await;
    tokio::time::timeout(T::DEADLINE, case(&under_test))
        .await
        .expect("the case must end before its deadline");
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
            crate::under_test::hold_to::<$implementation>(async |it| crate::$suite::$group::$case(it).await).await;
        }
    };
}
