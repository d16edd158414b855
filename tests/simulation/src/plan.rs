//! The content of one run, by its seed: how many actors of each kind, and which faults.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use shared::lifecycle::FailurePolicy;

use crate::chance::Chance;

/// What can go wrong between any two steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fault {
    /// A function, a request or an operator's command ends between two steps.
    Crash,
    /// A call succeeds and its answer is lost.
    LostAnswer,
    /// A call does not reach its service.
    LostRequest,
    /// A service throttles.
    Throttle,
    /// Lambda throttles the function: a receive is counted without a run.
    InvokeThrottle,
    /// A process is suspended past its lease, and then continues.
    Stall,
    /// A message is delivered again while it is in flight.
    Duplicate,
    /// A delete is answered but not done.
    LostDelete,
    /// A message is redelivered later than its visibility timeout.
    LateVisibility,
    /// An index shows an earlier state.
    StaleIndex,
    /// The clocks of processes differ.
    ClockSkew,
    /// SQS moves the dead letters back to the line.
    NativeRedrive,
    /// The handler's service can't be reached for some time.
    HandlerOutage,
}

impl Fault {
    pub const ALL: [Self; 13] = [
        Self::Crash,
        Self::LostAnswer,
        Self::LostRequest,
        Self::Throttle,
        Self::InvokeThrottle,
        Self::Stall,
        Self::Duplicate,
        Self::LostDelete,
        Self::LateVisibility,
        Self::StaleIndex,
        Self::ClockSkew,
        Self::NativeRedrive,
        Self::HandlerOutage,
    ];
}

/// How processors handle a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HandledBy {
    /// With a handler.
    Handler,
    /// By recording it as completed.
    Record,
    /// Alternately, as while one deployment follows another.
    Either,
}

/// One run.
#[derive(Debug, Clone)]
pub struct Plan {
    pub seed: u64,
    pub clients: u64,
    pub tasks_per_client: u64,
    pub operators: u64,
    pub policy: FailurePolicy,
    pub attempt_budget: u32,
    pub unavailable_max: TimeDelta,
    pub max_receive_count: u32,
    pub faults: BTreeSet<Fault>,
    pub handled_by: HandledBy,
    /// Whether a handler may run for longer than a lease.
    pub has_long_runs: bool,
}

impl HandledBy {
    fn of(chance: &mut Chance) -> Self {
        match chance.below(6) {
            0 => Self::Record,
            1 => Self::Either,
            _ => Self::Handler,
        }
    }
}

impl Plan {
    /// The plan of `seed`.
    pub fn of(seed: u64) -> Self {
        let mut chance = Chance::of(seed ^ 0x5eed);
        // The outage is drawn last, so that earlier seeds keep their plans.
        let drawn_first = Fault::ALL.into_iter().filter(|fault| *fault != Fault::HandlerOutage);
        let faults = drawn_first.filter(|_| !chance.once_in(3)).collect();
        let plan = Self {
            seed,
            clients: chance.between(1, 3),
            tasks_per_client: chance.between(1, 5),
            operators: chance.between(0, 2),
            policy: if chance.once_in(2) { FailurePolicy::Hold } else { FailurePolicy::DeadLetter },
            attempt_budget: u32::try_from(chance.between(1, 4)).unwrap_or(1),
            max_receive_count: u32::try_from(chance.between(8, 40)).unwrap_or(8),
            faults,
            handled_by: HandledBy::of(&mut chance),
            unavailable_max: TimeDelta::zero(),
            has_long_runs: false,
        };
        plan.with_outages(&mut chance).with_long_runs(&mut chance)
    }

    fn with_long_runs(self, chance: &mut Chance) -> Self {
        Self { has_long_runs: chance.once_in(3), ..self }
    }

    fn with_outages(mut self, chance: &mut Chance) -> Self {
        if !chance.once_in(3) {
            self.faults.insert(Fault::HandlerOutage);
        }
        self.unavailable_max = chance.time(0, 900_000);
        self
    }

    pub fn has(&self, fault: Fault) -> bool {
        self.faults.contains(&fault)
    }
}
