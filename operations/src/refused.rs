//! Tasks that a change is refused for, each with its reason, and how many share one.

use serde::Serialize;
use shared::{Status, TaskId, TaskRecord};

/// A task that is left as it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Refused {
    /// The task.
    pub task_id: TaskId,
    /// The code that it failed with, of a dead letter.
    pub code: Option<String>,
    /// Why it is left so.
    pub reason: String,
}

/// How many are refused for one reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RefusedAlike {
    /// How many.
    pub count: usize,
    /// The code that they failed with, of dead letters.
    pub code: Option<String>,
    /// Why.
    pub reason: String,
}

impl Refused {
    /// The task of `record`, for a reason.
    pub fn new(record: &TaskRecord, reason: impl ToString) -> Self {
        let dead = (record.status == Status::DeadLettered).then(|| record.last_failure()).flatten();
        Self {
            task_id: record.task_id,
            code: dead.map(|failure| failure.code.clone()),
            reason: reason.to_string(),
        }
    }
}

/// The reasons, each with its own code, in the order in which they come first.
pub fn grouped(refused: &[Refused]) -> Vec<RefusedAlike> {
    let mut groups: Vec<RefusedAlike> = Vec::new();
    for Refused { code, reason, .. } in refused {
        match groups.iter_mut().find(|group| group.code == *code && group.reason == *reason) {
            Some(group) => group.count += 1,
            None => groups.push(RefusedAlike { count: 1, code: code.clone(), reason: reason.clone() }),
        }
    }
    groups
}

impl RefusedAlike {
    /// In words, behind a count of its own.
    pub fn in_words(&self) -> String {
        match &self.code {
            Some(code) if !self.reason.contains(code.as_str()) => {
                format!("{} that failed with {code}: {}", self.count, self.reason)
            }
            _ => format!("{}: {}", self.count, self.reason),
        }
    }
}
