//! What a deployment demands of a task beyond the rules for every task: a known type, and a payload that fits it.

use crate::{Task, TaskTypes, Violation};

/// The rules of a deployment. The API's intake and an operator's amendment ask them alike.
pub trait TaskRules: Send + Sync {
    /// The rules that the task breaks, for its sender; none if the deployment takes it.
    fn violations(&self, task: &Task) -> Vec<Violation>;
}

/// Only the type counts.
impl TaskRules for TaskTypes {
    fn violations(&self, task: &Task) -> Vec<Violation> {
        self.violation(task.task_type()).into_iter().collect()
    }
}
