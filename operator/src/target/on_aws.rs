//! Connects to a pipeline on AWS.

use std::{sync::Arc, time::Duration};

use anyhow::Context;
use aws::{Deployment, Session, SessionError, SessionOptions};
use local::SystemClock;
use operations::Operations;
use shared::{
    Caller,
    limits::{QUEUE_COUNTS_LAG_SECONDS, RETENTION_SECONDS_MAX},
    ports::Clock,
};

use crate::invalid_arguments::InvalidArguments;

use super::{
    AwsOptions, PipelineLine, PipelineQueue, PipelineRecords, Place, handler_functions::HandlerFunctions,
};

/// How often a command or a page that watches a pipeline on AWS polls it. Each poll costs some requests.
const POLL_INTERVAL: Duration = Duration::from_secs(2);

/// The functions on AWS that handle the tasks of a pipeline on this machine.
pub async fn handler_functions(options: AwsOptions) -> anyhow::Result<HandlerFunctions> {
    let session = session(options).await?;
    Ok(Box::new(move |name| Box::new(session.handler_function(name))))
}

async fn session(options: AwsOptions) -> Result<Session, SessionError> {
    let AwsOptions { region, profile, endpoint_url } = options;
    Session::start(SessionOptions { region, profile, endpoint_url }).await
}

/// The operator is the caller identity that AWS reports: local user names mean nothing to AWS.
pub async fn on_aws(
    place: Place,
    options: AwsOptions,
) -> anyhow::Result<Operations<PipelineRecords, PipelineQueue, PipelineLine>> {
    let (session, deployment) = match place {
        Place::Stack(stack) => {
            let session = session(options).await?;
            let deployment = session.deployment(&stack).await?;
            (session, deployment)
        }
        Place::Outputs { file, stack } => {
            let read = Deployment::in_file(&file, stack.as_deref()).context("--outputs");
            let deployment = read.map_err(|error| InvalidArguments::because(format!("{error:#}")))?;
            (session(options).await?, deployment)
        }
    };
    let clients = session.clients();
    let queue = |url| PipelineQueue::Aws(clients.task_queue(url, &deployment.message_group));
    let records = clients.task_records(&deployment.table_name);
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::default());
    Ok(Operations {
        records: PipelineRecords::Aws(records.clone()),
        line_queue: queue(&deployment.queue_url),
        dead_letter_queue: queue(&deployment.dead_letter_queue_url),
        line: PipelineLine::Aws(session.event_source_mapping(&deployment), records, Arc::clone(&clock)),
        clock,
        task_rules: Arc::new(deployment.task_types),
        operator: session.operator().to_owned(),
        submitter: Caller::operator(),
        code_version: Some(deployment.code_version),
        api_url: deployment.api_url,
        retention_seconds: Some(RETENTION_SECONDS_MAX),
        counts_lag_seconds: QUEUE_COUNTS_LAG_SECONDS,
        poll_interval: POLL_INTERVAL,
    })
}
