//! renew: keeps the claim of a run that may last for longer than a lease. A run that fits into one lease makes no call for
//! it.

use chrono::TimeDelta;
use shared::{
    Delivery, TaskRecord, Timestamp,
    lifecycle::{self, AfterConflict},
    limits::{CALL_SECONDS_MAX, RENEWAL_RETRY_SECONDS, RENEWALS_PER_LEASE},
    ports::{Expected, PortError, TaskQueue, TaskRecords, Written},
};
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use crate::{attempt_terms::AttemptTerms, processor::Processor};

/// The claim of a run, as the run knows it.
pub(crate) struct HeldClaim {
    /// The newest revision that the run knows.
    pub record: TaskRecord,
    /// When the processor gives the attempt up. No lease reaches further than the calls after it.
    deadline: Timestamp,
    /// How long a lease lasts.
    lease: TimeDelta,
}

impl HeldClaim {
    pub fn new(record: TaskRecord, deadline: Timestamp, lease: TimeDelta) -> Self {
        Self { record, deadline, lease }
    }

    /// Until when the handler may run: the margin of the lease is left to record the end.
    pub fn handler_ends_at(&self) -> Timestamp {
        let lease_until = self.record.lease_until.unwrap_or(self.deadline);
        (lease_until - AttemptTerms::lease_margin()).min(self.deadline)
    }

    fn lasts_for_the_whole_attempt(&self) -> bool {
        self.handler_ends_at() >= self.deadline
    }

    fn lease_until(&self, now: Timestamp) -> Timestamp {
        (now + self.lease).min(self.deadline + AttemptTerms::lease_margin())
    }

    /// A second more than the lease: a message that is visible earlier would only find that its task is busy.
    fn lease_seconds(&self) -> u32 {
        u32::try_from(self.lease.num_seconds() + 1).unwrap_or(u32::MAX)
    }
}

enum Renewal {
    Made,
    /// The call failed, and the lease still lasts.
    TryAgain,
    ClaimLost,
}

impl<R: TaskRecords, Q: TaskQueue> Processor<R, Q> {
    /// Makes the message of a run that may outlast its lease visible soon after the lease, so that a crash costs one lease
    /// and not the queue's visibility timeout.
    pub(crate) async fn hide_for_a_lease(&self, delivery: &Delivery, claim: &HeldClaim) {
        if !claim.lasts_for_the_whole_attempt() {
            self.hide(delivery, claim.lease_seconds()).await;
        }
    }

    /// Renews the claim while its handler runs, and cancels `cancellation` if the submitter asks to cancel the task. Returns
    /// when the claim is lost; the handler must not run any more then.
    pub(crate) async fn keep(
        &self,
        delivery: &Delivery,
        claim: &mut HeldClaim,
        cancellation: &CancellationToken,
    ) {
        let interval = claim.lease / i32::try_from(RENEWALS_PER_LEASE).unwrap_or(i32::MAX);
        let mut renew_at = self.clock.now() + interval;
        while !claim.lasts_for_the_whole_attempt() {
            self.clock.sleep_until(renew_at.min(claim.handler_ends_at())).await;
            let now = self.clock.now();
            match self.renew(claim, now).await {
                Renewal::Made => {
                    renew_at = now + interval;
                    self.hide(delivery, claim.lease_seconds()).await;
                }
                Renewal::TryAgain => {
                    renew_at = self.clock.now() + TimeDelta::seconds(i64::from(RENEWAL_RETRY_SECONDS));
                }
                Renewal::ClaimLost => return,
            }
            if claim.record.cancel_requested_at.is_some() && !cancellation.is_cancelled() {
                info!(
                    attempt = claim.record.attempt,
                    "cancelled by its submitter: the handler's token is cancelled"
                );
                cancellation.cancel();
            }
        }
        std::future::pending().await
    }

    /// A run that was suspended past its lease tries once: if the write succeeds, no other run has taken the claim.
    async fn renew(&self, claim: &mut HeldClaim, now: Timestamp) -> Renewal {
        let last_moment = claim.handler_ends_at().max(now + TimeDelta::seconds(i64::from(CALL_SECONDS_MAX)));
        let lease_until = claim.lease_until(now);
        loop {
            let renewed = lifecycle::renew(&claim.record, lease_until, now);
            let expected = Expected::Revision(claim.record.revision);
            let written = tokio::select! {
                biased;
                written = self.records.write(&renewed, expected) => written,
                () = self.clock.sleep_until(last_moment) => return lost("it took too long to renew"),
            };
            match written {
                Ok(Written::Made) => {
                    claim.record = renewed;
                    return Renewal::Made;
                }
                Ok(Written::Conflict(present)) => match lifecycle::after_conflict(&claim.record, present) {
                    AfterConflict::Continue(present) => claim.record = *present,
                    AfterConflict::ClaimLost => return lost("another run has it"),
                },
                Err(error) => return self.after_failed_renewal(claim, &error),
            }
        }
    }

    fn after_failed_renewal(&self, claim: &HeldClaim, error: &PortError) -> Renewal {
        let error = error as &dyn std::error::Error;
        if self.clock.now() < claim.handler_ends_at() {
            warn!(error, "failed to renew the claim; will try again while the lease lasts");
            return Renewal::TryAgain;
        }
        warn!(error, "failed to renew the claim");
        lost("the lease ended")
    }
}

fn lost(reason: &str) -> Renewal {
    warn!(reason, "the claim is lost: the handler is cancelled");
    Renewal::ClaimLost
}
