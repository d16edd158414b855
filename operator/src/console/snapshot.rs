//! snapshot: how the pipeline stands, seen once for all pages, and only while one of them asks.

use operations::head_of;
use std::{sync::Arc, time::Duration};

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

/// A look that takes long, since very many tasks need attention, is taken as much more rarely: at the most this part of
/// the time is spent on looking.
const PAUSE_PER_LOOK: u32 = 10;

/// The pipeline at one moment.
#[derive(Debug, Clone, PartialEq)]
pub struct Snapshot {
    /// The line.
    pub line: LineStatus,
    /// Who paused the line, if it is paused and that is known.
    pub pause: Option<AuditEntry>,
    /// The tasks that need attention, by rising first sequence number.
    pub needing_attention: Vec<TaskRecord>,
    /// The last sixty minutes, oldest first.
    pub hour: Vec<Minute>,
}

impl Snapshot {
    /// Those that were given up, also those whose redrive is under way.
    pub fn dead_letters(&self) -> impl Iterator<Item = &TaskRecord> {
        self.needing_attention.iter().filter(|record| record.status != Status::Held)
    }

    /// The task at the head of the line, where that is told.
    pub fn head(&self) -> Option<&TaskRecord> {
        head_of(&self.line, self.held().next())
    }

    /// Those at which the line stands still.
    pub fn held(&self) -> impl Iterator<Item = &TaskRecord> {
        self.needing_attention.iter().filter(|record| record.status == Status::Held)
    }
}

/// A look and which one it is: the number rises when what is seen has changed.
#[derive(Clone)]
pub struct NumberedSnapshot {
    pub number: u64,
    pub snapshot: Arc<Snapshot>,
    again_at: Instant,
}

/// Looks for all pages.
pub struct SnapshotCache {
    operations: Arc<PipelineOperations>,
    last: Mutex<(LastHour, Option<NumberedSnapshot>)>,
}

impl SnapshotCache {
    /// Has not looked yet.
    pub fn new(operations: Arc<PipelineOperations>) -> Self {
        Self { operations, last: Mutex::default() }
    }

    /// The last snapshot, or a new one when that is due.
    ///
    /// # Errors
    /// [`PortError`] when the pipeline does not answer.
    pub async fn latest(&self) -> Result<NumberedSnapshot, PortError> {
        let mut last = self.last.lock().await;
        let (hour, seen) = &mut *last;
        if let Some(seen) = seen.as_ref().filter(|seen| Instant::now() < seen.again_at) {
            return Ok(seen.clone());
        }
        let begun = Instant::now();
        let snapshot = self.take(hour).await?;
        let took: Duration = begun.elapsed();
        let again_at = Instant::now() + self.operations.poll_interval.max(took * PAUSE_PER_LOOK);
        let newer = match seen.take() {
            Some(same) if *same.snapshot == snapshot => NumberedSnapshot { again_at, ..same },
            other => {
                let number = other.map_or(1, |other| other.number + 1);
                NumberedSnapshot { number, snapshot: Arc::new(snapshot), again_at }
            }
        };
        *seen = Some(newer.clone());
        Ok(newer)
    }

    /// The first look that is not the `known` one; or that one still, at `until`.
    ///
    /// # Errors
    /// [`PortError`] when the pipeline does not answer.
    pub async fn newer_than(&self, known: u64, until: Instant) -> Result<NumberedSnapshot, PortError> {
        loop {
            let seen = self.latest().await?;
            if seen.number != known || Instant::now() >= until {
                return Ok(seen);
            }
            sleep_until(seen.again_at.min(until)).await;
        }
    }

    /// Makes the next look due: something was changed from here.
    pub async fn expire(&self) {
        if let (_, Some(seen)) = &mut *self.last.lock().await {
            seen.again_at = Instant::now();
        }
    }

    async fn take(&self, hour: &mut LastHour) -> Result<Snapshot, PortError> {
        let operations = &self.operations;
        let line = operations.line.status().await?;
        let pause = self.pause(&line).await?;
        let needing_attention = operations.needing_attention(usize::MAX, |_| true).await?;
        let now = operations.clock.now();
        hour.note(operations.line.throughput(hour.unsettled_since(now)).await?, &needing_attention, now);
        let hour = hour.minutes(now);
        // Counted once: the figure and the plot's end are the same.
        let completed_last_minute = hour.last().and_then(|minute| minute.completed);
        Ok(Snapshot { line: LineStatus { completed_last_minute, ..line }, pause, needing_attention, hour })
    }

    async fn pause(&self, line: &LineStatus) -> Result<Option<AuditEntry>, PortError> {
        let changes = if line.paused { self.operations.line.changes().await? } else { None };
        let last = changes.and_then(|mut changes| changes.pop());
        Ok(last.filter(|change| change.action == AuditAction::PauseLine))
    }
}
