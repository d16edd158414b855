//! The state of the world: its lines, and where each actor is.

use crate::{
    command::Operator,
    environment::{LineWorld, Source},
    work::Work,
};

/// What may still go wrong or be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Budget {
    /// Crashes, suspensions, early visibility, missed duplicates, late copies, expired messages.
    pub faults: u8,
    /// Commands of operators and submitters, and redrives by SQS.
    pub commands: u8,
    /// Attempts that fail.
    pub failures: u8,
}

/// All of it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct World {
    pub lines: Vec<LineWorld>,
    /// Sorted, because processors are alike.
    pub processors: Vec<Option<Work>>,
    pub operator: Operator,
    pub budget: Budget,
    /// The promise that was broken, and how.
    pub broken: Option<&'static str>,
}

impl World {
    /// The head of the group becomes visible. If a processor still works on it, that is a fault.
    pub fn become_visible(&mut self, number: u8, source: Source) {
        let line = &mut self.lines[usize::from(number)];
        match source {
            Source::Line => (line.messages.in_flight, line.messages.was_delivered) = (false, true),
            Source::Front => (line.front.in_flight, line.front.was_delivered) = (false, true),
        }
        for work in self.processors.iter_mut().flatten() {
            if work.line == number && work.holds && work.is_from(source) {
                work.holds = false;
                self.budget.faults -= 1;
            }
        }
    }
}
