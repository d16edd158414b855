//! What a page asks for: an action of the command line, or a new task.

use std::collections::HashSet;

use operations::Action;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value, value::RawValue};
use shared::{Rejection, Submission, TaskId, Violation, lifecycle::Force};

/// A change of one task, of several, or of the line.
#[derive(Debug, Clone, Deserialize)]
#[serde(tag = "action", rename_all = "snake_case")]
pub enum ActionRequest {
    /// `dead-letters redrive`, in this order.
    Redrive {
        #[serde(deserialize_with = "each_once")]
        ids: Vec<TaskId>,
        #[serde(default)]
        force: bool,
    },
    /// `dead-letters discard`, `held discard`.
    Discard {
        #[serde(deserialize_with = "each_once")]
        ids: Vec<TaskId>,
    },
    /// `dead-letters amend`, `held amend`.
    Amend { id: TaskId, task: EnteredTask },
    /// `held resume`.
    Resume { id: TaskId },
    /// `held skip`.
    Skip { id: TaskId },
    /// `submit`. The key makes it safe to send again if the answer got lost.
    Submit { task: EnteredTask, key: String },
    /// `line pause`.
    PauseLine,
    /// `line resume`.
    ResumeLine,
    /// `dead-letters reconcile`.
    Reconcile,
}

/// A task as its form sends it: like a request, but the payload is the text that was entered. As part of the request's JSON
/// its digits would be changed twice, by the browser and here.
#[derive(Debug, Clone, Deserialize)]
pub struct EnteredTask {
    #[serde(default)]
    payload: Option<String>,
    #[serde(flatten)]
    members: Map<String, Value>,
}

/// A request that was read: submitting goes through the intake, everything else is an [`Action`].
pub enum Requested {
    Submission { submission: Box<Submission>, key: String },
    Action(Action),
}

impl ActionRequest {
    /// Validates the task, if there is one.
    ///
    /// # Errors
    /// Everything that is wrong with the task.
    pub fn read(self) -> Result<Requested, Rejection> {
        Ok(Requested::Action(match self {
            Self::Submit { task, key } => {
                return Ok(Requested::Submission { submission: Box::new(task.read()?), key });
            }
            Self::Redrive { ids, force } => {
                Action::Redrive { task_ids: ids, force: if force { Force::Yes } else { Force::No } }
            }
            Self::Discard { ids } => Action::Discard { task_ids: ids },
            Self::Amend { id, task } => {
                let submission = task.read()?;
                let sanitised = submission.sanitised();
                Action::Amend { task_id: id, task: Box::new(submission.task().clone()), sanitised }
            }
            Self::Resume { id } => Action::Resume { task_id: id },
            Self::Skip { id } => Action::Skip { task_id: id },
            Self::PauseLine => Action::PauseLine,
            Self::ResumeLine => Action::ResumeLine,
            Self::Reconcile => Action::Reconcile,
        }))
    }
}

/// The ids in the order of their first occurrence.
fn each_once<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<TaskId>, D::Error> {
    let mut ids = Vec::deserialize(deserializer)?;
    let mut known = HashSet::new();
    ids.retain(|id| known.insert(*id));
    Ok(ids)
}

impl EnteredTask {
    fn read(self) -> Result<Submission, Rejection> {
        #[derive(Serialize)]
        struct Request {
            #[serde(flatten)]
            members: Map<String, Value>,
            #[serde(skip_serializing_if = "Option::is_none")]
            payload: Option<Box<RawValue>>,
        }
        let payload = self.payload.filter(|text| !text.trim().is_empty());
        let payload = payload.map(|text| serde_json::from_str(&text)).transpose().map_err(|error| {
            let problem = format!("is not JSON (line {}, column {})", error.line(), error.column());
            Rejection::Invalid(vec![Violation::new("/payload", problem)])
        })?;
        let request = Request { members: self.members, payload };
        let json = serde_json::to_vec(&request).map_err(|error| Rejection::Malformed(error.to_string()))?;
        Submission::parse(&json)
    }
}
