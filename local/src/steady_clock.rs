//! The clock of a pipeline on this machine. It runs steadily even when the machine's clock is set.

use std::{fs, pin::Pin, time::Duration};

use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension};
use rustix::time::{ClockId, clock_gettime};
use shared::{
    Timestamp,
    ports::{Clock, PortError},
};

use crate::{Store, durability::Durability};

statements! {
    ANNOUNCE = "INSERT INTO pipeline_clock VALUES (?1, ?2)";
    WITHDRAW = "DELETE FROM pipeline_clock";
    ANNOUNCED = "SELECT start_micros FROM pipeline_clock WHERE boot = ?1";
}

/// A clock that also counts while the machine is suspended: on Linux `CLOCK_BOOTTIME`, on macOS `CLOCK_MONOTONIC`.
#[cfg(any(target_os = "linux", target_os = "android"))]
const UPTIME: ClockId = ClockId::Boottime;
#[cfg(not(any(target_os = "linux", target_os = "android")))]
const UPTIME: ClockId = ClockId::Monotonic;

/// A timer doesn't count while the machine is suspended, and this clock does. So a sleep reads the clock this often.
const SLEEP_MAX: Duration = Duration::from_secs(10);

/// The wall time at one moment, plus the time that the machine has been up since then. It never goes back, and a step of the
/// machine's clock doesn't change it. Visibility, leases and waits are differences of two of its readings.
///
/// All processes that work on a pipeline must use the same clock. So the process that runs the pipeline stores its setting in
/// the data file (`announce`), and the others read it ([`SteadyClock::of`]).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SteadyClock {
    /// The time when the machine was started, by this clock.
    start_micros: i64,
}

impl SteadyClock {
    /// The clock of the pipeline that runs on `store`, or that was killed since the machine was started. Otherwise a new one.
    ///
    /// # Errors
    /// [`PortError`] when the data can't be read.
    pub async fn of(store: &Store) -> Result<Self, PortError> {
        let announced = store.read(announced).await?;
        Ok(announced.map_or_else(Self::default, |start_micros| Self { start_micros }))
    }
}

impl Default for SteadyClock {
    /// Set to the wall time of now.
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

/// Stores the setting of this pipeline's clock, which shows `now`, for other processes.
pub(crate) fn announce(connection: &Connection, now: Timestamp) -> rusqlite::Result<()> {
    let start_micros = now.timestamp_micros() - uptime_micros();
    withdraw_from(connection)?;
    connection.prepare_cached(ANNOUNCE)?.execute((boot(), start_micros)).map(drop)
}

/// Removes the setting when the pipeline stops.
pub(crate) async fn withdraw(store: &Store) -> Result<(), PortError> {
    store.write(Durability::Eventual, withdraw_from).await
}

fn withdraw_from(connection: &Connection) -> rusqlite::Result<()> {
    connection.prepare_cached(WITHDRAW)?.execute([]).map(drop)
}

/// The setting of the pipeline that runs, or that was killed, since the machine was started.
fn announced(connection: &Connection) -> rusqlite::Result<Option<i64>> {
    connection.prepare_cached(ANNOUNCED)?.query_row([boot()], |row| row.get(0)).optional()
}

/// Identifies this start of the machine. Where the system has no such id, every process uses a separate clock.
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
