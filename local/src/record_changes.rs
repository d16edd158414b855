//! Tells those who wait for a task that its record has changed.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use shared::TaskId;
use tokio::sync::watch;

/// The tasks that someone waits for. A change wakes only those who wait for its task.
#[derive(Default)]
pub(crate) struct RecordChanges(Mutex<HashMap<TaskId, watch::Sender<()>>>);

/// The next change of one record.
pub(crate) struct NextChange {
    all: Arc<RecordChanges>,
    task_id: TaskId,
    /// None only while it is dropped.
    receiver: Option<watch::Receiver<()>>,
}

impl RecordChanges {
    fn lock(&self) -> MutexGuard<'_, HashMap<TaskId, watch::Sender<()>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The first change after this call.
    pub fn next(self: &Arc<Self>, task_id: TaskId) -> NextChange {
        let receiver = self.lock().entry(task_id).or_default().subscribe();
        NextChange { all: Arc::clone(self), task_id, receiver: Some(receiver) }
    }

    /// The record of this task was written.
    pub fn note(&self, task_id: TaskId) {
        if let Some(sender) = self.lock().get(&task_id) {
            sender.send_replace(());
        }
    }
}

impl NextChange {
    /// Resolves once the record has changed.
    pub async fn arrived(mut self) {
        if let Some(receiver) = &mut self.receiver {
            // The sender lives as long as its last receiver.
            let _ = receiver.changed().await;
        }
    }
}

impl Drop for NextChange {
    fn drop(&mut self) {
        let mut all = self.all.lock();
        drop(self.receiver.take());
        if all.get(&self.task_id).is_some_and(|sender| sender.receiver_count() == 0) {
            all.remove(&self.task_id);
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    #[test]
    fn a_change_wakes_all_who_wait_for_its_task_and_nobody_else() {
        let changes: Arc<RecordChanges> = Arc::default();
        let [one, other] = ["1", "2"].map(TaskId::of_undecodable_body);
        changes.note(one);
        let mut waiting = [one, one, other].map(|id| Box::pin(changes.next(id).arrived()));
        assert!(waiting.iter_mut().all(|it| it.now_or_never().is_none()), "the change was before");
        changes.note(one);
        let woken: Vec<_> = waiting.iter_mut().map(|it| it.now_or_never().is_some()).collect();
        assert_eq!(woken, [true, true, false]);
    }

    #[test]
    fn a_change_between_the_call_and_the_wait_is_not_missed() {
        let changes: Arc<RecordChanges> = Arc::default();
        let next = changes.next(TaskId::of_undecodable_body("1"));
        changes.note(TaskId::of_undecodable_body("1"));
        assert!(next.arrived().now_or_never().is_some());
    }

    #[test]
    fn nothing_is_kept_for_a_task_that_nobody_waits_for() {
        let changes: Arc<RecordChanges> = Arc::default();
        let id = TaskId::of_undecodable_body("1");
        let (first, second) = (changes.next(id), changes.next(id));
        drop(first);
        assert_eq!(changes.lock().len(), 1);
        drop(second.arrived());
        assert_eq!(changes.lock().len(), 0);
    }
}
