//! A proxy between a program and AWS: it forwards every call, and kills the program at a chosen one. So the killed
//! functions are the released binaries.

use std::{
    collections::HashMap,
    fmt, fs,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
};

use axum::{
    Router,
    body::{Bytes, to_bytes},
    extract::{Request, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use harness::forward;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use tokio::{net::TcpListener, sync::watch};

use crate::taskline::http;

/// Whether the program dies before the call reaches AWS, or after its effect and before its response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    Before,
    After,
}

/// A call: its operation, and which call of this operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Point {
    pub operation: &'static str,
    pub nth: u32,
    pub moment: Moment,
}

impl fmt::Display for Point {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let moment = if self.moment == Moment::Before { "before" } else { "after" };
        write!(formatter, "{moment}-{}-{}", self.operation, self.nth)
    }
}

/// A crash before and one after each of these calls.
pub fn points(calls: &[(&'static str, u32)]) -> Vec<Point> {
    let each = calls.iter().flat_map(|(operation, nth)| {
        [Moment::Before, Moment::After].map(|moment| Point { operation, nth: *nth, moment })
    });
    each.collect()
}

#[derive(Clone)]
pub struct KillProxy {
    pub url: String,
    inner: Arc<Inner>,
}

struct Inner {
    endpoint: String,
    client: reqwest::Client,
    plan: Mutex<Option<Planned>>,
    killed: watch::Sender<usize>,
    /// The last request of each operation.
    last: Mutex<HashMap<String, Bytes>>,
    /// Whether AWS is unavailable.
    is_cut: AtomicBool,
}

struct Planned {
    point: Point,
    seen: HashMap<String, u32>,
    kill: Arc<dyn Fn() + Send + Sync>,
}

impl KillProxy {
    pub async fn start(endpoint: &str) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let inner = Arc::new(Inner {
            endpoint: endpoint.to_owned(),
            client: http(),
            plan: Mutex::new(None),
            killed: watch::Sender::new(0),
            last: Mutex::default(),
            is_cut: AtomicBool::new(false),
        });
        let router = Router::new().fallback(pass).with_state(Arc::clone(&inner));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url, inner }
    }

    /// Counts calls from now on, and kills at the point.
    pub fn plan(&self, point: Point, kill: impl Fn() + Send + Sync + 'static) {
        *self.inner.plan.lock().unwrap() =
            Some(Planned { point, seen: HashMap::new(), kill: Arc::new(kill) });
    }

    /// Counts the kills.
    pub fn killed(&self) -> watch::Receiver<usize> {
        self.inner.killed.subscribe()
    }

    pub fn kills(&self) -> usize {
        *self.inner.killed.borrow()
    }

    /// Blocks all calls, or forwards them again.
    pub fn cut(&self, is_cut: bool) {
        self.inner.is_cut.store(is_cut, Ordering::Relaxed);
    }

    /// The last request of this operation.
    pub fn last(&self, operation: &str) -> Value {
        serde_json::from_slice(&self.inner.last.lock().unwrap()[operation]).unwrap()
    }
}

impl Inner {
    /// Counts this call, and returns the plan if the call is its point. A plan is executed once.
    fn reach(&self, operation: &str) -> Option<Planned> {
        let mut plan = self.plan.lock().unwrap();
        let planned = plan.as_mut()?;
        let seen = planned.seen.entry(operation.to_owned()).or_default();
        *seen += 1;
        let Point { operation: planned_operation, nth, .. } = planned.point;
        if (operation, *seen) == (planned_operation, nth) { plan.take() } else { None }
    }

    fn execute(&self, planned: &Planned) {
        (planned.kill)();
        self.killed.send_modify(|killed| *killed += 1);
    }

    async fn forward(&self, request: axum::http::request::Parts, body: Bytes) -> Response {
        forward(&self.client, &self.endpoint, request, body).await
    }
}

async fn pass(State(inner): State<Arc<Inner>>, request: Request) -> Response {
    let (request, body) = request.into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap_or_default();
    if inner.is_cut.load(Ordering::Relaxed) {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    }
    let target =
        request.headers.get("x-amz-target").and_then(|target| target.to_str().ok()).unwrap_or_default();
    let operation = target.rsplit('.').next().unwrap_or_default();
    inner.last.lock().unwrap().insert(operation.to_owned(), body.clone());
    let planned = inner.reach(operation);
    match planned {
        Some(planned) if planned.point.moment == Moment::Before => {
            inner.execute(&planned);
            StatusCode::BAD_GATEWAY.into_response()
        }
        Some(planned) => {
            let answer = inner.forward(request, body).await;
            inner.execute(&planned);
            answer
        }
        None => inner.forward(request, body).await,
    }
}

/// Sends SIGKILL to the process that runs the function.
pub fn kill_function(name: &str) {
    let name_variable = format!("AWS_LAMBDA_FUNCTION_NAME={name}\0");
    let processes =
        fs::read_dir("/proc").unwrap().filter_map(|entry| entry.unwrap().file_name().into_string().ok());
    let mut killed = 0;
    for pid in processes.filter_map(|name| name.parse().ok()).filter_map(Pid::from_raw) {
        let environment = fs::read(format!("/proc/{}/environ", pid.as_raw_nonzero())).unwrap_or_default();
        if environment.windows(name_variable.len()).any(|part| part == name_variable.as_bytes()) {
            kill(pid);
            killed += 1;
        }
    }
    assert!(killed > 0, "no process runs {name}");
}

pub fn kill(pid: Pid) {
    kill_process(pid, Signal::KILL).unwrap();
}
