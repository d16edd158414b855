//! Situations that an exploration has to reach: a world in which they don't occur proves little.

use std::{
    collections::BTreeSet,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU32, Ordering},
    },
};

use shared::{Status, lifecycle::line::LineState};

use crate::{environment::LineWorld, lines, rules, work::Step, world::World};

/// Names, collected by all threads.
#[derive(Clone, Default)]
pub struct Names(Arc<Mutex<BTreeSet<&'static str>>>);

impl Names {
    pub fn add(&self, name: &'static str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(name);
    }

    pub fn names(&self) -> BTreeSet<&'static str> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// The situations that occurred.
#[derive(Clone, Default)]
pub struct Reached(Arc<AtomicU32>);

impl Reached {
    /// Notes those of this state.
    pub fn note(&self, world: &World) {
        let mut reached = self.0.load(Ordering::Relaxed);
        for situation in Situation::ALL {
            let bit = 1 << situation as u32;
            if reached & bit == 0 && situation.holds(world) {
                reached |= bit;
            }
        }
        self.0.fetch_or(reached, Ordering::Relaxed);
    }

    /// Those that did not occur.
    pub fn missed(&self) -> BTreeSet<&'static str> {
        let reached = self.0.load(Ordering::Relaxed);
        let missed = Situation::ALL.into_iter().filter(|it| reached & (1 << *it as u32) == 0);
        missed.map(Situation::name).collect()
    }
}

/// A situation of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Situation {
    FollowerIsParked,
    RedrivenTaskRunsBeforeItsFollowers,
    FollowerBlocksInItsTurn,
    PausedWhileBlocked,
    ParkedTaskIsCancelled,
    DrainedLineIsOpen,
    DeadLetterIsNotSentYet,
    FrontMessageIsMissing,
    OldFrontMessage,
    DuplicateWhileTheRunIsAlive,
}

impl Situation {
    pub const ALL: [Self; 10] = [
        Self::FollowerIsParked,
        Self::RedrivenTaskRunsBeforeItsFollowers,
        Self::FollowerBlocksInItsTurn,
        Self::PausedWhileBlocked,
        Self::ParkedTaskIsCancelled,
        Self::DrainedLineIsOpen,
        Self::DeadLetterIsNotSentYet,
        Self::FrontMessageIsMissing,
        Self::OldFrontMessage,
        Self::DuplicateWhileTheRunIsAlive,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::FollowerIsParked => "a follower of a blocked line is parked",
            Self::RedrivenTaskRunsBeforeItsFollowers => "a redriven task runs while a follower is parked",
            Self::FollowerBlocksInItsTurn => "a follower blocks the line in its turn",
            Self::PausedWhileBlocked => "a line is blocked and paused",
            Self::ParkedTaskIsCancelled => "a parked task is cancelled",
            Self::DrainedLineIsOpen => "a line is open again after a parked task ran",
            Self::DeadLetterIsNotSentYet => "a line is blocked and its dead letter is not sent",
            Self::FrontMessageIsMissing => "a line names a task and its front message is not sent",
            Self::OldFrontMessage => "the front message of an earlier turn is in the queue",
            Self::DuplicateWhileTheRunIsAlive => "a message is delivered again while its run is alive",
        }
    }

    pub fn holds(self, world: &World) -> bool {
        let runs = || world.processors.iter().flatten().filter(|work| work.step == Step::Run);
        world.lines.iter().any(|line| {
            let facts = lines::facts(line.item);
            let blocker = facts.blocked_by.and_then(|task| line.record(task)).map(rules::facts);
            match self {
                Self::FollowerIsParked => {
                    facts.blocked_by.is_some_and(|by| line.parked.iter().any(|it| it.message.task > by))
                }
                Self::RedrivenTaskRunsBeforeItsFollowers => {
                    line.parked.len() > 1
                        && runs().any(|work| work.message.is_some_and(|it| it.generation > 0))
                }
                Self::FollowerBlocksInItsTurn => facts.blocked_by.is_some_and(|by| by > 0) && facts.turn > 0,
                Self::PausedWhileBlocked => facts.blocked_by.is_some() && facts.is_paused,
                Self::ParkedTaskIsCancelled => line.parked.iter().any(|it| {
                    line.record(it.message.task)
                        .is_some_and(|it| rules::facts(it).status == Status::Discarded)
                }),
                Self::DrainedLineIsOpen => facts.state == LineState::Open && facts.turn > 0,
                Self::DeadLetterIsNotSentYet => {
                    blocker.is_some_and(|record| record.status == Status::DeadLettering)
                }
                Self::FrontMessageIsMissing => facts.next.is_some() && !has_front_message(line, facts.turn),
                Self::OldFrontMessage => line.front.messages.iter().any(|turn| *turn < facts.turn),
                Self::DuplicateWhileTheRunIsAlive => runs().any(|work| !work.holds),
            }
        })
    }
}

fn has_front_message(line: &LineWorld, turn: u8) -> bool {
    line.front.messages.contains(&turn)
}
