//! The clock of one process, which may differ from others.

use std::pin::Pin;

use chrono::TimeDelta;
use shared::{
    TaskId, Timestamp,
    ports::{Clock, TaskIds},
};

use crate::{executor::sleep_until, world::SharedWorld};

/// The world's time, as one process reads it.
pub struct SimulatedClock {
    world: SharedWorld,
    skew: TimeDelta,
}

impl SimulatedClock {
    /// The clock of a process that starts now.
    pub fn of_a_process(world: &SharedWorld) -> Self {
        let skew = world.lock().skew();
        Self { world: world.clone(), skew }
    }
}

impl Clock for SimulatedClock {
    fn now(&self) -> Timestamp {
        self.world.lock().now + self.skew
    }

    fn sleep_until(&self, at: Timestamp) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(sleep_until(&self.world, at - self.skew))
    }
}

/// Ids from the world's random numbers.
pub struct SimulatedTaskIds(pub SharedWorld);

impl TaskIds for SimulatedTaskIds {
    fn fresh(&self, now: Timestamp) -> TaskId {
        let mut random = [0; 10];
        let mut world = self.0.lock();
        random[..8].copy_from_slice(&world.chance.below(u64::MAX).to_be_bytes());
        TaskId::fresh(now, &random)
    }
}
