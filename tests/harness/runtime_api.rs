//! Lambda's Runtime API, and a function that runs on it: the real binary in a separate process.
//!
//! <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html>

use std::{
    os::fd::OwnedFd,
    path::PathBuf,
    process::{Child, Command, ExitStatus, Stdio},
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use axum::{
    Json, Router,
    body::Bytes,
    extract::{Path as UrlPath, State},
    http::{HeaderMap, StatusCode},
    response::IntoResponse,
    routing::{get, post},
};
use chrono::Utc;
use serde_json::Value;
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    net::{TcpListener, unix::pipe},
    sync::{Mutex as AsyncMutex, mpsc, watch},
    task::JoinHandle,
};

use crate::within::{PATIENCE, within_time};

const POLL_INTERVAL: Duration = Duration::from_millis(5);

/// How a function's invocation ended.
#[derive(Debug, Clone, PartialEq)]
pub enum Invoked {
    Answered(Value),
    /// With the error that it reported to Lambda.
    Failed(Value),
}

struct Events {
    next: AsyncMutex<mpsc::UnboundedReceiver<(u32, Value)>>,
    ready: watch::Sender<Option<Instant>>,
    delivered: Mutex<Option<Instant>>,
    time_limit: Mutex<Duration>,
    ended: mpsc::UnboundedSender<(Invoked, Times)>,
}

/// When an invocation got its event, and when its outcome arrived.
#[derive(Debug, Clone, Copy)]
pub struct Times {
    pub delivered: Instant,
    pub ended: Instant,
}

/// A running function; killed when a test ends.
pub struct RunningFunction {
    child: Child,
    state: Arc<Events>,
    events: mpsc::UnboundedSender<(u32, Value)>,
    ready: watch::Receiver<Option<Instant>>,
    ended: mpsc::UnboundedReceiver<(Invoked, Times)>,
    invocations: u32,
    printed: Arc<Mutex<Vec<String>>>,
    printing: Option<JoinHandle<()>>,
    patience: Duration,
}

/// Where cargo puts the program of this name: beside this one, or, if this is a test, in the folder above. `make test`
/// builds it.
pub fn program(name: &str) -> PathBuf {
    let this = std::env::current_exe().unwrap();
    let mut folders = this.ancestors().skip(1).take(2);
    let program = folders.find_map(|folder| Some(folder.join(name)).filter(|program| program.exists()));
    program
        .unwrap_or_else(|| panic!("{name} is missing beside {}: `make programs` builds it", this.display()))
}

impl RunningFunction {
    /// Starts the binary as Lambda does, with these variables only.
    pub async fn start(name: &str, variables: &[(&str, &str)]) -> Self {
        Self::start_as(Command::new(program(name)), name, variables).await
    }

    /// Starts any client of a Runtime API in the same way.
    pub async fn start_as(mut command: Command, name: &str, variables: &[(&str, &str)]) -> Self {
        let (events, next) = mpsc::unbounded_channel();
        let (ended_sender, ended) = mpsc::unbounded_channel();
        let (ready_sender, ready) = watch::channel(None);
        let state = Arc::new(Events {
            next: AsyncMutex::new(next),
            ready: ready_sender,
            delivered: Mutex::default(),
            time_limit: Mutex::new(Duration::from_secs(60)),
            ended: ended_sender,
        });
        let router = Router::new()
            .route("/2018-06-01/runtime/invocation/next", get(next_event))
            .route("/2018-06-01/runtime/invocation/{id}/{outcome}", post(end))
            .with_state(Arc::clone(&state));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        tokio::spawn(async move { axum::serve(listener, router).await });
        let mut child = command
            .env_clear()
            .env("AWS_LAMBDA_RUNTIME_API", address)
            .env("AWS_LAMBDA_FUNCTION_NAME", name)
            .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256")
            .env("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")
            .env("AWS_REGION", "us-east-1")
            .env("AWS_DEFAULT_REGION", "us-east-1")
            .env("AWS_ACCESS_KEY_ID", "test")
            .env("AWS_SECRET_ACCESS_KEY", "test")
            .envs(variables.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .unwrap();
        let printed = Arc::new(Mutex::new(Vec::new()));
        let stdout = OwnedFd::from(child.stdout.take().unwrap());
        let (stdout, into) = (pipe::Receiver::from_owned_fd(stdout).unwrap(), Arc::clone(&printed));
        let printing = tokio::spawn(async move {
            let mut lines = BufReader::new(stdout).lines();
            while let Ok(Some(line)) = lines.next_line().await {
                into.lock().unwrap().push(line);
            }
        });
        Self {
            child,
            state,
            events,
            ready,
            ended,
            invocations: 0,
            printed,
            printing: Some(printing),
            patience: PATIENCE,
        }
    }

    /// Sets the time limit of every wait: under a profiler everything is slow.
    pub fn with_patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// Sets the timeout that each invocation is delivered. The function is not stopped then; its answer shows whether it
    /// kept the timeout.
    pub fn with_time_limit(self, time_limit: Duration) -> Self {
        *self.state.time_limit.lock().unwrap() = time_limit;
        self
    }

    /// When it first asked for an event: its start is complete.
    pub async fn ready(&mut self) -> Instant {
        within_time(self.patience, "the function's start", async {
            tokio::select! {
                ready = self.ready.wait_for(Option::is_some) => ready.unwrap().unwrap(),
                status = exit(&mut self.child) => panic!("it exited with {status}: {:#?}", self.printed),
            }
        })
        .await
    }

    /// Sends it an event and waits for the outcome.
    pub async fn invoke(&mut self, event: Value) -> Invoked {
        self.invoke_timed(event).await.0
    }

    /// The same, with the times.
    pub async fn invoke_timed(&mut self, event: Value) -> (Invoked, Times) {
        self.invocations += 1;
        self.events.send((self.invocations, event)).unwrap();
        within_time(self.patience, "the function's answer", async {
            tokio::select! {
                ended = self.ended.recv() => ended.unwrap(),
                status = exit(&mut self.child) => panic!("it exited with {status}: {:#?}", self.printed),
            }
        })
        .await
    }

    /// The process.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Everything it printed; waits until it ends.
    pub async fn ends(mut self) -> (ExitStatus, Vec<String>) {
        let status = within_time(self.patience, "the function's end", exit(&mut self.child)).await;
        (status, self.printed().await)
    }

    /// Kills it, and returns everything it printed.
    pub async fn printed_until_killed(mut self) -> Vec<String> {
        self.child.kill().unwrap();
        self.printed().await
    }

    async fn printed(&mut self) -> Vec<String> {
        self.child.wait().unwrap();
        self.printing.take().unwrap().await.unwrap();
        self.printed.lock().unwrap().clone()
    }
}

impl Drop for RunningFunction {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

async fn exit(child: &mut Child) -> ExitStatus {
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return status;
        }
        tokio::time::sleep(POLL_INTERVAL).await;
    }
}

async fn next_event(State(events): State<Arc<Events>>) -> impl IntoResponse {
    events.ready.send_if_modified(|ready| ready.replace(ready.unwrap_or_else(Instant::now)).is_none());
    let Some((number, event)) = events.next.lock().await.recv().await else {
        // The test is over; the function waits until it is killed.
        return std::future::pending().await;
    };
    let deadline = Utc::now() + *events.time_limit.lock().unwrap();
    let headers = [
        ("lambda-runtime-aws-request-id", format!("request-{number}")),
        ("lambda-runtime-deadline-ms", deadline.timestamp_millis().to_string()),
        ("lambda-runtime-invoked-function-arn", "arn:aws:lambda:us-east-1:1:function:f".to_owned()),
        ("lambda-runtime-trace-id", format!("Root=trace-{number};Sampled=0")),
    ];
    let headers: HeaderMap = headers
        .into_iter()
        .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()))
        .collect::<HeaderMap>();
    *events.delivered.lock().unwrap() = Some(Instant::now());
    (headers, Json(event))
}

async fn end(
    State(events): State<Arc<Events>>,
    UrlPath((_, outcome)): UrlPath<(String, String)>,
    body: Bytes,
) -> StatusCode {
    let ended = Instant::now();
    let delivered = events.delivered.lock().unwrap().take().expect("it answers with the id of its event");
    let body = serde_json::from_slice(&body).unwrap();
    let invoked = match outcome.as_str() {
        "response" => Invoked::Answered(body),
        _ => Invoked::Failed(body),
    };
    let _ = events.ended.send((invoked, Times { delivered, ended }));
    StatusCode::ACCEPTED
}
