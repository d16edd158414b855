//! The task that a path names.

use axum::extract::{Path, rejection::PathRejection};
use shared::TaskId;

use crate::problem::Problem;

/// The path's last segment as axum reads it.
pub(super) type TaskPath = Result<Path<String>, PathRejection>;

/// The id in a path. No task has an id that is not UTF-8 or not a UUID.
pub(super) fn task_id_in(path: TaskPath) -> Result<TaskId, Problem> {
    let Path(task_id) = path.map_err(|_| Problem::no_such_task())?;
    task_id.parse().map_err(|_| Problem::no_such_task())
}
