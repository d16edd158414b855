//! A scripted handler that records its calls.

use std::{
    collections::{HashMap, VecDeque},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
    thread,
    time::Duration,
};

use futures_util::{FutureExt, future::BoxFuture};
use processor::{Completed, Handler, HandlerFailure, Run};
use shared::{DroppedResult, Json, TaskId, Timestamp, TraceContext};
use tokio_util::sync::CancellationToken;

use crate::Gate;

/// How one call ends.
#[derive(Debug, Clone)]
pub enum Outcome {
    Succeed,
    /// Successfully, with this JSON as the result.
    Return(&'static str),
    /// Successfully, with a result that can't be kept.
    Drop(DroppedResult),
    /// With this code.
    Transient(&'static str),
    /// With this code, asking for a wait.
    TransientAfter(&'static str, Duration),
    /// With this code.
    Unavailable(&'static str),
    /// With this code, asking for a wait.
    UnavailableAfter(&'static str, Duration),
    /// With this code.
    Permanent(&'static str),
    Panic,
    /// Never.
    NeverEnd,
    /// Successfully, once the gate is open.
    Wait(Gate),
    /// With this code, once it is cancelled.
    StopWhenCancelled(&'static str),
}

/// One call of the handler.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    pub task_id: TaskId,
    pub attempt: u32,
    pub title: String,
    pub description: String,
    pub deadline: Timestamp,
    pub trace: Option<TraceContext>,
}

/// Succeeds, unless outcomes are left for a title. Clones are the same handler.
#[derive(Clone, Default)]
pub struct ScriptedHandler(Arc<Inner>);

#[derive(Default)]
struct Inner {
    scripts: Mutex<HashMap<String, VecDeque<Outcome>>>,
    calls: Mutex<Vec<Call>>,
    cancellations: Mutex<Vec<CancellationToken>>,
    is_unavailable: AtomicBool,
    running: AtomicU32,
    overlapped: AtomicBool,
}

impl ScriptedHandler {
    /// The next calls for tasks of this title end with these outcomes, one per call; later ones succeed.
    pub fn on(&self, title: &str, outcomes: impl IntoIterator<Item = Outcome>) {
        let mut scripts = self.0.scripts.lock().unwrap();
        scripts.entry(title.to_owned()).or_default().extend(outcomes);
    }

    /// Whether each call from now on ends as unavailable, whatever its title.
    pub fn set_unavailable(&self, is_unavailable: bool) {
        self.0.is_unavailable.store(is_unavailable, Ordering::SeqCst);
    }

    /// All calls so far, in order.
    pub fn calls(&self) -> Vec<Call> {
        self.0.calls.lock().unwrap().clone()
    }

    /// Their titles.
    pub fn titles(&self) -> Vec<String> {
        self.calls().into_iter().map(|call| call.title).collect()
    }

    /// Their tasks.
    pub fn task_ids(&self) -> Vec<TaskId> {
        self.calls().into_iter().map(|call| call.task_id).collect()
    }

    /// The attempt numbers of the calls for one task.
    pub fn attempts(&self, task_id: TaskId) -> Vec<u32> {
        let calls = self.calls().into_iter();
        calls.filter(|call| call.task_id == task_id).map(|call| call.attempt).collect()
    }

    /// Whether the cancellation token of the last call was cancelled.
    pub fn last_is_cancelled(&self) -> bool {
        let cancellations = self.0.cancellations.lock().unwrap();
        cancellations.last().unwrap().is_cancelled()
    }
}

impl Handler for ScriptedHandler {
    fn handle(&self, run: Run) -> BoxFuture<'_, processor::Outcome> {
        async move {
            let _running = Running::begin(&self.0);
            let title = run.task.title().to_owned();
            let outcome = if self.0.is_unavailable.load(Ordering::SeqCst) {
                Some(Outcome::Unavailable("outage"))
            } else {
                let mut scripts = self.0.scripts.lock().unwrap();
                scripts.get_mut(&title).and_then(VecDeque::pop_front)
            };
            self.0.cancellations.lock().unwrap().push(run.cancellation.clone());
            self.0.calls.lock().unwrap().push(Call {
                task_id: run.task_id,
                attempt: run.attempt,
                title,
                description: run.task.description().to_owned(),
                deadline: run.deadline,
                trace: run.trace,
            });
            if let Some(Outcome::Drop(reason)) = outcome {
                run.report.dropped_result(reason);
            }
            end_as(outcome.unwrap_or(Outcome::Succeed), run.cancellation).await
        }
        .boxed()
    }
}

async fn end_as(outcome: Outcome, cancellation: CancellationToken) -> processor::Outcome {
    let transient = |code: &str, retry_after| HandlerFailure::Transient {
        code: code.to_owned(),
        message: format!("failed with {code}"),
        retry_after,
    };
    let unavailable = |code: &str, retry_after| HandlerFailure::Unavailable {
        code: code.to_owned(),
        message: format!("failed with {code}"),
        retry_after,
    };
    match outcome {
        Outcome::Succeed | Outcome::Drop(_) => Ok(Completed::default()),
        Outcome::Return(json) => Ok(Completed { result: Some(Json::parse(json, usize::MAX).unwrap()) }),
        Outcome::Transient(code) => Err(transient(code, None)),
        Outcome::TransientAfter(code, wait) => Err(transient(code, Some(wait))),
        Outcome::Unavailable(code) => Err(unavailable(code, None)),
        Outcome::UnavailableAfter(code, wait) => Err(unavailable(code, Some(wait))),
        Outcome::Permanent(code) => {
            Err(HandlerFailure::Permanent { code: code.to_owned(), message: format!("failed with {code}") })
        }
        Outcome::Panic => panic!("as scripted"),
        Outcome::NeverEnd => std::future::pending().await,
        Outcome::StopWhenCancelled(code) => {
            cancellation.cancelled().await;
            Err(transient(code, None))
        }
        Outcome::Wait(gate) => {
            gate.pass().await;
            Ok(Completed::default())
        }
    }
}

/// A call that has not ended; dropped, it has.
struct Running<'a> {
    inner: &'a Inner,
}

impl<'a> Running<'a> {
    fn begin(inner: &'a Inner) -> Self {
        if inner.running.fetch_add(1, Ordering::SeqCst) > 0 {
            inner.overlapped.store(true, Ordering::SeqCst);
        }
        Self { inner }
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.inner.running.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        let overlapped = self.overlapped.load(Ordering::SeqCst);
        assert!(!overlapped || thread::panicking(), "two tasks were handled at once");
    }
}
