//! claim: usually one conditional write and no read. Without a handler, the same write also completes the task.

use shared::{
    TaskRecord, Timestamp,
    lifecycle::{self, Arrival, Claim, ClaimTerms},
    ports::{Expected, PortError, TaskQueue, TaskRecords, Written},
};

use crate::{
    handler::Handling,
    processor::{Invocation, Processor},
};

impl<R: TaskRecords, Q: TaskQueue> Processor<R, Q> {
    /// The terms of a claim by its task's type: an amendment may have changed the type that the message names.
    pub(crate) fn claim_terms(
        &self,
        present: Option<&TaskRecord>,
        arrival: &Arrival<'_>,
        invocation: &Invocation,
        now: Timestamp,
    ) -> ClaimTerms {
        let task = present.map_or_else(|| arrival.task(), TaskRecord::task);
        let terms = self.settings.attempt_terms_of(task);
        ClaimTerms {
            now,
            lease: terms.lease(),
            attempt_budget: terms.attempt_budget,
            request_id: invocation.request_id.clone(),
            code_version: self.settings.code_version.clone(),
        }
    }

    /// Whether the claim is the whole attempt: the record is the result, and its task's type is known.
    fn is_completed_by_its_claim(&self, claim: &Claim) -> bool {
        let Claim::Granted(record) = claim else { return false };
        let task = record.task();
        let is_known = task.is_none_or(|task| self.settings.task_types.knows(task.task_type()));
        is_known && matches!(self.handlers.of(task), Handling::Record)
    }

    /// Claims the task of a delivery. It first assumes that nothing has happened to the task since it was accepted. If
    /// that is wrong, the write fails and returns the existing record, which decides the next try. Each further round
    /// means that another writer came in between.
    pub(crate) async fn claim(
        &self,
        arrival: &Arrival<'_>,
        invocation: &Invocation,
        now: Timestamp,
    ) -> Result<Claim, PortError> {
        let decide = |present: Option<&TaskRecord>| {
            let terms = self.claim_terms(present, arrival, invocation, now);
            let claim = lifecycle::claim(present, arrival, &terms);
            match self.is_completed_by_its_claim(&claim) {
                true => lifecycle::complete_at_once(claim, now),
                false => claim,
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
