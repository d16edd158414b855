//! `DELETE /tasks/{task_id}`.

use axum::{Extension, Json, extract::State, http::StatusCode};
use shared::{Caller, Status};

use crate::{problem::Problem, view::TaskView};

use super::{
    any_intake::SharedIntake,
    task_path::{TaskPath, task_id_in},
};

/// Cancel a task.
///
/// No further attempt is made. If no attempt handles the task now, its status becomes `discarded`, and the answer is 200.
/// If one does, the answer is 202: a long attempt is asked to stop, and the task becomes `discarded` if the attempt fails, or
/// `completed` if it succeeds. Cancelling again gets the same answer. A later request with the task's `Idempotency-Key` gets
/// the cancelled task and creates no new one. A token needs the write permission (by default the scope `tasks/write`).
#[utoipa::path(
    delete,
    path = "/tasks/{task_id}",
    tag = "tasks",
    security(("token" = [])),
    params(("task_id" = String, Path, description = "The id from the answer to `POST /tasks`", format = "uuid")),
    responses(
        (status = 200, description = "Cancelled, now or before", body = TaskView),
        (status = 202, description = "An attempt handles the task now; no further one is made", body = TaskView),
        (status = 401, description = "No trusted token", headers(("WWW-Authenticate" = String, description = "The reason"))),
        (status = 403, description = "The token lacks the permission", headers(("WWW-Authenticate" = String, description = "The reason"))),
        (status = 404, description = "No task of this caller has the id", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "The task was completed, or was given up", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "Too many requests, on AWS"),
        (status = 503, description = "Temporarily unavailable; sending the request again is safe", body = Problem,
            content_type = "application/problem+json", headers(("Retry-After" = u32, description = "Seconds"))),
    ),
)]
pub(super) async fn delete_task(
    State(intake): State<SharedIntake>,
    Extension(caller): Extension<Caller>,
    path: TaskPath,
) -> Result<(StatusCode, Json<TaskView>), Problem> {
    let cancelled = intake.cancel(&caller, task_id_in(path)?).await?;
    let view = TaskView::of(&cancelled).ok_or_else(Problem::no_such_task)?;
    let code = match cancelled.status {
        Status::Discarded => StatusCode::OK,
        _ => StatusCode::ACCEPTED,
    };
    Ok((code, Json(view)))
}
