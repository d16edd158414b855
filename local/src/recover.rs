//! recover: releases what an earlier process had in flight, at the start of a pipeline.
//!
//! Only the process that holds the lock runs a pipeline. So at its start no run is alive, and it need not wait until
//! visibility and leases time out, as it must on AWS, where a run may be alive elsewhere.

use shared::{
    Timestamp, lifecycle,
    ports::{Expected, PortError, Written},
    task_id_of,
};

use crate::{Store, dedupe, durability::Durability, expiry, records, steady_clock, task_rules, visibility};

/// Makes in-flight messages visible and ends their claims, whatever clock set them, and returns how many. The next delivery
/// of a held task holds it again. From here on other processes use this pipeline's clock and its rules for tasks.
pub(crate) async fn recover(
    store: &Store,
    rules: Option<String>,
    now: Timestamp,
) -> Result<usize, PortError> {
    store
        .write(Durability::Synced, move |connection| {
            steady_clock::announce(connection, now)?;
            task_rules::replace(connection, rules.as_deref())?;
            expiry::start(connection, now)?;
            dedupe::delete_of_another_clock(connection, now)?;
            visibility::release_dead_letters(connection, now)?;
            let bodies = visibility::release_line(connection, now)?;
            for body in &bodies {
                let Some(record) = records::find(connection, task_id_of(body))? else {
                    continue;
                };
                let Some(lapsed) = lifecycle::lapse(&record, now) else {
                    continue;
                };
                let written = records::write(connection, &lapsed, Expected::Revision(record.revision))?;
                debug_assert_eq!(written, Written::Made, "nothing else writes within this transaction");
            }
            Ok(bodies.len())
        })
        .await
}
