//! Dead letters, page by page from the index of records: the queue is never asked.

use shared::{
    TaskRecord,
    ports::{Cursor, DeliverySwitch, PortError, TaskQueue, TaskRecords},
};

use crate::{Filter, Operations, operations::PAGE};

/// Some dead letters, by rising first sequence number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadLetterPage {
    /// The dead letters.
    pub dead_letters: Vec<TaskRecord>,
    /// Where to go on behind the last; absent when there are no more. What follows may turn out to be nothing.
    pub next: Option<Cursor>,
}

impl<R: TaskRecords, Q: TaskQueue, L: DeliverySwitch> Operations<R, Q, L> {
    /// Up to `limit` dead letters, at least one, behind `after`. Reads as many records as it takes to find them, no more.
    ///
    /// # Errors
    /// [`PortError`] when the records can't be asked, or did not give the cursor.
    pub async fn dead_letters(
        &self,
        filter: &Filter,
        after: Option<Cursor>,
        limit: usize,
    ) -> Result<DeadLetterPage, PortError> {
        let limit = limit.max(1);
        let mut found = DeadLetterPage { dead_letters: Vec::new(), next: after };
        let mut size = at_most_a_page(limit);
        loop {
            let page = self.records.needing_attention(found.next.as_ref(), size).await?;
            let enough = until_full(&page.records, filter, limit - found.dead_letters.len());
            if enough < page.records.len() {
                // Only the store gives cursors: asked for no more than this, it gives the one behind the last dead letter.
                size = at_most_a_page(enough);
                continue;
            }
            found.dead_letters.extend(page.records.into_iter().filter(|record| filter.admits(record)));
            found.next = page.next;
            if found.dead_letters.len() == limit || found.next.is_none() {
                return Ok(found);
            }
            size = PAGE;
        }
    }
}

/// How many of the records hold `room` dead letters; all when they hold no more than that.
fn until_full(records: &[TaskRecord], filter: &Filter, room: usize) -> usize {
    let mut admitted = records.iter().enumerate().filter(|(_, record)| filter.admits(record));
    admitted.nth(room - 1).map_or(records.len(), |(index, _)| index + 1)
}

fn at_most_a_page(records: usize) -> u32 {
    u32::try_from(records).unwrap_or(PAGE).min(PAGE)
}

#[cfg(test)]
mod tests {
    use shared::Status;

    use super::*;
    use crate::fixture::record;

    #[test]
    fn records_are_read_until_there_is_no_room_for_another_dead_letter() {
        let statuses = [Status::Held, Status::DeadLettered, Status::Held, Status::DeadLettered, Status::Held];
        let records: Vec<_> = statuses.into_iter().map(|status| record(status, 1)).collect();
        let until = |room| until_full(&records, &Filter::default(), room);
        assert_eq!((until(1), until(2)), (2, 4));
        assert_eq!(until(3), 5, "all of them, for they hold no third");
    }

    #[test]
    fn no_more_is_asked_for_than_a_page() {
        assert_eq!([2, 500, 501, usize::MAX].map(at_most_a_page), [2, PAGE, PAGE, PAGE]);
    }
}
