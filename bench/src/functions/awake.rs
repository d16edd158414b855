//! Keeps the harness busy, so that functions don't have to wake it.

use tokio::task::{AbortHandle, yield_now};

/// Keeps the single-threaded runtime polling until this is dropped.
///
/// Waking a processor of a virtual machine takes tens of microseconds, and the caller pays for it: with a harness that sleeps
/// between requests, each request would cost the function time and CPU.
pub struct Awake(AbortHandle);

impl Awake {
    pub fn keep() -> Self {
        let polling = tokio::spawn(async {
            loop {
                yield_now().await;
            }
        });
        Self(polling.abort_handle())
    }
}

impl Drop for Awake {
    fn drop(&mut self) {
        self.0.abort();
    }
}
