//! A delivery that a processor works on, and the next call.

use shared::Status;

use crate::{
    environment::{LineWorld, Sequence, Source, TaskMessage, TaskNumber},
    interned::{LineItem, Record},
    rules::{self, Decision, Outcome},
};

/// The condition of a write of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Condition {
    Untouched,
    Absent,
    Still(Record),
}

/// The next call, or the end of the handler.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Step {
    /// Read the line before the claim, because it was not open a moment ago.
    LookFirst,
    /// Read the line of a front message.
    ReadTurn,
    ReadParked,
    Claim(Decision, Condition),
    /// Read the line after the claim.
    CheckLine,
    /// Return the claim of a parked task whose turn is over.
    GiveBack,
    Park,
    /// The same, and return the claim.
    ParkClaimed,
    /// The handler runs.
    Run,
    End(Outcome),
    ReadLineToBlock(Outcome),
    Block(Outcome),
    ReadParkedBlocker,
    ReadBlocker,
    SendDeadLetter,
    FinishDeadLettering,
    /// Read the line of a task that is finished already.
    ReadLineOfFinished,
    ReadLineToAdvance,
    QueryFirst,
    Advance,
    SendFront,
    Acknowledge,
}

/// A delivery that a processor works on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Work {
    pub line: u8,
    /// The turn of a front message; absent for a message of the line.
    pub turn: Option<u8>,
    /// Whether its receipt is the latest.
    pub holds: bool,
    /// Whether its message was delivered before.
    pub is_redelivered: bool,
    /// Whether it was suspended for so long that its lease and its visibility timeout are over.
    pub is_suspended: bool,
    pub message: Option<TaskMessage>,
    /// Where the task is parked, if the message is a front message.
    pub position: Sequence,
    /// The revision of the record that it knows.
    pub run: Option<Record>,
    /// The revision of the line that it has read.
    pub seen: Option<LineItem>,
    pub first: Option<Sequence>,
    pub step: Step,
}

impl Step {
    /// The name of the call.
    pub fn name(self) -> &'static str {
        match self {
            Self::LookFirst => "read the line first",
            Self::ReadTurn => "read the line of a front message",
            Self::ReadParked => "read the parked task",
            Self::Claim(..) => "claim",
            Self::CheckLine => "read the line after the claim",
            Self::GiveBack => "give the claim back",
            Self::Park => "park",
            Self::ParkClaimed => "park a claimed task",
            Self::Run => "end of the handler",
            Self::End(_) => "settle",
            Self::ReadLineToBlock(_) => "read the line to block it",
            Self::Block(_) => "block",
            Self::ReadParkedBlocker => "read the parked blocker",
            Self::ReadBlocker => "read the blocker's record",
            Self::SendDeadLetter => "send the dead letter",
            Self::FinishDeadLettering => "finish the dead-lettering",
            Self::ReadLineOfFinished => "read the line of a finished task",
            Self::ReadLineToAdvance => "read the line to advance it",
            Self::QueryFirst => "query the first parked task",
            Self::Advance => "advance",
            Self::SendFront => "send the front message",
            Self::Acknowledge => "acknowledge",
        }
    }

    /// Whether the processor has claimed the task.
    fn is_of_a_claim(self) -> bool {
        match self {
            Self::CheckLine | Self::GiveBack | Self::ParkClaimed | Self::Run => true,
            Self::End(outcome) | Self::ReadLineToBlock(outcome) | Self::Block(outcome) => {
                outcome != Outcome::Crashed
            }
            _ => false,
        }
    }

    /// Whether its handler has begun.
    pub fn has_begun(self) -> bool {
        self.is_of_a_claim() && !matches!(self, Self::CheckLine | Self::GiveBack | Self::ParkClaimed)
    }
}

impl Work {
    pub fn task(&self) -> TaskNumber {
        self.message.map_or(TaskNumber::MAX, |message| message.task)
    }

    /// Whether the delivery came from this group.
    pub fn is_from(&self, source: Source) -> bool {
        self.turn.is_some() == (source == Source::Front)
    }

    /// Begins the claim of the message.
    pub fn claim(&mut self) {
        (self.run, self.seen) = (None, None);
        if let Some(message) = self.message {
            self.step = first_claim(message);
        }
    }

    /// Whether it holds the claim that the record of its task has.
    pub fn has_claim_in(&self, line: &LineWorld) -> bool {
        let (Some(run), Some(message), true) = (self.run, self.message, self.step.is_of_a_claim()) else {
            return false;
        };
        line.record(message.task).is_some_and(|present| {
            let (run, present) = (rules::facts(run), rules::facts(present));
            present.status == Status::Processing && run.attempt == present.attempt
        })
    }
}

/// The claim assumes that nothing has happened to the task since it was accepted.
pub fn first_claim(message: TaskMessage) -> Step {
    Step::Claim(rules::claim(None, message, false), Condition::Untouched)
}
