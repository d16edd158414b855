//! A clock that only a test moves.

use std::{
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use chrono::TimeDelta;
use shared::{Timestamp, ports::Clock};
use tokio::sync::watch;

/// Clones share the time.
#[derive(Debug, Clone)]
pub struct TestClock {
    now: Arc<watch::Sender<Timestamp>>,
    sleeps: Arc<AtomicUsize>,
}

impl TestClock {
    /// A clock that shows some fixed moment.
    pub fn new() -> Self {
        let (now, _) = watch::channel(Timestamp::UNIX_EPOCH + TimeDelta::days(20_000));
        Self { now: Arc::new(now), sleeps: Arc::default() }
    }

    /// Moves the time forward and wakes everything that waited for it.
    pub fn advance(&self, by: TimeDelta) {
        self.now.send_modify(|now| *now += by);
    }

    /// How often something began to wait for a time. A test that moves the clock before its subject waits again would make
    /// the subject wait from the later time.
    pub fn sleeps(&self) -> usize {
        self.sleeps.load(Ordering::SeqCst)
    }

    pub fn advance_seconds(&self, seconds: i64) {
        self.advance(TimeDelta::seconds(seconds));
    }
}

impl Default for TestClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        *self.now.borrow()
    }

    fn sleep_until(&self, at: Timestamp) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        let mut now = self.now.subscribe();
        self.sleeps.fetch_add(1, Ordering::SeqCst);
        Box::pin(async move {
            // The sender lives as long as this clock, so the wait ends only when the time has come.
            let _ = now.wait_for(|now| *now >= at).await;
        })
    }
}

/// The same time, which passes while its owner sleeps.
#[derive(Debug, Clone)]
pub struct PassingClock(pub TestClock);

impl Clock for PassingClock {
    fn now(&self) -> Timestamp {
        self.0.now()
    }

    fn sleep_until(&self, at: Timestamp) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        self.0.now.send_modify(|now| *now = at.max(*now));
        Box::pin(std::future::ready(()))
    }
}
