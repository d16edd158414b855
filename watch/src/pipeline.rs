//! The parts of the pipeline that the watch reads. A run reads a bounded part of the index, whatever its size.

use std::{collections::HashSet, sync::Arc};

use aws::{DynamoDbTaskRecords, SqsTaskQueue};
use futures_util::future::OptionFuture;
use shared::{
    Status, TaskRecord, Timestamp,
    ports::{Clock, PortError, TaskQueue, TaskRecords},
};
use tokio::try_join;

use crate::{Attention, Canary, CanaryError, Observation};

/// The most records of a page; DynamoDB ends a page at one megabyte.
const PAGE: u32 = 1_000;
/// How many pages are read from the oldest end of the index. If there are more, one page is read from its newest end: at
/// most 4 MB in all, which cost 512 read units. A task that holds the line was accepted after most others, so it is at the
/// newest end. A page takes at most 5 s (`aws/src/configuration.rs`), and the stack's timeout for a run is 40 s.
const OLDEST_PAGES: u32 = 3;

/// The parts of a pipeline that the watch reads.
pub struct Pipeline {
    pub records: DynamoDbTaskRecords,
    pub line: SqsTaskQueue,
    pub dead_letter_queue: SqsTaskQueue,
    pub canary: Option<Canary>,
}

impl Pipeline {
    /// Reads all parts or fails: a partial observation would show the missing parts as healthy.
    pub async fn read(&self, now: Timestamp) -> Result<Observation, PortError> {
        let previous = OptionFuture::from(self.canary.map(async |canary| {
            let record = self.records.find(canary.previous(now)).await?;
            Ok::<Option<Status>, PortError>(record.map(|record| record.status))
        }));
        let previous = async { previous.await.transpose() };
        let (attention, tried_again, line, dead_letters, previous_canary) = try_join!(
            self.attention(),
            self.records.retrying(),
            self.line.depth(),
            self.dead_letter_queue.depth(),
            previous,
        )?;
        Ok(Observation { attention, tried_again, line, dead_letters, previous_canary })
    }

    /// Submits the canary task of the current interval, if it isn't submitted yet.
    pub async fn submit_canary(&self, clock: Arc<dyn Clock>) -> Result<(), CanaryError> {
        let Some(canary) = self.canary else { return Ok(()) };
        match self.records.find(canary.present(clock.now())).await.map_err(api::AcceptError::from)? {
            Some(_) => Ok(()),
            None => canary.submit(self.records.clone(), self.line.clone(), clock).await,
        }
    }

    async fn attention(&self) -> Result<Attention, PortError> {
        let mut attention = Attention::default();
        let mut after = None;
        for _ in 0..OLDEST_PAGES {
            let page = self.records.needing_attention(after.as_ref(), PAGE).await?;
            attention.records.extend(page.records);
            after = page.next;
            if after.is_none() {
                attention.is_complete = true;
                return Ok(attention);
            }
        }
        add_new(&mut attention.records, self.records.newest_needing_attention(PAGE).await?);
        Ok(attention)
    }
}

/// The two ends of the index can overlap.
fn add_new(records: &mut Vec<TaskRecord>, newest: Vec<TaskRecord>) {
    let known: HashSet<_> = records.iter().map(|record| record.task_id).collect();
    records.extend(newest.into_iter().filter(|record| !known.contains(&record.task_id)));
}
