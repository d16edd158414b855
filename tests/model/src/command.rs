//! The commands of an operator, and how far one has come.

use shared::Status;

use crate::{
    environment::{LineWorld, Sequence, TaskNumber},
    interned::{LineItem, Record},
    lines, rules,
};

/// What an operator asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Command {
    Pause,
    Resume,
    /// The dead letter stays one, and its line goes on.
    Skip(TaskNumber),
    Discard(TaskNumber),
    Redrive(TaskNumber),
}

/// The next call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Call {
    ReadRecord,
    ReadLine,
    QueryFirst,
    Write,
    SendFront,
    SendMessage,
    FinishRedrive,
}

impl Call {
    /// The name of the call.
    pub fn name(self) -> &'static str {
        match self {
            Self::ReadRecord => "operator: read the record",
            Self::ReadLine => "operator: read the line",
            Self::QueryFirst => "operator: query the first parked task",
            Self::Write => "operator: write",
            Self::SendFront => "operator: send the front message",
            Self::SendMessage => "operator: send the message",
            Self::FinishRedrive => "operator: finish the redrive",
        }
    }
}

/// A command that is being performed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Performed {
    pub line: u8,
    pub command: Command,
    pub call: Call,
    pub record: Option<Record>,
    pub seen: Option<LineItem>,
    pub first: Option<Sequence>,
}

/// The one operator.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Operator {
    pub performs: Option<Performed>,
    /// A command was interrupted, or a front message was deleted by retention: someone has to reconcile.
    pub must_reconcile: bool,
}

impl Performed {
    pub fn new(line: u8, command: Command) -> Self {
        let call = match command {
            Command::Skip(_) | Command::Discard(_) | Command::Redrive(_) => Call::ReadRecord,
            Command::Pause | Command::Resume => Call::ReadLine,
        };
        Self { line, command, call, record: None, seen: None, first: None }
    }

    /// The command from its first call on.
    pub fn restarted(&self) -> Self {
        Self::new(self.line, self.command)
    }

    /// The same before another call.
    pub fn with(self, call: Call) -> Option<Self> {
        Some(Self { call, ..self })
    }
}

/// Whether an operator would give this command now.
pub fn is_sensible(line: &LineWorld, command: Command) -> bool {
    let facts = lines::facts(line.item);
    match command {
        Command::Pause => !facts.is_paused,
        Command::Resume => facts.is_paused,
        Command::Skip(task) => facts.blocked_by == Some(task) && is_dead(line.record(task)),
        Command::Discard(task) | Command::Redrive(task) => is_dead(line.record(task)),
    }
}

/// Whether the record is that of a dead letter.
pub fn is_dead(record: Option<Record>) -> bool {
    record.is_some_and(|record| rules::facts(record).status == Status::DeadLettered)
}
