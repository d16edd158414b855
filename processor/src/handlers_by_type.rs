//! The handlers of a deployment: one for all tasks, and others for the types that have their own.

use std::collections::BTreeMap;

use shared::{Task, TaskType};

use crate::handler::{Handler, Handling};

/// What a deployment does with the tasks of each type. Any [`Handling`], and any [`Handler`], converts into one for all
/// types.
pub struct Handlers {
    default: Handling,
    by_type: BTreeMap<TaskType, Handling>,
}

impl Handlers {
    /// The same, with another handler for the tasks of a type.
    pub fn with(mut self, task_type: TaskType, handling: impl Into<Handling>) -> Self {
        self.by_type.insert(task_type, handling.into());
        self
    }

    /// The handler of a task. An undecodable body has no type.
    pub(crate) fn of(&self, task: Option<&Task>) -> &Handling {
        task.and_then(|task| self.by_type.get(task.task_type())).unwrap_or(&self.default)
    }
}

impl From<Handling> for Handlers {
    fn from(default: Handling) -> Self {
        Self { default, by_type: BTreeMap::new() }
    }
}

impl<H: Handler + 'static> From<H> for Handlers {
    fn from(handler: H) -> Self {
        Handling::from(handler).into()
    }
}
