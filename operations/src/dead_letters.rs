//! Lists dead letters, page by page, from the index of the records. The queue is never read.

use shared::{
    TaskRecord,
    ports::{Cursor, DeliverySwitch, PortError, TaskQueue, TaskRecords},
};

use crate::{Filter, Operations, operations::PAGE};

/// A page of dead letters, by rising first sequence number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadLetterPage {
    pub dead_letters: Vec<TaskRecord>,
    /// The cursor after the last one; absent if there are no more. The next page may be empty.
    pub next: Option<Cursor>,
}

impl<R: TaskRecords, Q: TaskQueue, L: DeliverySwitch> Operations<R, Q, L> {
    /// At most `limit` dead letters after the cursor `after`; a limit of 0 counts as 1. Reads only as many records as that needs.
    ///
    /// # Errors
    /// [`PortError`] if the records can't be read, or the cursor is not theirs.
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
                // Only the store creates cursors: a read of exactly this many records returns the one after the last dead letter.
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

/// How many of the records it takes to fill `free` places with dead letters; all if there are fewer.
fn until_full(records: &[TaskRecord], filter: &Filter, free: usize) -> usize {
    let mut admitted = records.iter().enumerate().filter(|(_, record)| filter.admits(record));
    admitted.nth(free - 1).map_or(records.len(), |(index, _)| index + 1)
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
    fn records_are_read_until_the_page_is_full() {
        let statuses = [Status::Held, Status::DeadLettered, Status::Held, Status::DeadLettered, Status::Held];
        let records: Vec<_> = statuses.into_iter().map(|status| record(status, 1)).collect();
        let until = |free| until_full(&records, &Filter::default(), free);
        assert_eq!((until(1), until(2)), (2, 4));
        assert_eq!(until(3), 5, "all, as there is no third dead letter");
    }

    #[test]
    fn at_most_a_page_is_read_at_once() {
        assert_eq!([2, 500, 501, usize::MAX].map(at_most_a_page), [2, PAGE, PAGE, PAGE]);
    }
}
