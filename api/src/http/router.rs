//! The routes.

use std::{any::Any, sync::Arc};

use axum::{
    Router,
    http::{HeaderValue, header},
    middleware::map_response,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use shared::ports::{TaskQueue, TaskRecords};
use tower_http::catch_panic::CatchPanicLayer;
use tracing::error;

use crate::{intake::Intake, no_store::no_store, problem::Problem};

use super::{
    any_intake::SharedIntake, delete::delete_task, get::get_task, openapi::openapi, post::post_task,
};

/// The routes over `intake`. The server must put the [`Caller`](shared::Caller) into each request's extensions.
pub fn router<R, Q>(intake: Intake<R, Q>) -> Router
where
    R: TaskRecords + 'static,
    Q: TaskQueue + 'static,
{
    let intake: SharedIntake = Arc::new(intake);
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

/// Made for each request and not at the cold start, where it would take as long as the routes themselves.
fn openapi_json() -> Response {
    ([(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))], openapi()).into_response()
}

/// The panic hook has logged the panic's text already.
fn after_panic(_panic: Box<dyn Any + Send>) -> Response {
    error!("the handling of a request panicked");
    Problem::internal().into_response()
}
