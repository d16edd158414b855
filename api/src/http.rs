//! The routes, and what each reads from a request and writes into its answer.

use std::{any::Any, error::Error, iter::successors, sync::Arc};

use axum::{
    Extension, Json, Router,
    body::Body,
    extract::{Path, Request, State, rejection::PathRejection},
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    middleware::map_response,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use futures_util::future::{BoxFuture, FutureExt};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use shared::{
    Caller, Fingerprint, IdempotencyKey, InvalidIdempotencyKey, Rejection, TaskId, TaskRecord, TaskRequest,
    TraceContext,
    limits::BODY_BYTES_MAX,
    ports::{PortError, TaskQueue, TaskRecords},
    sanitise, sanitised, validate,
};
use tower_http::{catch_panic::CatchPanicLayer, timeout::TimeoutError};
use tracing::{Instrument, error, info_span};
use utoipa::OpenApi;

use crate::{
    AcceptError, Accepted, CancelError, Intake, Problem, Submission, TaskAccepted, TaskView,
    description::OfEveryOperation, media_type::is_json_in_utf8, no_store::no_store,
};

pub(crate) const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
pub(crate) const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");
pub(crate) const TRACESTATE: HeaderName = HeaderName::from_static("tracestate");
pub(crate) const IDEMPOTENT_REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");

type Found<'a, T, E> = BoxFuture<'a, Result<T, E>>;

/// What the routes ask of the API, whatever its ports are.
trait DynIntake: Send + Sync {
    fn accept(&self, submission: Submission) -> BoxFuture<'_, Result<Accepted, AcceptError>>;
    fn find<'a>(&'a self, caller: &'a Caller, task_id: TaskId) -> Found<'a, Option<TaskRecord>, PortError>;
    fn cancel<'a>(&'a self, caller: &'a Caller, task_id: TaskId) -> Found<'a, TaskRecord, CancelError>;
}

impl<R: TaskRecords, Q: TaskQueue> DynIntake for Intake<R, Q> {
    fn accept(&self, submission: Submission) -> BoxFuture<'_, Result<Accepted, AcceptError>> {
        Intake::accept(self, submission).boxed()
    }

    fn find<'a>(&'a self, caller: &'a Caller, task_id: TaskId) -> Found<'a, Option<TaskRecord>, PortError> {
        self.find_own(caller, task_id).boxed()
    }

    fn cancel<'a>(&'a self, caller: &'a Caller, task_id: TaskId) -> Found<'a, TaskRecord, CancelError> {
        Intake::cancel(self, caller, task_id).boxed()
    }
}

type SharedIntake = Arc<dyn DynIntake>;

#[derive(OpenApi)]
#[openapi(info(
    title = "Taskline",
    description = "Takes tasks and handles them one at a time, in exactly the order in which they were accepted.",
    contact(name = "The operator of this pipeline"),
), servers((url = "/", description = "The pipeline that this document was read from")),
tags((name = "tasks", description = "Submit tasks, see what becomes of them, cancel them")),
paths(post_task, get_task, delete_task), modifiers(&OfEveryOperation))]
struct Document;

/// The OpenAPI 3.1 document of the routes, as JSON.
pub fn openapi() -> String {
    Document::openapi().to_json().unwrap_or_default()
}

/// The routes over `api`. Whoever serves them puts a [`Caller`] into each request's extensions.
pub fn router<R, Q>(api: Intake<R, Q>) -> Router
where
    R: TaskRecords + 'static,
    Q: TaskQueue + 'static,
{
    let intake: SharedIntake = Arc::new(api);
    Router::new()
        .route("/tasks", post(post_task))
        .route("/tasks/{task_id}", get(get_task).delete(delete_task))
        .route("/openapi.json", get(async || openapi_json()))
        .fallback(|| async { Problem::no_such_path() })
        .method_not_allowed_fallback(|| async { Problem::wrong_method() })
        .with_state(intake)
        .layer(CatchPanicLayer::custom(after_panic))
        .layer(map_response(no_store))
}

/// Made for who asks, not at every cold start: it is half of what the routes would cost.
fn openapi_json() -> Response {
    ([(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))], openapi()).into_response()
}

/// The panic's own text is in the log already, by the panic hook.
fn after_panic(_panic: Box<dyn Any + Send>) -> Response {
    error!("a request's handling panicked");
    Problem::internal().into_response()
}

/// Submit a task.
///
/// It is handled after every task accepted before it. With an `Idempotency-Key` the request can be sent again safely:
/// the same key and payload give the same id. A token needs the permission to write (by default the scope
/// `tasks/write`).
#[utoipa::path(
    post,
    path = "/tasks",
    tag = "tasks",
    security(("token" = [])),
    params(("Idempotency-Key" = String, Header, description = "1 to 255 visible ASCII characters without a comma",
        min_length = 1, max_length = 255, pattern = "^[!-+\\x2D-~]+$"),
        ("traceparent" = String, Header, description = "W3C Trace Context: the trace that the request belongs to. It is kept \
            with the task, logged, and passed on to what handles it. An invalid one, or more than one, is ignored",
            example = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"),
        ("tracestate" = String, Header, description = "W3C Trace Context: passed on with a valid `traceparent`, up to 512 \
            characters; a longer one is ignored", example = "vendor=value")),
    request_body = TaskRequest,
    responses(
        (status = 202, description = "Accepted, and durable", body = TaskAccepted, headers(
            ("Location" = String, description = "Where the task is seen"),
            ("Idempotent-Replayed" = String, description = "`true` when the key was used before"))),
        (status = 400, description = "Malformed or invalid", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "No token that is trusted", headers(("WWW-Authenticate" = String, description = "Why"))),
        (status = 403, description = "The token lacks the permission", headers(("WWW-Authenticate" = String, description = "Why"))),
        (status = 408, description = "The body did not come in time", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "Too large", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "Not application/json in UTF-8, or with a content encoding", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "The key was used for another payload", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "Too many requests, on AWS"),
        (status = 503, description = "Not now; safe to send again", body = Problem, content_type = "application/problem+json",
            headers(("Retry-After" = u32, description = "Seconds"))),
    ),
)]
async fn post_task(
    State(intake): State<SharedIntake>,
    Extension(caller): Extension<Caller>,
    request: Request,
) -> Result<Response, Problem> {
    let trace = trace_context(request.headers());
    let span = info_span!("submission", trace_id = trace.as_ref().map(TraceContext::trace_id));
    take(&*intake, caller, trace, request).instrument(span).await.map(answer)
}

/// A request that was taken.
struct Taken {
    accepted: Accepted,
    /// The members that cleaning changed. From the request alone, so that it is answered the same when it is sent again.
    sanitised: Vec<&'static str>,
}

async fn take(
    intake: &dyn DynIntake,
    caller: Caller,
    trace: Option<TraceContext>,
    request: Request,
) -> Result<Taken, Problem> {
    let (head, body) = request.into_parts();
    require_json(&head.headers)?;
    let key = idempotency_key(&head.headers)?;
    let request = validate(&read(body).await?)?;
    let fingerprint = Fingerprint::of(&request);
    let sent = request.as_request().clone();
    let task = sanitise(request).map_err(Problem::invalid)?;
    let sanitised = sanitised(&sent, &task);
    let accepted = intake.accept(Submission { caller, key, fingerprint, task, trace }).await?;
    Ok(Taken { accepted, sanitised })
}

/// See how a task stands.
///
/// Only its submitter sees it; for all others it is not there. A token needs the permission to read (by default the scope
/// `tasks/read`).
#[utoipa::path(
    get,
    path = "/tasks/{task_id}",
    tag = "tasks",
    security(("token" = [])),
    params(("task_id" = String, Path, description = "As answered when it was accepted", format = "uuid")),
    responses(
        (status = 200, description = "How it stands", body = TaskView),
        (status = 401, description = "No token that is trusted", headers(("WWW-Authenticate" = String, description = "Why"))),
        (status = 403, description = "The token lacks the permission", headers(("WWW-Authenticate" = String, description = "Why"))),
        (status = 404, description = "No task of this caller has the id", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "Too many requests, on AWS"),
        (status = 503, description = "Not now", body = Problem, content_type = "application/problem+json",
            headers(("Retry-After" = u32, description = "Seconds"))),
    ),
)]
async fn get_task(
    State(intake): State<SharedIntake>,
    Extension(caller): Extension<Caller>,
    task_id: Result<Path<String>, PathRejection>,
) -> Result<Json<TaskView>, Problem> {
    let record = intake.find(&caller, id_in(task_id)?).await.map_err(|error| unavailable(&error))?;
    view(record.as_ref())
}

/// Cancel a task that has not begun.
///
/// It is not handled, and its view says `discarded`. Cancelling it again answers the same. A request under its
/// `Idempotency-Key` is still answered with it, and makes no other task. A token needs the permission to write (by default
/// the scope `tasks/write`).
#[utoipa::path(
    delete,
    path = "/tasks/{task_id}",
    tag = "tasks",
    security(("token" = [])),
    params(("task_id" = String, Path, description = "As answered when it was accepted", format = "uuid")),
    responses(
        (status = 200, description = "Cancelled, now or before", body = TaskView),
        (status = 401, description = "No token that is trusted", headers(("WWW-Authenticate" = String, description = "Why"))),
        (status = 403, description = "The token lacks the permission", headers(("WWW-Authenticate" = String, description = "Why"))),
        (status = 404, description = "No task of this caller has the id", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "It has begun, or was given up", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "Too many requests, on AWS"),
        (status = 503, description = "Not now; safe to send again", body = Problem, content_type = "application/problem+json",
            headers(("Retry-After" = u32, description = "Seconds"))),
    ),
)]
async fn delete_task(
    State(intake): State<SharedIntake>,
    Extension(caller): Extension<Caller>,
    task_id: Result<Path<String>, PathRejection>,
) -> Result<Json<TaskView>, Problem> {
    let cancelled = intake.cancel(&caller, id_in(task_id)?).await?;
    view(Some(&cancelled))
}

/// An id that is no text, or no UUID, is nobody's.
fn id_in(path: Result<Path<String>, PathRejection>) -> Result<TaskId, Problem> {
    let Path(task_id) = path.map_err(|_| Problem::no_such_task())?;
    task_id.parse().map_err(|_| Problem::no_such_task())
}

fn view(record: Option<&TaskRecord>) -> Result<Json<TaskView>, Problem> {
    record.and_then(TaskView::of).map(Json).ok_or_else(Problem::no_such_task)
}

/// One `Content-Type`: of several, each reader would take another.
fn require_json(headers: &HeaderMap) -> Result<(), Problem> {
    let mut content_types = headers.get_all(header::CONTENT_TYPE).iter();
    let is_json = match (content_types.next(), content_types.next()) {
        (Some(only), None) => is_json_in_utf8(only.as_bytes()),
        (None, _) | (Some(_), Some(_)) => false,
    };
    if is_json && !headers.contains_key(header::CONTENT_ENCODING) {
        Ok(())
    } else {
        Err(Problem::wrong_content_type())
    }
}

/// One reason for all keys that are none: two headers are answered as what a gateway makes of them, one with a comma.
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

async fn read(body: Body) -> Result<Vec<u8>, Problem> {
    match Limited::new(body, BODY_BYTES_MAX).collect().await {
        Ok(collected) => Ok(collected.to_bytes().into()),
        Err(error) if error.is::<LengthLimitError>() => Err(Problem::too_large(BODY_BYTES_MAX)),
        Err(error) if is_a_timeout(&*error) => Err(Problem::too_slow()),
        Err(_) => Err(Problem::malformed("the body ended too early")),
    }
}

/// Whoever serves the router on one machine sets bodies a deadline; the body's own error stands within axum's.
fn is_a_timeout(error: &(dyn Error + 'static)) -> bool {
    successors(Some(error), |error| (*error).source()).any(|error| error.is::<TimeoutError>())
}

fn answer(Taken { accepted, sanitised }: Taken) -> Response {
    let body = TaskAccepted::new(&accepted, sanitised);
    let mut response = (StatusCode::ACCEPTED, Json(body)).into_response();
    let headers = response.headers_mut();
    if let Ok(location) = HeaderValue::from_str(&format!("/tasks/{}", accepted.task_id)) {
        headers.insert(header::LOCATION, location);
    }
    if accepted.replayed {
        headers.insert(IDEMPOTENT_REPLAYED, HeaderValue::from_static("true"));
    }
    response
}

impl From<Rejection> for Problem {
    fn from(rejection: Rejection) -> Self {
        match rejection {
            Rejection::Malformed(detail) => Self::malformed(detail),
            Rejection::Invalid(violations) => Self::invalid(violations),
        }
    }
}

impl From<AcceptError> for Problem {
    fn from(error: AcceptError) -> Self {
        match error {
            AcceptError::KeyReused => Self::key_reused(),
            AcceptError::Unavailable(error) => unavailable(&error),
        }
    }
}

impl From<CancelError> for Problem {
    fn from(error: CancelError) -> Self {
        match error {
            CancelError::NoSuchTask => Self::no_such_task(),
            CancelError::HasBegun(status) => Self::has_begun(status),
            CancelError::Unavailable(error) => unavailable(&error),
        }
    }
}

fn unavailable(error: &PortError) -> Problem {
    error!(error = error as &dyn std::error::Error, "answered 503");
    Problem::unavailable()
}
