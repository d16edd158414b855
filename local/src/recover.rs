//! recover: what an ended process left in its hands is free again at once.
//!
//! Only one process runs a pipeline, and it holds the lock. So when one starts, no run can be alive: there is no need
//! to wait for visibility and leases to time out, as there is on AWS where nobody can know that.

use shared::{
    Timestamp, lifecycle,
    ports::{Expected, PortError, Written},
    task_id_of,
};

use crate::{Store, durability::Durability, expiry, queue, records, steady_clock};

/// Shows in-flight messages again and lapses their claims, by whatever clock they were made. A held task's message is held
/// again by its next delivery. From here on the pipeline's clock is the file's.
pub(crate) async fn recover(store: &Store, now: Timestamp) -> Result<usize, PortError> {
    store
        .write(Durability::Synced, move |connection| {
            steady_clock::announce(connection, now)?;
            expiry::begin(connection, now)?;
            queue::forget_dedupes_of_another_clock(connection, now)?;
            queue::show_dead_letters(connection, now)?;
            let bodies = queue::release_in_flight(connection, now)?;
            for body in &bodies {
                let Some(record) = records::find(connection, task_id_of(body))? else {
                    continue;
                };
                let Some(lapsed) = lifecycle::lapse(&record, now) else {
                    continue;
                };
                let written = records::write(connection, &lapsed, Expected::Revision(record.revision))?;
                debug_assert_eq!(written, Written::Made, "one transaction");
            }
            Ok(bodies.len())
        })
        .await
}
