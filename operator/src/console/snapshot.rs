//! The state of the pipeline, read once for all pages, and only while a page asks for it.

use std::{sync::Arc, time::Duration};

use operations::head_of;
use shared::{
    AuditAction, AuditEntry, Status, TaskRecord,
    ports::{DeliverySwitch, LineStatus, PortError},
};
use tokio::{
    sync::Mutex,
    time::{Instant, sleep_until},
};

use crate::target::PipelineOperations;

use super::last_hour::{LastHour, Minute};

/// The pause after a snapshot, as a multiple of the time that it took. With very many tasks that need attention, a snapshot takes
/// long and is taken less often.
const PAUSE_FACTOR: u32 = 10;

/// The pipeline at one moment.
#[derive(Debug, Clone, PartialEq)]
pub struct Snapshot {
    pub line: LineStatus,
    /// The change that paused the line, if it is paused and the change is stored.
    pub pause: Option<AuditEntry>,
    /// The tasks that need attention, by rising first sequence number.
    pub needing_attention: Vec<TaskRecord>,
    /// The last sixty minutes, oldest first.
    pub last_hour: Vec<Minute>,
}

impl Snapshot {
    /// The tasks that were given up, including those whose redrive is under way.
    pub fn dead_letters(&self) -> impl Iterator<Item = &TaskRecord> {
        self.needing_attention.iter().filter(|record| record.status != Status::Held)
    }

    /// The task at the head of the line, if it is known.
    pub fn head(&self) -> Option<&TaskRecord> {
        head_of(&self.line, self.held().next())
    }

    /// The tasks that hold the line.
    pub fn held(&self) -> impl Iterator<Item = &TaskRecord> {
        self.needing_attention.iter().filter(|record| record.status == Status::Held)
    }
}

/// A snapshot and its number, which rises when the state has changed.
#[derive(Clone)]
pub struct NumberedSnapshot {
    pub number: u64,
    pub snapshot: Arc<Snapshot>,
    expires_at: Instant,
}

/// The snapshot that all pages share.
pub struct SnapshotCache {
    operations: Arc<PipelineOperations>,
    last: Mutex<(LastHour, Option<NumberedSnapshot>)>,
}

impl SnapshotCache {
    pub fn new(operations: Arc<PipelineOperations>) -> Self {
        Self { operations, last: Mutex::default() }
    }

    /// The last snapshot, or a new one if that has expired.
    ///
    /// # Errors
    /// [`PortError`] if the pipeline does not answer.
    pub async fn latest(&self) -> Result<NumberedSnapshot, PortError> {
        let mut last = self.last.lock().await;
        let (last_hour, latest) = &mut *last;
        if let Some(latest) = latest.as_ref().filter(|latest| Instant::now() < latest.expires_at) {
            return Ok(latest.clone());
        }
        let begun = Instant::now();
        let snapshot = self.take(last_hour).await?;
        let took: Duration = begun.elapsed();
        let expires_at = Instant::now() + self.operations.poll_interval.max(took * PAUSE_FACTOR);
        let newer = match latest.take() {
            Some(same) if *same.snapshot == snapshot => NumberedSnapshot { expires_at, ..same },
            other => {
                let number = other.map_or(1, |other| other.number + 1);
                NumberedSnapshot { number, snapshot: Arc::new(snapshot), expires_at }
            }
        };
        *latest = Some(newer.clone());
        Ok(newer)
    }

    /// Waits for a snapshot with another number than `known`, at most until `until`.
    ///
    /// # Errors
    /// [`PortError`] if the pipeline does not answer.
    pub async fn newer_than(&self, known: u64, until: Instant) -> Result<NumberedSnapshot, PortError> {
        loop {
            let latest = self.latest().await?;
            if latest.number != known || Instant::now() >= until {
                return Ok(latest);
            }
            sleep_until(latest.expires_at.min(until)).await;
        }
    }

    /// Expires the snapshot after a change.
    pub async fn expire(&self) {
        if let (_, Some(latest)) = &mut *self.last.lock().await {
            latest.expires_at = Instant::now();
        }
    }

    async fn take(&self, last_hour: &mut LastHour) -> Result<Snapshot, PortError> {
        let operations = &self.operations;
        let line = operations.line.status().await?;
        let pause = self.pause(&line).await?;
        let needing_attention = operations.needing_attention(usize::MAX, |_| true).await?;
        let now = operations.clock.now();
        let throughput = operations.line.throughput(last_hour.incomplete_since(now)).await?;
        last_hour.note(throughput, &needing_attention, now);
        let last_hour = last_hour.minutes(now);
        // The figure and the end of the plot must be the same.
        let completed_last_minute = last_hour.last().and_then(|minute| minute.completed);
        Ok(Snapshot {
            line: LineStatus { completed_last_minute, ..line },
            pause,
            needing_attention,
            last_hour,
        })
    }

    async fn pause(&self, line: &LineStatus) -> Result<Option<AuditEntry>, PortError> {
        let changes = if line.paused { self.operations.line.changes().await? } else { None };
        let last = changes.and_then(|mut changes| changes.pop());
        Ok(last.filter(|change| change.action == AuditAction::PauseLine))
    }
}
