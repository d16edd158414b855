//! A harness that never sleeps.
//!
//! To wake a processor of a virtual machine takes tens of microseconds, and who wakes it is charged for them: a function
//! would pay, in time and CPU, for each request to a harness that sleeps until it comes.

use tokio::task::{AbortHandle, yield_now};

/// Keeps the runtime of a single thread looking for requests until it is dropped.
pub struct Awake(AbortHandle);

impl Awake {
    pub fn keep() -> Self {
        let looking = tokio::spawn(async {
            loop {
                yield_now().await;
            }
        });
        Self(looking.abort_handle())
    }
}

impl Drop for Awake {
    fn drop(&mut self) {
        self.0.abort();
    }
}
