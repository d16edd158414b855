//! The calls of a page.

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
use operations::{ChangeError, Overtakers, SearchLimit, VerificationReport};
use serde::Deserialize;
use serde_json::{Value, json};
use shared::{TaskId, TaskRecord, ports::TaskRecords};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::{target::PipelineOperations, view::PayloadView};

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
    view::{Row, SnapshotView, task_view},
};

/// How long a call waits for a newer snapshot before it answers that nothing changed. Shorter than the time after which the page
/// treats the connection as lost.
const SNAPSHOT_WAIT: Duration = Duration::from_secs(10);

/// The state that all calls share.
pub struct ConsoleState {
    pub operations: Arc<PipelineOperations>,
    /// The name of the pipeline.
    pub name: String,
    pub snapshots: SnapshotCache,
    /// Ends waiting calls.
    pub stop: CancellationToken,
}

type At = State<Arc<ConsoleState>>;

/// Serves the page to everyone on this machine, and its calls only with the token.
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
    /// The number of the snapshot that the page has.
    after: Option<u64>,
    #[serde(default)]
    payload: bool,
}

async fn snapshot(
    State(console): At,
    query: Result<Query<SnapshotQuery>, QueryRejection>,
) -> Result<Response, ConsoleError> {
    let Query(query) = query?;
    let until = Instant::now() + SNAPSHOT_WAIT;
    let latest = match query.after {
        None => console.snapshots.latest().await?,
        Some(known) => tokio::select! {
            newer = console.snapshots.newer_than(known, until) => newer?,
            () = console.stop.cancelled() => console.snapshots.latest().await?,
        },
    };
    let view = SnapshotView::of(&latest, &console.name, &console.operations, query.payload.into());
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

/// The ids that a filter selects now. The page shows exactly these and then changes them.
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
    Ok(Json(task_view(&record, query.payload.into())))
}

/// A separate call, as it reads thousands of records.
async fn overtakers(
    State(console): At,
    id: Result<Path<TaskId>, PathRejection>,
) -> Result<Json<Overtakers>, ConsoleError> {
    let dead_letter = console.record(id).await?;
    Ok(Json(console.operations.overtakers(&dead_letter, SearchLimit::USUAL).await?))
}

async fn verify(State(console): At) -> Result<Json<VerificationReport>, ConsoleError> {
    Ok(Json(VerificationReport::from(&console.operations.verify().await?)))
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
    let latest = console.snapshots.latest().await?;
    Ok(Json(preview(&action.read()?, payload.into(), &console.operations, &latest.snapshot).await?))
}

#[derive(Deserialize)]
struct PerformRequest {
    #[serde(flatten)]
    action: ActionRequest,
    #[serde(default)]
    reason: String,
    /// Whether refused tasks may be named by their titles.
    #[serde(default)]
    payload: bool,
}

/// A separate task, so that the action is finished even if the page disconnects.
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

    /// The dead letters that a filter selects, in the order in which they were accepted.
    async fn dead_letters<T>(
        &self,
        filter: FilterQuery,
        read: impl FnOnce(&[&TaskRecord]) -> T,
    ) -> Result<T, ConsoleError> {
        let latest = self.snapshots.latest().await?;
        let filter = filter.at(self.operations.clock.now());
        let dead_letters: Vec<_> =
            latest.snapshot.dead_letters().filter(|dead_letter| filter.admits(dead_letter)).collect();
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
