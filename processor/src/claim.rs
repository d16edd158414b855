//! claim: one conditional write on the usual path, made without a read. Where the record is all there is to a task, that
//! write completes it, too.

use shared::{
    TaskRecord,
    lifecycle::{self, Arrival, Claim, ClaimTerms},
    ports::{Expected, PortError, TaskQueue, TaskRecords, Written},
};

use crate::{Handling, Processor};

impl<R: TaskRecords, Q: TaskQueue> Processor<R, Q> {
    /// Claims a delivery. Supposes first that nothing happened to the task since its accept; when that is wrong, the
    /// write fails with the record that stands there, and the claim is decided from it. Every further round means that
    /// somebody else wrote in between.
    pub(crate) async fn claim(&self, arrival: &Arrival<'_>, terms: &ClaimTerms) -> Result<Claim, PortError> {
        let decide = |present: Option<&TaskRecord>| {
            let claim = lifecycle::claim(present, arrival, terms);
            match self.handling {
                Handling::Record => lifecycle::complete_at_once(claim, terms.now),
                Handling::Handler(_) => claim,
            }
        };
        let mut decision = decide(None);
        let mut expected = Expected::Untouched;
        loop {
            let (Claim::Granted(record) | Claim::Completed(record)) = &decision else {
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
