//! `GET /tasks/{task_id}`.

use axum::{
    Extension, Json,
    extract::{RawQuery, State},
};
use shared::Caller;

use crate::{
    problem::Problem,
    view::TaskView,
    wait::{InvalidWait, Wait, WaitRefused},
};

use super::{
    any_intake::SharedIntake,
    task_path::{TaskPath, task_id_in},
};

/// Get the status of a task.
///
/// Only the caller that submitted the task gets it; all others get a 404. A token needs the read permission (by default the
/// scope `tasks/read`).
///
/// With `wait`, the answer comes when the task is completed, discarded, dead-lettered or held, or when the time is over, with
/// the task as it is then. A deployment may answer earlier than you ask (`WAIT_SECONDS_MAX`), or refuse every `wait` with 400.
#[utoipa::path(
    get,
    path = "/tasks/{task_id}",
    tag = "tasks",
    security(("token" = [])),
    params(("task_id" = String, Path, description = "The id from the answer to `POST /tasks`", format = "uuid"),
        ("wait" = String, Query, description = "How long to wait for the task: whole seconds from `1s` to `20s`",
            pattern = "^([1-9]|1[0-9]|20)s$", example = "20s")),
    responses(
        (status = 200, description = "The task and its status", body = TaskView),
        (status = 400, description = "An invalid `wait`, or one where requests can't wait", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "No trusted token", headers(("WWW-Authenticate" = String, description = "The reason"))),
        (status = 403, description = "The token lacks the permission", headers(("WWW-Authenticate" = String, description = "The reason"))),
        (status = 404, description = "No task of this caller has the id", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "Too many requests: on AWS of all callers, otherwise too many of this caller wait", body = Problem, content_type = "application/problem+json",
            headers(("Retry-After" = u32, description = "Seconds, unless on AWS"))),
        (status = 503, description = "Temporarily unavailable, or too many requests wait", body = Problem, content_type = "application/problem+json",
            headers(("Retry-After" = u32, description = "Seconds"))),
    ),
)]
pub(super) async fn get_task(
    State(intake): State<SharedIntake>,
    Extension(caller): Extension<Caller>,
    RawQuery(query): RawQuery,
    path: TaskPath,
) -> Result<Json<TaskView>, Problem> {
    let wait = Wait::in_query(query.as_deref())?;
    let wait = wait.map(|wait| intake.wait_limit().shorten(wait)).transpose()?;
    let record = intake.find(&caller, task_id_in(path)?, wait).await?;
    let view = record.as_ref().and_then(TaskView::of).ok_or_else(Problem::no_such_task)?;
    Ok(Json(view))
}

impl From<WaitRefused> for Problem {
    fn from(error: WaitRefused) -> Self {
        Self::malformed(error.to_string())
    }
}

impl From<InvalidWait> for Problem {
    fn from(error: InvalidWait) -> Self {
        Self::malformed(error.to_string())
    }
}
