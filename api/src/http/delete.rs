//! `DELETE /tasks/{task_id}`.

use axum::{Extension, Json, extract::State};
use shared::Caller;

use crate::{problem::Problem, view::TaskView};

use super::{
    any_intake::SharedIntake,
    task_path::{TaskPath, task_id_in},
};

/// Cancel a task that has not begun.
///
/// The task is not handled, and its status becomes `discarded`. Cancelling it again gets the same answer. A later request
/// with its `Idempotency-Key` gets the cancelled task and creates no new one. A token needs the write permission (by default
/// the scope `tasks/write`).
#[utoipa::path(
    delete,
    path = "/tasks/{task_id}",
    tag = "tasks",
    security(("token" = [])),
    params(("task_id" = String, Path, description = "The id from the answer to `POST /tasks`", format = "uuid")),
    responses(
        (status = 200, description = "Cancelled, now or before", body = TaskView),
        (status = 401, description = "No trusted token", headers(("WWW-Authenticate" = String, description = "The reason"))),
        (status = 403, description = "The token lacks the permission", headers(("WWW-Authenticate" = String, description = "The reason"))),
        (status = 404, description = "No task of this caller has the id", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "The task has begun, or was given up", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "Too many requests, on AWS"),
        (status = 503, description = "Temporarily unavailable; sending the request again is safe", body = Problem,
            content_type = "application/problem+json", headers(("Retry-After" = u32, description = "Seconds"))),
    ),
)]
pub(super) async fn delete_task(
    State(intake): State<SharedIntake>,
    Extension(caller): Extension<Caller>,
    path: TaskPath,
) -> Result<Json<TaskView>, Problem> {
    let cancelled = intake.cancel(&caller, task_id_in(path)?).await?;
    TaskView::of(&cancelled).map(Json).ok_or_else(Problem::no_such_task)
}
