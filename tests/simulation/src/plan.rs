//! What is tried in one run, as its seed says: how many do what, and which faults there are.

use std::collections::BTreeSet;

use shared::lifecycle::FailurePolicy;

use crate::chance::Chance;

/// What can go wrong between any two steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fault {
    /// A function, a request or an operator's command ends between two steps.
    Crash,
    /// A call is made and its answer is lost.
    LostAnswer,
    /// A call does not get through.
    LostRequest,
    /// A service asks to be asked less often.
    Throttle,
    /// Lambda does not run the function: a receive is spent without a run.
    InvokeThrottle,
    /// A process stands still, past its lease, and then goes on.
    Stall,
    /// A message is delivered again while it is in flight.
    Duplicate,
    /// A delete is answered and not made.
    LostDelete,
    /// A message comes back later than its visibility says.
    LateVisibility,
    /// An index shows what was a while ago.
    StaleIndex,
    /// The clocks of processes differ.
    ClockSkew,
    /// SQS moves the dead letters back into the line by itself.
    NativeRedrive,
}

impl Fault {
    pub const ALL: [Self; 12] = [
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
    ];
}

/// What processors do with a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HandledBy {
    /// They run a handler.
    Handler,
    /// They record it as completed.
    Record,
    /// One does this and the next that, as while one deployment follows another.
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
    pub max_receive_count: u32,
    pub faults: BTreeSet<Fault>,
    pub handled_by: HandledBy,
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
    /// The plan that `seed` stands for.
    pub fn of(seed: u64) -> Self {
        let mut chance = Chance::of(seed ^ 0x5eed);
        let faults = Fault::ALL.into_iter().filter(|_| !chance.once_in(3)).collect();
        Self {
            seed,
            clients: chance.between(1, 3),
            tasks_per_client: chance.between(1, 5),
            operators: chance.between(0, 2),
            policy: if chance.once_in(2) { FailurePolicy::Hold } else { FailurePolicy::DeadLetter },
            attempt_budget: u32::try_from(chance.between(1, 4)).unwrap_or(1),
            max_receive_count: u32::try_from(chance.between(8, 40)).unwrap_or(8),
            faults,
            handled_by: HandledBy::of(&mut chance),
        }
    }

    pub fn has(&self, fault: Fault) -> bool {
        self.faults.contains(&fault)
    }
}
