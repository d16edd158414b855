//! `POST /tasks`.

use axum::{
    Extension, Json,
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use shared::{Caller, IdempotencyKey, InvalidIdempotencyKey, Submission, TaskRequest, TraceContext};
use tracing::{Instrument, info_span};

use crate::{
    accept::{AcceptRequest, Acceptance},
    problem::Problem,
    view::TaskAccepted,
};

use super::{
    any_intake::{AnyIntake, SharedIntake},
    body::{read, require_json},
    headers::{IDEMPOTENCY_KEY, IDEMPOTENT_REPLAYED, TRACEPARENT, TRACESTATE},
};

/// Submit a task.
///
/// The task is handled after every task that was accepted before it. With an `Idempotency-Key` the request can safely be
/// sent again: the same key and payload get the same id. A token needs the write permission (by default the scope
/// `tasks/write`).
#[utoipa::path(
    post,
    path = "/tasks",
    tag = "tasks",
    security(("token" = [])),
    params(("Idempotency-Key" = String, Header, description = "1 to 255 visible ASCII characters without a comma",
        min_length = 1, max_length = 255, pattern = "^[!-+\\x2D-~]+$"),
        ("traceparent" = String, Header, description = "W3C Trace Context: the trace of the request. It is stored with the \
            task, logged, and passed to the handler. If it is invalid or sent more than once, it is ignored",
            example = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"),
        ("tracestate" = String, Header, description = "W3C Trace Context: passed on with a valid `traceparent`, up to 512 \
            characters; a longer one is ignored", example = "vendor=value")),
    request_body = TaskRequest,
    responses(
        (status = 202, description = "Accepted and durable", body = TaskAccepted, headers(
            ("Location" = String, description = "The path of the task"),
            ("Idempotent-Replayed" = String, description = "`true` if the key was used before"))),
        (status = 400, description = "Malformed or invalid", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "No trusted token", headers(("WWW-Authenticate" = String, description = "The reason"))),
        (status = 403, description = "The token lacks the permission", headers(("WWW-Authenticate" = String, description = "The reason"))),
        (status = 408, description = "The body did not arrive in time", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "Too large", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "Not application/json in UTF-8, or with a content encoding", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "The key was used for another payload", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "Too many requests, on AWS"),
        (status = 503, description = "Temporarily unavailable; sending the request again is safe", body = Problem,
            content_type = "application/problem+json", headers(("Retry-After" = u32, description = "Seconds"))),
    ),
)]
pub(super) async fn post_task(
    State(intake): State<SharedIntake>,
    Extension(caller): Extension<Caller>,
    request: Request,
) -> Result<Response, Problem> {
    let trace = trace_context(request.headers());
    let span = info_span!("submission", trace_id = trace.as_ref().map(TraceContext::trace_id));
    accept(&*intake, caller, trace, request).instrument(span).await.map(|accepted| answer(&accepted))
}

async fn accept(
    intake: &dyn AnyIntake,
    caller: Caller,
    trace: Option<TraceContext>,
    request: Request,
) -> Result<Acceptance, Problem> {
    let (head, body) = request.into_parts();
    require_json(&head.headers)?;
    let key = idempotency_key(&head.headers)?;
    let submission = Submission::parse(&read(body).await?)?;
    Ok(intake.accept(AcceptRequest { caller, key, submission, trace }).await?)
}

/// An invalid key and a repeated header get the same answer, because API Gateway joins repeated headers with a comma,
/// which no key contains.
fn idempotency_key(headers: &HeaderMap) -> Result<Option<IdempotencyKey>, Problem> {
    let mut values = headers.get_all(IDEMPOTENCY_KEY).iter();
    let key = match (values.next(), values.next()) {
        (None, _) => return Ok(None),
        (Some(value), None) => IdempotencyKey::parse(value.as_bytes()),
        (Some(_), Some(_)) => Err(InvalidIdempotencyKey),
    };
    key.map(Some).map_err(|error| Problem::malformed(format!("{error}, sent once")))
}

fn trace_context(headers: &HeaderMap) -> Option<TraceContext> {
    let values = |name| headers.get_all(name).iter().map(HeaderValue::as_bytes);
    TraceContext::read(values(TRACEPARENT), values(TRACESTATE))
}

fn answer(accepted: &Acceptance) -> Response {
    let mut response = (StatusCode::ACCEPTED, Json(TaskAccepted::from(accepted))).into_response();
    let headers = response.headers_mut();
    if let Ok(location) = HeaderValue::from_str(&format!("/tasks/{}", accepted.task_id)) {
        headers.insert(header::LOCATION, location);
    }
    if accepted.replayed {
        headers.insert(IDEMPOTENT_REPLAYED, HeaderValue::from_static("true"));
    }
    response
}
