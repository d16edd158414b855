//! claim: usually one conditional write and no read. Without a handler, the same write also completes the task.

use shared::{
    TaskRecord,
    lifecycle::{self, Arrival, Claim, ClaimTerms},
    ports::{Expected, PortError, TaskQueue, TaskRecords, Written},
};

use crate::{handler::Handling, processor::Processor};

impl<R: TaskRecords, Q: TaskQueue> Processor<R, Q> {
    fn lacks_a_handler_for(&self, claim: &Claim) -> bool {
        let Claim::Granted(record) = claim else { return false };
        record.task().is_some_and(|task| !self.settings.task_types.knows(task.task_type()))
    }

    /// Claims the task of a delivery. It first assumes that nothing has happened to the task since it was accepted. If
    /// that is wrong, the write fails and returns the existing record, which decides the next try. Each further round
    /// means that another writer came in between.
    pub(crate) async fn claim(&self, arrival: &Arrival<'_>, terms: &ClaimTerms) -> Result<Claim, PortError> {
        let decide = |present: Option<&TaskRecord>| {
            let claim = lifecycle::claim(present, arrival, terms);
            match self.handling {
                Handling::Record if !self.lacks_a_handler_for(&claim) => {
                    lifecycle::complete_at_once(claim, terms.now)
                }
                Handling::Record | Handling::Handler(_) => claim,
            }
        };
        let mut decision = decide(None);
        let mut expected = Expected::Untouched;
        loop {
            let (Claim::Granted(record) | Claim::Completed(record) | Claim::Cancelled(record)) = &decision
            else {
                return Ok(decision);
            };
            match self.records.write(record, expected).await? {
                Written::Made => return Ok(decision),
                Written::Conflict(present) => {
                    expected = present
                        .as_ref()
                        .map_or(Expected::Absent, |record| Expected::Revision(record.revision));
                    decision = decide(present.as_deref());
                }
            }
        }
    }
}
