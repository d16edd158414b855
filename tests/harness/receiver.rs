//! A webhook's receiver with scripted answers, which keeps its calls in a file.

use std::{
    collections::HashMap,
    fs::File,
    io::Write,
    path::PathBuf,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

use axum::{
    Router,
    body::Bytes,
    extract::Path,
    http::{HeaderMap, StatusCode},
    routing::post,
};
use chrono::Utc;
use serde_json::Value;
use tempfile::TempDir;
use tokio::sync::watch;

use crate::taskline::Taskline;

/// One call, as the file keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// Which start of the process sent it.
    pub life: u64,
    pub task_id: String,
    pub attempt: u64,
    pub title: String,
}

/// How far a timestamp may be from the receiver's own time: five minutes, as in the libraries of Standard Webhooks.
const TOLERANCE_SECONDS: i64 = 300;

/// The answers to a title: to its first call, and to all others.
#[derive(Default)]
struct Answers {
    first: HashMap<String, StatusCode>,
    others: HashMap<String, StatusCode>,
    /// The version that it reports.
    version: Option<String>,
}

impl Answers {
    fn next(&mut self, title: &str) -> StatusCode {
        let first = self.first.remove(title);
        first.or(self.others.get(title).copied()).unwrap_or(StatusCode::NO_CONTENT)
    }

    fn headers(&self) -> HeaderMap {
        let version = self.version.iter().map(|version| version.parse().unwrap());
        version.map(|version| ("taskline-handler-version".parse().unwrap(), version)).collect()
    }
}

type Observer = Box<dyn Fn(&str) + Send>;

pub struct Receiver {
    folder: TempDir,
    url: String,
    answers: Arc<Mutex<Answers>>,
    observer: Arc<Mutex<Option<Observer>>>,
    checks_timestamps: Arc<AtomicBool>,
    life: AtomicU64,
    calls: watch::Receiver<u64>,
}

impl Receiver {
    pub async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let answers: Arc<Mutex<Answers>> = Arc::default();
        let (counted, calls) = watch::channel(0);
        let file = Arc::new(Mutex::new(File::create(folder.path().join("calls")).unwrap()));
        let scripted = Arc::clone(&answers);
        let observer: Arc<Mutex<Option<Observer>>> = Arc::default();
        let observes = Arc::clone(&observer);
        let checks_timestamps: Arc<AtomicBool> = Arc::default();
        let is_strict = Arc::clone(&checks_timestamps);
        let receive = move |Path(life): Path<u64>, headers: HeaderMap, body: Bytes| {
            let call: Value = serde_json::from_slice(&body).unwrap();
            let data = &call["data"];
            let title = data["title"].as_str().unwrap();
            let line = serde_json::json!([life, data["task_id"], data["attempt"], title]);
            writeln!(file.lock().unwrap(), "{line}").unwrap();
            // Before the call is counted, because a test that sees the count may then set the next answer.
            let answer = {
                let mut answers = scripted.lock().unwrap();
                let is_refused = is_strict.load(Ordering::Relaxed) && !is_of_now(&headers);
                let status = if is_refused { StatusCode::UNAUTHORIZED } else { answers.next(title) };
                (status, answers.headers())
            };
            counted.send_modify(|calls| *calls += 1);
            if let Some(observe) = observes.lock().unwrap().as_ref() {
                observe(title);
            }
            std::future::ready(answer)
        };
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let url = format!("http://{}/lives", listener.local_addr().unwrap());
        let router = Router::new().route("/lives/{life}", post(receive));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { folder, url, answers, observer, checks_timestamps, life: AtomicU64::new(0), calls }
    }

    /// A pipeline that delivers to this receiver.
    pub fn taskline(&self) -> Taskline {
        Taskline::new()
            .with("TASK_HANDLER", "webhook")
            .with("WEBHOOK_URL", self.url())
            .with("WEBHOOK_SECRET", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
            .with("NO_PROXY", "127.0.0.1")
            .with("RETRY_BASE_SECONDS", "1")
            .with("RETRY_MAX_SECONDS", "1")
            // A machine may be suspended as long as the defaults.
            .with("HANDLER_TIMEOUT_SECONDS", "600")
            .with("WEBHOOK_TIMEOUT_SECONDS", "600")
    }

    /// The URL for the current start of the process. A killed process can leave a call in transit, which is read later
    /// and still counts for that start.
    pub fn url(&self) -> String {
        format!("{}/{}", self.url, self.life.load(Ordering::Relaxed))
    }

    pub fn answer(&self, title: &str, status: StatusCode) {
        self.answers.lock().unwrap().others.insert(title.to_owned(), status);
    }

    pub fn answer_first(&self, title: &str, status: StatusCode) {
        self.answers.lock().unwrap().first.insert(title.to_owned(), status);
    }

    /// From now on a call with a timestamp that is not current is answered with 401.
    pub fn check_timestamps(&self) {
        self.checks_timestamps.store(true, Ordering::Relaxed);
    }

    /// Reports this version with every answer from now on.
    pub fn report_version(&self, version: &str) {
        self.answers.lock().unwrap().version = Some(version.to_owned());
    }

    /// Calls `observe` with the title of each call before that is answered.
    pub fn on_call(&self, observe: impl Fn(&str) + Send + 'static) {
        *self.observer.lock().unwrap() = Some(Box::new(observe));
    }

    /// The URL for the next start of the process.
    pub fn next_life(&self) -> String {
        self.life.fetch_add(1, Ordering::Relaxed);
        self.url()
    }

    /// Counts calls.
    pub fn counted(&self) -> watch::Receiver<u64> {
        self.calls.clone()
    }

    pub fn calls(&self) -> Vec<Call> {
        let file: PathBuf = self.folder.path().join("calls");
        let lines = std::fs::read_to_string(file).unwrap();
        let calls = lines.lines().map(|line| serde_json::from_str(line).unwrap());
        calls.map(|(life, task_id, attempt, title)| Call { life, task_id, attempt, title }).collect()
    }

    pub fn titles(&self) -> Vec<String> {
        self.calls().into_iter().map(|call| call.title).collect()
    }
}

fn is_of_now(headers: &HeaderMap) -> bool {
    let timestamp = headers["webhook-timestamp"].to_str().unwrap().parse::<i64>().unwrap();
    (Utc::now().timestamp() - timestamp).abs() <= TOLERANCE_SECONDS
}
