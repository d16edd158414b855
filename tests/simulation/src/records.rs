//! A DynamoDB table of task records, with an index that may lag.

use shared::{
    Status, TaskId, TaskRecord,
    ports::{
        Cursor, Departures, Expected, NumberedPage, NumberedRecord, Page, PortError, TaskRecords, Written,
    },
};

use crate::{
    call::call,
    plan::Fault,
    world::{SharedWorld, World},
};

const RECORDS: &str = "the task records";

/// The table as its callers see it.
#[derive(Clone)]
pub struct SimulatedRecords(pub SharedWorld);

impl World {
    fn put(&mut self, record: &TaskRecord, expected: Expected) -> Written {
        let present = self.records.get(&record.task_id).cloned();
        if present.as_ref() == Some(record) {
            return Written::Made;
        }
        if !expected.is_met_by(present.as_ref()) {
            return Written::Conflict(present.map(Box::new));
        }
        self.seen.wrote(record, present.as_ref(), self.now);
        self.has_its_result(record);
        if present.as_ref().is_some_and(|before| before.status == Status::Processing) {
            self.is_given_up(record);
        }
        let is_its_claim = record.attempt > present.as_ref().map_or(0, |record| record.attempt);
        if record.status == Status::Completed && is_its_claim {
            self.completes_at_once(record, present.as_ref());
        }
        self.records.insert(record.task_id, record.clone());
        if !self.strikes(Fault::StaleIndex, 3) {
            self.index = self.records.clone();
        }
        Written::Made
    }
}

fn page_after(records: Vec<&TaskRecord>, limit: u32, cursor: impl Fn(&TaskRecord) -> String) -> Page {
    let limit = usize::try_from(limit).unwrap_or(1);
    let page: Vec<_> = records.iter().take(limit).map(|record| (*record).clone()).collect();
    let next = (records.len() > limit).then(|| page.last().map(|record| Cursor(cursor(record)))).flatten();
    Page { records: page, next }
}

fn by_sequence_number(record: &TaskRecord) -> String {
    let sequence_number = record
        .first_sequence_number
        .map_or_else(String::new, |sequence_number| sequence_number.to_sortable());
    format!("{sequence_number}/{}", record.task_id)
}

fn by_id(record: &TaskRecord) -> String {
    record.task_id.to_string()
}

impl TaskRecords for SimulatedRecords {
    async fn write(&self, record: &TaskRecord, expected: Expected) -> Result<Written, PortError> {
        call(&self.0, RECORDS, |world| world.put(record, expected)).await
    }

    async fn find(&self, task_id: TaskId) -> Result<Option<TaskRecord>, PortError> {
        call(&self.0, RECORDS, |world| world.records.get(&task_id).cloned()).await
    }

    async fn needing_attention(&self, after: Option<&Cursor>, limit: u32) -> Result<Page, PortError> {
        call(&self.0, RECORDS, |world| {
            let mut found: Vec<_> = world
                .index
                .values()
                .filter(|record| record.status.needs_attention())
                .filter(|record| after.is_none_or(|after| by_sequence_number(record) > after.0))
                .collect();
            found.sort_by_key(|record| by_sequence_number(record));
            page_after(found, limit, by_sequence_number)
        })
        .await
    }

    async fn all(&self, after: Option<&Cursor>, limit: u32) -> Result<Page, PortError> {
        call(&self.0, RECORDS, |world| {
            let behind = |record: &&TaskRecord| after.is_none_or(|after| by_id(record) > after.0);
            page_after(world.records.values().filter(behind).collect(), limit, by_id)
        })
        .await
    }
}

/// The table does not count what leaves the line.
impl Departures for SimulatedRecords {
    async fn departures(&self) -> Result<Option<u64>, PortError> {
        Ok(None)
    }

    async fn all_numbered(&self, after: Option<&Cursor>, limit: u32) -> Result<NumberedPage, PortError> {
        let Page { records, next } = self.all(after, limit).await?;
        Ok(NumberedPage { records: records.into_iter().map(NumberedRecord::uncounted).collect(), next })
    }

    async fn find_numbered(&self, task_id: TaskId) -> Result<Option<NumberedRecord>, PortError> {
        Ok(self.find(task_id).await?.map(NumberedRecord::uncounted))
    }
}
