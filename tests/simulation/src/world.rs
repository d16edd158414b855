//! The world of the actors: one clock, one queue with its dead-letter queue, one table, and everything that was
//! observed.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use chrono::{DateTime, TimeDelta};
use shared::{TaskId, TaskRecord, Timestamp};

use crate::{
    actor::Actor,
    chance::Chance,
    observations::Seen,
    plan::{Fault, Plan},
    queue_model::QueueModel,
};

/// As the shipped stacks set it for their handler timeout: six leases.
pub const VISIBILITY_SECONDS: i64 = 150;

/// The largest difference between the clocks of two processes.
pub const CLOCKS_DIFFER_BY: TimeDelta = TimeDelta::seconds(2);

pub struct World {
    pub plan: Plan,
    pub chance: Chance,
    pub now: Timestamp,
    /// False once everything must finish.
    pub is_rough: bool,
    /// True once no actor has anything left to do.
    pub is_over: bool,
    pub is_paused: bool,
    /// Until when the handler's service can't be reached.
    pub outage_until: Timestamp,
    pub line: QueueModel,
    pub dead_letters: QueueModel,
    pub records: BTreeMap<TaskId, TaskRecord>,
    /// The runs of handlers that have not ended: task and attempt.
    pub running: BTreeSet<(TaskId, u32)>,
    /// The content of the index.
    pub index: BTreeMap<TaskId, TaskRecord>,
    /// When the actor that is being polled wants to continue.
    pub wake: Option<Timestamp>,
    pub spawned: Vec<Actor>,
    pub seen: Seen,
}

/// The world, shared by all actors. One thread polls them all, one after the other.
#[derive(Clone)]
pub struct SharedWorld(Arc<Mutex<World>>);

impl SharedWorld {
    pub fn new(plan: Plan) -> Self {
        let chance = Chance::of(plan.seed);
        let max_receive_count = plan.max_receive_count;
        Self(Arc::new(Mutex::new(World {
            plan,
            chance,
            now: DateTime::from_timestamp(1_795_000_000, 0).unwrap_or_default(),
            is_rough: true,
            is_over: false,
            is_paused: false,
            outage_until: Timestamp::UNIX_EPOCH,
            line: QueueModel::new("l", 18_849_496_460_467_696_128, Some(max_receive_count)),
            dead_letters: QueueModel::new("d", 20_000_000_000_000_000_000, None),
            records: BTreeMap::new(),
            index: BTreeMap::new(),
            running: BTreeSet::new(),
            wake: None,
            spawned: Vec::new(),
            seen: Seen::default(),
        })))
    }

    pub fn lock(&self) -> MutexGuard<'_, World> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl World {
    /// Whether this fault occurs now, once in `times`.
    pub fn strikes(&mut self, fault: Fault, times: u64) -> bool {
        let strikes = self.is_rough && self.plan.has(fault) && self.chance.once_in(times);
        if strikes {
            self.seen.struck(fault, self.now);
        }
        strikes
    }

    /// Whether the handler's service can't be reached now.
    pub fn is_in_outage(&mut self) -> bool {
        if self.strikes(Fault::HandlerOutage, 12) {
            self.outage_until = self.now + self.chance.time(1_000, 1_200_000);
        }
        self.now < self.outage_until
    }

    /// By how much the redelivery of a message is late.
    pub fn lateness(&mut self) -> TimeDelta {
        if self.strikes(Fault::LateVisibility, 10) {
            self.chance.time(100, 20_000)
        } else {
            TimeDelta::zero()
        }
    }

    /// By how much the clock of a process that starts now differs from the others.
    pub fn skew(&mut self) -> TimeDelta {
        if self.strikes(Fault::ClockSkew, 2) {
            self.chance.time(0, 2_000) - TimeDelta::seconds(1)
        } else {
            TimeDelta::zero()
        }
    }
}
