//! The API as a Lambda function behind an HTTP API (payload format 2.0), whose authorizer has authenticated the caller.

use std::sync::Arc;

use ::lambda::{Function, Invocations, OutOfTime, StartError, in_time};
use axum::{
    extract::{Request, State},
    middleware::{Next, from_fn_with_state},
    response::{IntoResponse, Response},
};
use futures_util::future::join;
use lambda_http::{Context, RequestExt};
use shared::{
    TaskRules, TaskTypes,
    setting::{InvalidSetting, Lookup},
};
use system::{RandomTaskIds, SystemClock};
use types::{Host, Rules, TypesFile};

use crate::{Intake, Problem, WaitLimit, authorizer::Authorizer, router};

/// Serves requests until Lambda ends the process.
///
/// # Errors
/// [`StartError`] when a setting or Lambda's Runtime API can't be used.
pub async fn serve(function: Function) -> Result<(), StartError> {
    let Function { variables, settings, connections, clients, invocations } = function;
    let authorizer = Authorizer::read(&|name| variables.get(name))?;
    let lookup = |name: &str| variables.get(name);
    let rules = rules(&lookup)?;
    let wait_limit = WaitLimit::read(&lookup)?;
    join(connections.open_to_dynamodb(), connections.open_to_sqs()).await;
    let records = clients.task_records(settings.table_name);
    let line = clients.task_queue(settings.queue_url, settings.message_group);
    let intake = Intake::new(records, line, Arc::new(RandomTaskIds), Arc::new(SystemClock::default()))
        .with_rules(rules)
        .waiting_at_most(wait_limit);
    let router = router(intake)
        .layer(from_fn_with_state(Arc::new(authorizer), identify))
        .layer(from_fn_with_state(Arc::new(invocations), observe));
    lambda_http::run(router).await.map_err(StartError::Runtime)
}

fn rules(lookup: Lookup<'_>) -> Result<Arc<dyn TaskRules>, InvalidSetting> {
    Ok(match TypesFile::of_setting(lookup, Host::Function)? {
        Some(file) => Arc::new(Rules::of_file(&file)?),
        None => Arc::new(TaskTypes::read(lookup)?),
    })
}

async fn observe(State(invocations): State<Arc<Invocations>>, request: Request, next: Next) -> Response {
    match request.lambda_context_ref().cloned() {
        Some(context) => invocations.observe(&context, answer_in_time(&context, request, next)).await,
        None => next.run(request).await,
    }
}

/// Only requests that compete for one key or one task can reach this limit. All others end earlier by the limits of their
/// calls, also an accept without a key, which must not be interrupted between its enqueue and its abandonment.
async fn answer_in_time(context: &Context, request: Request, next: Next) -> Response {
    let response = in_time(context, next.run(request)).await;
    response.unwrap_or_else(|OutOfTime| Problem::unavailable().into_response())
}

/// Refuses requests without a caller: their tasks would belong to nobody and be readable by nobody.
async fn identify(State(authorizer): State<Arc<Authorizer>>, mut request: Request, next: Next) -> Response {
    match authorizer.caller(&request) {
        Ok(caller) => {
            request.extensions_mut().insert(caller);
            next.run(request).await
        }
        Err(error) => error.into_response(),
    }
}
