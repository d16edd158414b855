//! The time of a pipeline on this machine, which goes on steadily however the machine's clock is set.

use std::{fs, pin::Pin, time::Duration};

use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension};
use rustix::time::{ClockId, clock_gettime};
use shared::{
    Timestamp,
    ports::{Clock, PortError},
};

use crate::{Store, durability::Durability};

/// Counts on while the machine is suspended: on Linux that is `CLOCK_BOOTTIME`, on macOS `CLOCK_MONOTONIC`.
#[cfg(any(target_os = "linux", target_os = "android"))]
const UPTIME: ClockId = ClockId::Boottime;
#[cfg(not(any(target_os = "linux", target_os = "android")))]
const UPTIME: ClockId = ClockId::Monotonic;

/// A timer does not count while the machine is suspended, and this clock does: after this long it is read again.
const SLEEP_MAX: Duration = Duration::from_secs(10);

/// The wall time at one moment, and since then as much more as the machine has been up. It never goes back, and a step of
/// the machine's clock does not change it: visibility, leases and waits are differences of two of its readings.
///
/// All processes that work on a pipeline must take their time from one clock. So the process that runs the pipeline keeps
/// in the data file how its clock is set (`announce`), and the others set theirs by it ([`SteadyClock::of`]).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SteadyClock {
    /// The time when the machine was started, by this clock.
    start_micros: i64,
}

impl SteadyClock {
    /// The clock of the pipeline that runs on `store`, or of one that was killed; a new one where none left its own.
    ///
    /// # Errors
    /// [`PortError`] when the data can't be read.
    pub async fn of(store: &Store) -> Result<Self, PortError> {
        let announced = store.read(announced).await?;
        Ok(announced.map_or_else(Self::default, |start_micros| Self { start_micros }))
    }
}

impl Default for SteadyClock {
    /// Shows the wall time now.
    fn default() -> Self {
        Self { start_micros: Utc::now().timestamp_micros() - uptime_micros() }
    }
}

impl Clock for SteadyClock {
    fn now(&self) -> Timestamp {
        moment(self.start_micros + uptime_micros())
    }

    fn wall(&self) -> Timestamp {
        moment(Utc::now().timestamp_micros())
    }

    fn sleep_until(&self, at: Timestamp) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(async move {
            while let Ok(rest) = (at - self.now()).to_std() {
                if rest.is_zero() {
                    break;
                }
                tokio::time::sleep(rest.min(SLEEP_MAX)).await;
            }
        })
    }
}

/// Says to other processes how the clock of the pipeline that starts is set: `now` is what it shows.
pub(crate) fn announce(connection: &Connection, now: Timestamp) -> rusqlite::Result<()> {
    let start_micros = now.timestamp_micros() - uptime_micros();
    withdraw_from(connection)?;
    let announce = "INSERT INTO pipeline_clock VALUES (?1, ?2)";
    connection.prepare_cached(announce)?.execute((boot(), start_micros)).map(drop)
}

/// The pipeline ends, and its clock with it.
pub(crate) async fn withdraw(store: &Store) -> Result<(), PortError> {
    store.write(Durability::Eventual, withdraw_from).await
}

fn withdraw_from(connection: &Connection) -> rusqlite::Result<()> {
    connection.prepare_cached("DELETE FROM pipeline_clock")?.execute([]).map(drop)
}

/// A process that was killed withdraws nothing.
fn announced(connection: &Connection) -> rusqlite::Result<Option<i64>> {
    let announced = "SELECT start_micros FROM pipeline_clock WHERE boot = ?1";
    connection.prepare_cached(announced)?.query_row([boot()], |row| row.get(0)).optional()
}

/// Which start of the machine it is. Where the system does not say so, nobody's clock is set by another's.
fn boot() -> Option<String> {
    fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()
}

fn uptime_micros() -> i64 {
    let uptime = clock_gettime(UPTIME);
    uptime.tv_sec * 1_000_000 + uptime.tv_nsec / 1_000
}

fn moment(micros: i64) -> Timestamp {
    DateTime::from_timestamp_micros(micros).unwrap_or(Timestamp::MAX_UTC)
}
