//! Reads many records, page by page.

use std::ops::ControlFlow;

use shared::{
    TaskRecord,
    ports::{DeliverySwitch, PortError, TaskQueue, TaskRecords},
};

use crate::{Operations, operations::PAGE};

impl<R: TaskRecords, Q: TaskQueue, L: DeliverySwitch> Operations<R, Q, L> {
    /// At most `limit` of the records that need attention and are `wanted`, by rising first sequence number.
    ///
    /// # Errors
    /// [`PortError`] if the records can't be read.
    pub async fn needing_attention(
        &self,
        limit: usize,
        wanted: impl Fn(&TaskRecord) -> bool,
    ) -> Result<Vec<TaskRecord>, PortError> {
        let mut found = Vec::new();
        self.each_needing_attention(|record| {
            found.extend(wanted(&record).then_some(record));
            if found.len() < limit { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        })
        .await?;
        Ok(found)
    }

    /// Calls `visit` with every record that needs attention, by rising first sequence number, until it breaks.
    pub(crate) async fn each_needing_attention(
        &self,
        mut visit: impl FnMut(TaskRecord) -> ControlFlow<()>,
    ) -> Result<(), PortError> {
        let mut after = None;
        loop {
            let page = self.records.needing_attention(after.as_ref(), PAGE).await?;
            let flow = page.records.into_iter().try_for_each(&mut visit);
            if flow.is_break() || page.next.is_none() {
                return Ok(());
            }
            after = page.next;
        }
    }

    /// Calls `visit` with every record.
    pub(crate) async fn each_record(&self, mut visit: impl FnMut(TaskRecord)) -> Result<(), PortError> {
        let mut after = None;
        loop {
            let page = self.records.all(after.as_ref(), PAGE).await?;
            page.records.into_iter().for_each(&mut visit);
            match page.next {
                Some(next) => after = Some(next),
                None => return Ok(()),
            }
        }
    }
}
