//! The calls a page makes.

use operations::{ChangeError, Overtakers, SearchLimit, Verification};
use std::{sync::Arc, time::Duration};

use axum::{
    Json, Router,
    extract::{
        Path, Query, State,
        rejection::{JsonRejection, PathRejection, QueryRejection},
    },
    http::StatusCode,
    middleware,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use serde::Deserialize;
use serde_json::{Value, json};
use shared::{TaskId, TaskRecord, ports::TaskRecords};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::{
    target::PipelineOperations,
    view::{PayloadView, detail},
};

use super::{
    error::ConsoleError,
    filter::FilterQuery,
    guard::{only_from_here, only_with_token},
    page,
    performed::{PerformedView, perform},
    preview::{PreviewView, preview},
    request::ActionRequest,
    snapshot::SnapshotCache,
    token::Token,
    view::{Row, SnapshotView},
};

/// How long a page that knows the last look waits for a newer one before it is told that all is as it was: shorter than
/// what makes a browser, or the page, take the connection for lost.
const LOOK_WAIT: Duration = Duration::from_secs(10);

/// What the calls work with.
pub struct ConsoleState {
    pub operations: Arc<PipelineOperations>,
    /// What people call the pipeline.
    pub name: String,
    pub snapshots: SnapshotCache,
    /// Ends the waiting of pages.
    pub stop: CancellationToken,
}

type At = State<Arc<ConsoleState>>;

/// The page for everyone on this machine, its calls for who has the token.
pub fn router(console: ConsoleState, token: Token) -> Router {
    let calls = Router::new()
        .route("/snapshot", get(snapshot))
        .route("/dead-letters", get(dead_letters))
        .route("/dead-letters/ids", get(dead_letter_ids))
        .route("/tasks/{task_id}", get(task))
        .route("/tasks/{task_id}/overtakers", get(overtakers))
        .route("/verify", get(verify))
        .route("/preview", post(preview_action))
        .route("/act", post(perform_action))
        .fallback(async || ConsoleError::NoSuchPath)
        .method_not_allowed_fallback(async || StatusCode::METHOD_NOT_ALLOWED)
        .with_state(Arc::new(console))
        .layer(middleware::from_fn_with_state(token, only_with_token));
    page::files()
        .nest("/api", calls)
        .fallback(async || ConsoleError::NoSuchPath)
        .layer(middleware::from_fn(only_from_here))
}

#[derive(Deserialize)]
struct SnapshotQuery {
    /// The look the page knows.
    after: Option<u64>,
    #[serde(default)]
    payload: bool,
}

async fn snapshot(
    State(console): At,
    query: Result<Query<SnapshotQuery>, QueryRejection>,
) -> Result<Response, ConsoleError> {
    let Query(query) = query?;
    let until = Instant::now() + LOOK_WAIT;
    let seen = match query.after {
        None => console.snapshots.latest().await?,
        Some(known) => tokio::select! {
            seen = console.snapshots.newer_than(known, until) => seen?,
            () = console.stop.cancelled() => console.snapshots.latest().await?,
        },
    };
    let view = SnapshotView::of(&seen, &console.name, &console.operations, query.payload.into());
    Ok(Json(view).into_response())
}

#[derive(Deserialize)]
struct ListQuery {
    #[serde(default)]
    offset: usize,
    #[serde(default = "page_size")]
    limit: usize,
    #[serde(default)]
    payload: bool,
}

fn page_size() -> usize {
    100
}

async fn dead_letters(
    State(console): At,
    filter: Result<Query<FilterQuery>, QueryRejection>,
    query: Result<Query<ListQuery>, QueryRejection>,
) -> Result<Json<Value>, ConsoleError> {
    let (Query(filter), Query(query)) = (filter?, query?);
    let payload = PayloadView::from(query.payload);
    console
        .dead_letters(filter, |dead_letters| {
            let rows = dead_letters.iter().skip(query.offset).take(query.limit);
            let rows: Vec<_> = rows.map(|dead_letter| Row::of(dead_letter, payload)).collect();
            Json(json!({"total": dead_letters.len(), "dead_letters": rows}))
        })
        .await
}

/// All that a filter selects, as it is now, to be shown and then acted on as shown.
async fn dead_letter_ids(
    State(console): At,
    filter: Result<Query<FilterQuery>, QueryRejection>,
) -> Result<Json<Vec<TaskId>>, ConsoleError> {
    let Query(filter) = filter?;
    console
        .dead_letters(filter, |dead_letters| {
            Json(dead_letters.iter().map(|dead_letter| dead_letter.task_id).collect())
        })
        .await
}

async fn task(
    State(console): At,
    id: Result<Path<TaskId>, PathRejection>,
    query: Result<Query<SnapshotQuery>, QueryRejection>,
) -> Result<Json<Value>, ConsoleError> {
    let Query(query) = query?;
    let record = console.record(id).await?;
    Ok(Json(detail(&record, query.payload.into())))
}

/// Asked for by itself: it is looked for among thousands of records.
async fn overtakers(
    State(console): At,
    id: Result<Path<TaskId>, PathRejection>,
) -> Result<Json<Overtakers>, ConsoleError> {
    let dead_letter = console.record(id).await?;
    Ok(Json(console.operations.overtakers(&dead_letter, SearchLimit::USUAL).await?))
}

async fn verify(State(console): At) -> Result<Json<Verification>, ConsoleError> {
    Ok(Json(console.operations.verify().await?))
}

#[derive(Deserialize)]
struct PreviewRequest {
    #[serde(flatten)]
    action: ActionRequest,
    #[serde(default)]
    payload: bool,
}

async fn preview_action(
    State(console): At,
    request: Result<Json<PreviewRequest>, JsonRejection>,
) -> Result<Json<PreviewView>, ConsoleError> {
    let Json(PreviewRequest { action, payload }) = request?;
    let seen = console.snapshots.latest().await?;
    Ok(Json(preview(&action.read()?, payload.into(), &console.operations, &seen.snapshot).await?))
}

#[derive(Deserialize)]
struct PerformRequest {
    #[serde(flatten)]
    action: ActionRequest,
    #[serde(default)]
    reason: String,
    /// Whether what is refused may be named by its title.
    #[serde(default)]
    payload: bool,
}

/// What was begun is finished, also when its page goes away meanwhile.
async fn perform_action(
    State(console): At,
    request: Result<Json<PerformRequest>, JsonRejection>,
) -> Result<Json<PerformedView>, ConsoleError> {
    let Json(PerformRequest { action, reason, payload }) = request?;
    let requested = action.read()?;
    let work = tokio::spawn(async move {
        let performed = perform(requested, &reason, payload.into(), &console.operations).await;
        console.snapshots.expire().await;
        performed
    });
    let performed = work.await.map_err(|_| ConsoleError::Broken)?;
    Ok(Json(performed?))
}

impl ConsoleState {
    async fn record(&self, id: Result<Path<TaskId>, PathRejection>) -> Result<TaskRecord, ConsoleError> {
        let Path(id) = id.map_err(|_| ConsoleError::Malformed("a task id is a UUID".to_owned()))?;
        Ok(self.operations.records.find(id).await?.ok_or(ChangeError::NoSuchTask)?)
    }

    /// The dead letters that a filter lets through, in the order in which they were accepted.
    async fn dead_letters<T>(
        &self,
        filter: FilterQuery,
        read: impl FnOnce(&[&TaskRecord]) -> T,
    ) -> Result<T, ConsoleError> {
        let seen = self.snapshots.latest().await?;
        let filter = filter.at(self.operations.clock.now());
        let dead_letters: Vec<_> =
            seen.snapshot.dead_letters().filter(|dead_letter| filter.admits(dead_letter)).collect();
        Ok(read(&dead_letters))
    }
}

impl From<QueryRejection> for ConsoleError {
    fn from(rejection: QueryRejection) -> Self {
        Self::Malformed(rejection.body_text())
    }
}

impl From<JsonRejection> for ConsoleError {
    fn from(rejection: JsonRejection) -> Self {
        Self::Malformed(rejection.body_text())
    }
}
