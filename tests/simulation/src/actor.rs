//! An actor of the simulation.

use std::pin::Pin;

use shared::Timestamp;

/// An actor.
pub struct Actor {
    pub future: Pin<Box<dyn Future<Output = ()> + Send>>,
    /// When it can act again.
    pub continues_at: Timestamp,
}

impl Actor {
    pub fn new(future: impl Future<Output = ()> + Send + 'static) -> Self {
        Self { future: Box::pin(future), continues_at: Timestamp::UNIX_EPOCH }
    }
}
