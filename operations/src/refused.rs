//! Tasks that an action is refused for, each with its reason, grouped by reason.

use std::error::Error;

use serde::Serialize;
use shared::{Status, TaskId, TaskRecord};

/// A task that an action leaves unchanged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Refused {
    pub task_id: TaskId,
    /// The code of the last failure, of a dead letter.
    pub code: Option<String>,
    /// Why the action is refused.
    pub reason: String,
    /// The title, which is shown only if the caller asks for contents.
    #[serde(skip)]
    pub title: Option<String>,
}

/// The refusals that share a reason and a failure code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RefusalGroup {
    pub count: usize,
    /// The code of the last failure, of dead letters.
    pub code: Option<String>,
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
            title: record.task().map(|task| task.title().to_owned()),
        }
    }

    /// A task whose record can't be read.
    pub(crate) fn unknown(task_id: TaskId, reason: String) -> Self {
        Self { task_id, code: None, reason, title: None }
    }
}

/// Groups refusals by reason and code, in the order of their first task.
pub fn grouped(refused: &[Refused]) -> Vec<RefusalGroup> {
    let mut groups: Vec<RefusalGroup> = Vec::new();
    for Refused { code, reason, .. } in refused {
        match groups.iter_mut().find(|group| group.code == *code && group.reason == *reason) {
            Some(group) => group.count += 1,
            None => groups.push(RefusalGroup { count: 1, code: code.clone(), reason: reason.clone() }),
        }
    }
    groups
}

impl RefusalGroup {
    /// The count, the code unless the reason names it, and the reason.
    pub fn in_words(&self) -> String {
        match &self.code {
            Some(code) if !self.reason.contains(code.as_str()) => {
                format!("{} that failed with {code}: {}", self.count, self.reason)
            }
            _ => format!("{}: {}", self.count, self.reason),
        }
    }
}

/// An error and its causes on one line. Two adjacent causes with the same text are printed once, as AWS errors repeat theirs.
pub fn in_words(error: &(dyn Error + 'static)) -> String {
    let chain = std::iter::successors(Some(error), |error| (*error).source());
    let mut words: Vec<String> = chain.map(ToString::to_string).collect();
    words.dedup();
    words.join(": ")
}
