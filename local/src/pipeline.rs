//! The whole pipeline in one process: starts and stops it.

use std::{io, net::SocketAddr, sync::Arc};

use api::{CorsOrigins, Intake, WaitLimit};
use axum::{Extension, Router, middleware::from_fn_with_state};
use processor::{Handlers, Processor, ProcessorSettings};
use shared::{
    Caller, TaskRules, TaskTypes,
    limits::RECEIVE_COUNT_MAX,
    ports::{Clock, PortError, TaskIds},
};
use tokio::{
    net::TcpListener,
    task::{JoinError, JoinHandle},
};
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use crate::{
    Authorizer, ConnectionLimit, DataDirectory, FileChanged, InUse, Lock, OpenError, QueueTerms,
    RandomTaskIds, SqliteTaskQueue, SqliteTaskRecords, SteadyClock, Store,
    jwt::authorize,
    recover::recover,
    serve, steady_clock,
    waiting::{Callers, Waiting, limit_waiting},
    worker::Worker,
};

/// How to run a pipeline.
pub struct PipelineOptions {
    /// The folder of its data.
    pub data: DataDirectory,
    /// The address of its API; with port 0 the system chooses a free port.
    pub listen: SocketAddr,
    /// Attempts, timeouts and the policy for failures.
    pub settings: ProcessorSettings,
    /// What handles a task.
    pub handlers: Handlers,
    /// What the API demands of a task.
    pub rules: Arc<dyn TaskRules>,
    /// The same for other processes that submit tasks or amend them, in the form that they read; `None` if every valid task
    /// is taken.
    pub stored_rules: Option<String>,
    /// The web origins that may call the API.
    pub cors_origins: CorsOrigins,
    /// How long a request may wait for its task.
    pub wait_limit: WaitLimit,
    /// Checks the tokens of callers. Without it, everyone who can reach the address is one and the same caller.
    pub authorizer: Option<Authorizer>,
    /// The pipeline's clock.
    pub clock: Arc<dyn Clock>,
    /// Makes ids for tasks without an idempotency key.
    pub task_ids: Arc<dyn TaskIds>,
    /// See [`QueueTerms::max_receive_count`].
    pub max_receive_count: u32,
}

impl PipelineOptions {
    /// The defaults: a free port of 127.0.0.1, no tokens, no web origins, a steady clock and random ids.
    pub fn new(data: DataDirectory, settings: ProcessorSettings, handlers: impl Into<Handlers>) -> Self {
        Self {
            data,
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            settings,
            handlers: handlers.into(),
            rules: Arc::new(TaskTypes::default()),
            stored_rules: None,
            cors_origins: CorsOrigins::default(),
            wait_limit: WaitLimit::default(),
            authorizer: None,
            clock: Arc::new(SteadyClock::default()),
            task_ids: Arc::new(RandomTaskIds),
            max_receive_count: RECEIVE_COUNT_MAX,
        }
    }
}

/// A pipeline can't start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Another process runs it.
    #[error(transparent)]
    InUse(#[from] InUse),
    /// Its data can't be used.
    #[error(transparent)]
    Data(#[from] OpenError),
    /// Its address can't be used.
    #[error("failed to listen on {address}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// The cause.
        source: io::Error,
    },
    /// What an earlier process left in flight can't be released.
    #[error(transparent)]
    Recover(#[from] PortError),
}

/// Why a running pipeline can't continue.
#[derive(Debug, thiserror::Error)]
pub enum PipelineFailure {
    /// A file of the data is no longer at its path: tasks accepted from now on would be lost.
    #[error(
        "{0}. The pipeline has stopped: it accepted nothing after that. Restore the data folder as it was, or from a backup, and \
         start the pipeline again"
    )]
    FileChanged(FileChanged),
    /// The worker or the server ended; it panicked if there is an error.
    #[error("{0} ended")]
    Part(&'static str, #[source] Option<JoinError>),
}

/// A running pipeline.
pub struct Pipeline {
    address: SocketAddr,
    store: Store,
    stop: CancellationToken,
    worker: JoinHandle<()>,
    server: JoinHandle<()>,
    // The last field: it is dropped after everything that uses the data.
    _lock: Lock,
}

impl Pipeline {
    /// Starts the pipeline: when this returns, it accepts and handles tasks.
    ///
    /// # Errors
    /// [`StartError`]; then nothing runs and no task has changed.
    pub async fn start(options: PipelineOptions) -> Result<Self, StartError> {
        let lock = options.data.lock()?;
        let store = options.data.open_or_create(&lock)?;
        let listen = |source| StartError::Listen { address: options.listen, source };
        let listener = TcpListener::bind(options.listen).await.map_err(listen)?;
        let address = listener.local_addr().map_err(listen)?;
        let released = recover(&store, options.stored_rules.clone(), options.clock.now()).await?;
        if released > 0 {
            info!(released, "released the messages that an earlier run left in flight");
        }
        let stop = CancellationToken::new();
        let limit = ConnectionLimit::for_api();
        let callers = if options.authorizer.is_some() { Callers::Many } else { Callers::One };
        let waiting = Waiting::of(limit.connections(), callers, stop.clone());
        let (worker, router) = parts(&store, options, waiting);
        let worker = tokio::spawn(worker.work(stop.clone()));
        let server = tokio::spawn(serve(listener, router, limit, stop.clone()));
        Ok(Self { address, store, stop, worker, server, _lock: lock })
    }

    /// The address of its API.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its data.
    pub fn store(&self) -> Store {
        self.store.clone()
    }

    /// Returns when the pipeline can't continue.
    pub async fn failure(&mut self) -> PipelineFailure {
        tokio::select! {
            change = self.store.changed() => PipelineFailure::FileChanged(change),
            ended = &mut self.worker => PipelineFailure::Part("the worker", ended.err()),
            ended = &mut self.server => PipelineFailure::Part("the server", ended.err()),
        }
    }

    /// Accepts no more requests, answers the current ones, and finishes the current task.
    pub async fn stop(self) {
        self.stop.cancel();
        let (server, worker) = tokio::join!(self.server, self.worker);
        for error in [server, worker].into_iter().filter_map(Result::err) {
            warn!(%error, "a part of the pipeline failed");
        }
        if let Err(error) = steady_clock::withdraw(&self.store).await {
            warn!(
                error = &error as &dyn std::error::Error,
                "failed to remove the clock's setting; commands will still use this pipeline's clock"
            );
        }
    }
}

/// Adds the caller to each request.
fn identify_callers(router: Router, authorizer: Option<Authorizer>) -> Router {
    match authorizer {
        Some(authorizer) => router.layer(from_fn_with_state(Arc::new(authorizer), authorize)),
        None => router.layer(Extension(Caller::local())),
    }
}

fn parts(store: &Store, options: PipelineOptions, waiting: Waiting) -> (Worker, Router) {
    let terms = QueueTerms {
        visibility_seconds: options.settings.visibility_seconds(),
        max_receive_count: options.max_receive_count,
    };
    let clock = options.clock;
    let records = SqliteTaskRecords::new(store.clone());
    let line = SqliteTaskQueue::line(store.clone(), Arc::clone(&clock), terms);
    let dead_letters = SqliteTaskQueue::dead_letters(store.clone(), Arc::clone(&clock), terms);
    let api = Intake::new(records.clone(), line.clone(), options.task_ids, Arc::clone(&clock))
        .with_rules(options.rules)
        .waiting_at_most(options.wait_limit);
    let router = api::router(api).layer(from_fn_with_state(waiting, limit_waiting));
    let router = identify_callers(router, options.authorizer);
    let router = options.cors_origins.around(router);
    let processor = Processor::new(
        records.clone(),
        line.clone(),
        dead_letters,
        options.handlers,
        Arc::clone(&clock),
        options.settings,
    );
    (Worker { line, records, processor, clock }, router)
}
