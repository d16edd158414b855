//! Faults between HTTP and the store: a step that fails, whose answer is lost, or at which the process dies.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use futures_util::future::BoxFuture;
use shared::{
    Delivery, Receipt, SequenceNumber, TaskId, TaskRecord, Timestamp,
    ports::{
        Change, Cursor, Departures, Depth, Expected, NumberedPage, NumberedRecord, Page, PortError,
        TaskQueue, TaskRecords, Visibility, Written,
    },
};
use tokio::{sync::Notify, time::sleep};

/// A call of the API, a processor or their caller to a port.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Step {
    WriteRecord,
    FindRecord,
    Enqueue,
    Receive,
    Delete,
    ChangeVisibility,
    SendDeadLetter,
}

/// What happens at a step.
pub enum Fault {
    /// It fails and changes nothing.
    FailBefore,
    /// It takes effect and its answer is lost.
    FailAfter,
    /// The process dies before it.
    CrashBefore,
    /// The process dies after it.
    CrashAfter,
    /// Something else happens before it.
    Before(BoxFuture<'static, ()>),
    /// Something else happens between its effect and its answer.
    After(BoxFuture<'static, ()>),
}

/// The faults planned for one pipeline. Clones share them.
#[derive(Clone, Default)]
pub struct Faults(Arc<Inner>);

#[derive(Default)]
struct Inner {
    plan: Mutex<Plan>,
    crashed: Notify,
}

#[derive(Default)]
struct Plan {
    steps: Vec<Step>,
    planned: Vec<Planned>,
    outages: HashMap<Step, Outage>,
    latency: Option<Duration>,
    hides_changes: bool,
}

struct Planned {
    /// Any step, if absent.
    step: Option<Step>,
    /// 1 is the next.
    countdown: usize,
    fault: Fault,
}

/// The error of a dependency that is out of order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outage {
    NothingGetsThrough,
    AnswersAreLost,
}

impl Faults {
    /// The `nth` step of this kind from now meets this fault.
    pub fn at(&self, step: Step, nth: usize, fault: Fault) {
        self.plan(Some(step), nth, fault);
    }

    /// The `nth` step of any kind from now meets this fault.
    pub fn at_any(&self, nth: usize, fault: Fault) {
        self.plan(None, nth, fault);
    }

    fn plan(&self, step: Option<Step>, countdown: usize, fault: Fault) {
        self.0.plan.lock().unwrap().planned.push(Planned { step, countdown, fault });
    }

    /// From now on every step of this kind fails.
    pub fn outage(&self, step: Step, outage: Outage) {
        self.0.plan.lock().unwrap().outages.insert(step, outage);
    }

    /// From now on every step takes this long on tokio's clock, which a test pauses: the time of a request then shows
    /// how many steps it took one after another.
    pub fn latency(&self, latency: Duration) {
        self.0.plan.lock().unwrap().latency = Some(latency);
    }

    /// From now on the store reports no change of a record, as DynamoDB reports none.
    pub fn hide_changes(&self) {
        self.0.plan.lock().unwrap().hides_changes = true;
    }

    /// Everything works again, and no fault is planned.
    pub fn none(&self) {
        let mut plan = self.0.plan.lock().unwrap();
        plan.outages.clear();
        plan.planned.clear();
    }

    /// Whether some planned fault has not been met yet.
    pub fn is_waiting(&self) -> bool {
        !self.0.plan.lock().unwrap().planned.is_empty()
    }

    /// The steps taken so far.
    pub fn steps(&self) -> Vec<Step> {
        self.0.plan.lock().unwrap().steps.clone()
    }

    /// Does the work until it ends or dies at a planned crash; after that nothing of it runs.
    pub async fn until_crash<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        tokio::select! {
            biased;
            done = work => Some(done),
            () = self.0.crashed.notified() => None,
        }
    }

    async fn around<T>(
        &self,
        step: Step,
        effect: impl Future<Output = Result<T, PortError>> + Send,
    ) -> Result<T, PortError> {
        let latency = self.0.plan.lock().unwrap().latency;
        if let Some(latency) = latency {
            sleep(latency).await;
        }
        match self.next(step) {
            None => effect.await,
            Some(Fault::FailBefore) => Err(outage()),
            Some(Fault::FailAfter) => effect.await.and(Err(outage())),
            Some(Fault::CrashBefore) => self.crash().await,
            Some(Fault::CrashAfter) => {
                effect.await?;
                self.crash().await
            }
            Some(Fault::Before(hook)) => {
                hook.await;
                effect.await
            }
            Some(Fault::After(hook)) => {
                let answer = effect.await;
                hook.await;
                answer
            }
        }
    }

    fn next(&self, step: Step) -> Option<Fault> {
        let mut plan = self.0.plan.lock().unwrap();
        plan.steps.push(step);
        let mut met = None;
        for (index, planned) in plan.planned.iter_mut().enumerate() {
            if planned.step.is_none_or(|meant| meant == step) {
                planned.countdown -= 1;
                if planned.countdown == 0 && met.is_none() {
                    met = Some(index);
                }
            }
        }
        if let Some(index) = met {
            return Some(plan.planned.remove(index).fault);
        }
        plan.outages.get(&step).map(|outage| match outage {
            Outage::NothingGetsThrough => Fault::FailBefore,
            Outage::AnswersAreLost => Fault::FailAfter,
        })
    }

    async fn crash<T>(&self) -> T {
        self.0.crashed.notify_one();
        std::future::pending().await
    }
}

fn outage() -> PortError {
    PortError::unavailable("the world", "a planned fault")
}

/// Records with faults.
#[derive(Clone)]
pub struct FaultyRecords<R> {
    pub inner: R,
    pub faults: Faults,
}

impl<R: TaskRecords> TaskRecords for FaultyRecords<R> {
    async fn write(&self, record: &TaskRecord, expected: Expected) -> Result<Written, PortError> {
        let effect = self.inner.write(record, expected);
        self.faults.around(Step::WriteRecord, effect).await
    }

    async fn find(&self, task_id: TaskId) -> Result<Option<TaskRecord>, PortError> {
        self.faults.around(Step::FindRecord, self.inner.find(task_id)).await
    }

    fn is_expired(&self, record: &TaskRecord, now: Timestamp) -> bool {
        self.inner.is_expired(record, now)
    }

    fn next_change(&self, task_id: TaskId) -> Option<Change> {
        let is_hidden = self.faults.0.plan.lock().unwrap().hides_changes;
        self.inner.next_change(task_id).filter(|_| !is_hidden)
    }

    async fn needing_attention(&self, after: Option<&Cursor>, limit: u32) -> Result<Page, PortError> {
        self.inner.needing_attention(after, limit).await
    }

    async fn all(&self, after: Option<&Cursor>, limit: u32) -> Result<Page, PortError> {
        self.inner.all(after, limit).await
    }
}

impl<R: Departures> Departures for FaultyRecords<R> {
    async fn departures(&self) -> Result<Option<u64>, PortError> {
        self.inner.departures().await
    }

    async fn all_numbered(&self, after: Option<&Cursor>, limit: u32) -> Result<NumberedPage, PortError> {
        self.inner.all_numbered(after, limit).await
    }

    async fn find_numbered(&self, task_id: TaskId) -> Result<Option<NumberedRecord>, PortError> {
        self.inner.find_numbered(task_id).await
    }
}

/// A queue with faults.
#[derive(Clone)]
pub struct FaultyQueue<Q> {
    pub inner: Q,
    pub faults: Faults,
    /// The name of an enqueue, which distinguishes the line from the dead-letter queue.
    pub enqueue: Step,
}

impl<Q: TaskQueue> TaskQueue for FaultyQueue<Q> {
    async fn enqueue(&self, body: &str, dedupe_id: &str) -> Result<SequenceNumber, PortError> {
        self.faults.around(self.enqueue, self.inner.enqueue(body, dedupe_id)).await
    }

    async fn receive(&self, max: u32, wait_seconds: u32) -> Result<Vec<Delivery>, PortError> {
        self.faults.around(Step::Receive, self.inner.receive(max, wait_seconds)).await
    }

    async fn delete(&self, receipt: &Receipt) -> Result<(), PortError> {
        self.faults.around(Step::Delete, self.inner.delete(receipt)).await
    }

    async fn change_visibility(&self, receipt: &Receipt, seconds: u32) -> Result<Visibility, PortError> {
        let effect = self.inner.change_visibility(receipt, seconds);
        self.faults.around(Step::ChangeVisibility, effect).await
    }

    async fn depth(&self) -> Result<Depth, PortError> {
        self.inner.depth().await
    }
}
