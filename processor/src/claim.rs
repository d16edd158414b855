//! claim: one conditional write on the usual path, made without a read.

use shared::{
    lifecycle::{self, Arrival, Claim, ClaimTerms},
    ports::{Expected, PortError, TaskQueue, TaskRecords, Written},
};

use crate::Processor;

impl<R: TaskRecords, Q: TaskQueue> Processor<R, Q> {
    /// Claims a delivery. Supposes first that nothing happened to the task since its accept; when that is wrong, the
    /// write fails with the record that stands there, and the claim is decided from it. Every further round means that
    /// somebody else wrote in between.
    pub(crate) async fn claim(&self, arrival: &Arrival<'_>, terms: &ClaimTerms) -> Result<Claim, PortError> {
        let mut decision = lifecycle::claim(None, arrival, terms);
        let mut expected = Expected::Untouched;
        loop {
            let Claim::Granted(record) = decision else {
                return Ok(decision);
            };
            match self.records.write(&record, expected).await? {
                Written::Made => return Ok(Claim::Granted(record)),
                Written::Conflict(present) => {
                    expected = present
                        .as_ref()
                        .map_or(Expected::Absent, |record| Expected::Revision(record.revision));
                    decision = lifecycle::claim(present.as_deref(), arrival, terms);
                }
            }
        }
    }
}
