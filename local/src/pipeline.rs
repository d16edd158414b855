//! The whole pipeline in one process: start it, ask for its address, stop it.

use std::{io, net::SocketAddr, sync::Arc};

use api::{CorsOrigins, Intake};
use axum::{Extension, Router, middleware::from_fn_with_state};
use processor::{Handling, Processor, ProcessorSettings};
use shared::{
    Caller,
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
    RandomTaskIds, SqliteTaskQueue, SqliteTaskRecords, SteadyClock, Store, jwt::authorize, recover::recover,
    serve, steady_clock, worker::Worker,
};

/// How to run a pipeline.
pub struct PipelineOptions {
    /// Where its data is.
    pub data: DataDirectory,
    /// Where it listens; port 0 takes a free one.
    pub listen: SocketAddr,
    /// How tasks are treated.
    pub settings: ProcessorSettings,
    /// What is done with a task.
    pub handling: Handling,
    /// Which web pages may call.
    pub cors_origins: CorsOrigins,
    /// Whose tokens let callers in; without, everyone who reaches the address is let in as one and the same caller.
    pub authorizer: Option<Authorizer>,
    /// Where time comes from.
    pub clock: Arc<dyn Clock>,
    /// Where ids come from.
    pub task_ids: Arc<dyn TaskIds>,
    /// When the line gives up on a message by itself.
    pub max_receive_count: u32,
}

impl PipelineOptions {
    /// The usual: a steady clock and the machine's chance, no tokens, no web pages, a port of 127.0.0.1 that is free.
    pub fn new(data: DataDirectory, settings: ProcessorSettings, handling: impl Into<Handling>) -> Self {
        Self {
            data,
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            settings,
            handling: handling.into(),
            cors_origins: CorsOrigins::default(),
            authorizer: None,
            clock: Arc::new(SteadyClock::default()),
            task_ids: Arc::new(RandomTaskIds),
            max_receive_count: RECEIVE_COUNT_MAX,
        }
    }
}

/// A pipeline does not start.
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
        /// Why.
        source: io::Error,
    },
    /// Its data could not be made ready.
    #[error(transparent)]
    Recover(#[from] PortError),
}

/// Why a pipeline can't go on.
#[derive(Debug, thiserror::Error)]
pub enum Ended {
    /// What it would answer with 202 from now on, nobody would find.
    #[error(
        "{0}. The pipeline has stopped: it accepted nothing after that. Put the data folder back as it was, or restore a \
         backup, and start it again"
    )]
    FileChanged(FileChanged),
    /// A part of it ended, by a panic if there is an error.
    #[error("{0} ended")]
    Part(&'static str, #[source] Option<JoinError>),
}

/// A pipeline that runs.
pub struct Pipeline {
    address: SocketAddr,
    store: Store,
    stop: CancellationToken,
    worker: JoinHandle<()>,
    server: JoinHandle<()>,
    /// Held until everything else has ended.
    _lock: Lock,
}

impl Pipeline {
    /// Starts the pipeline: when this returns, it accepts and handles tasks.
    ///
    /// # Errors
    /// [`StartError`]; then nothing runs and no task was touched.
    pub async fn start(options: PipelineOptions) -> Result<Self, StartError> {
        let lock = options.data.lock()?;
        let store = options.data.open_or_create(&lock)?;
        let listen = |source| StartError::Listen { address: options.listen, source };
        let listener = TcpListener::bind(options.listen).await.map_err(listen)?;
        let address = listener.local_addr().map_err(listen)?;
        let released = recover(&store, options.clock.now()).await?;
        if released > 0 {
            info!(released, "took up what an earlier run left unfinished");
        }
        let stop = CancellationToken::new();
        let (worker, router) = parts(&store, options);
        let worker = tokio::spawn(worker.work(stop.clone()));
        let server = tokio::spawn(serve(listener, router, ConnectionLimit::for_api(), stop.clone()));
        Ok(Self { address, store, stop, worker, server, _lock: lock })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its data, to look at while it runs.
    pub fn store(&self) -> Store {
        self.store.clone()
    }

    /// Ends when the pipeline can't go on, without having been told to stop.
    pub async fn ended(&mut self) -> Ended {
        tokio::select! {
            change = self.store.changed() => Ended::FileChanged(change),
            ended = &mut self.worker => Ended::Part("the worker", ended.err()),
            ended = &mut self.server => Ended::Part("the server", ended.err()),
        }
    }

    /// Stops: takes no more requests, answers those it has, finishes the task in hand.
    pub async fn stop(self) {
        self.stop.cancel();
        let (server, worker) = tokio::join!(self.server, self.worker);
        for error in [server, worker].into_iter().filter_map(Result::err) {
            warn!(%error, "a part of the pipeline ended badly");
        }
        if let Err(error) = steady_clock::withdraw(&self.store).await {
            warn!(error = &error as &dyn std::error::Error, "others go on by this pipeline's clock");
        }
    }
}

/// The routes, told who calls.
fn identified(router: Router, authorizer: Option<Authorizer>) -> Router {
    match authorizer {
        Some(authorizer) => router.layer(from_fn_with_state(Arc::new(authorizer), authorize)),
        None => router.layer(Extension(Caller::local())),
    }
}

fn parts(store: &Store, options: PipelineOptions) -> (Worker, Router) {
    let terms = QueueTerms {
        visibility_seconds: options.settings.visibility_seconds(),
        max_receive_count: options.max_receive_count,
    };
    let clock = options.clock;
    let records = SqliteTaskRecords::new(store.clone());
    let line = SqliteTaskQueue::line(store.clone(), Arc::clone(&clock), terms);
    let dead_letters = SqliteTaskQueue::dead_letters(store.clone(), Arc::clone(&clock), terms);
    let api = Intake::new(records.clone(), line.clone(), options.task_ids, Arc::clone(&clock));
    let router = identified(api::router(api), options.authorizer);
    let router = options.cors_origins.around(router);
    let processor = Processor::new(
        records.clone(),
        line.clone(),
        dead_letters,
        options.handling,
        Arc::clone(&clock),
        options.settings,
    );
    (Worker { line, records, processor, clock }, router)
}
