//! Room for connections: how many a server of this process has at once.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tracing::warn;

/// Connections to the API. All of them idle cost some 100 MB.
const API_CONNECTIONS_MAX: usize = 6_000;
/// Connections to the console. A browser makes six.
const CONSOLE_CONNECTIONS_MAX: usize = 64;
/// Files that the process opens beside connections to the API: its data, the console, a webhook's connections.
const OTHER_FILES: usize = 256;

/// As many places as there may be connections.
pub struct ConnectionLimit {
    places: Arc<Semaphore>,
    is_full: bool,
}

impl ConnectionLimit {
    /// For the API: as many as the system lets this process open files for, up to 6,000.
    ///
    /// The soft limit is raised as far as it takes. It is as low as it is for programs that use `select`, which this
    /// one does not.
    pub fn for_api() -> Self {
        let files =
            rlimit::increase_nofile_limit((API_CONNECTIONS_MAX + OTHER_FILES) as u64).unwrap_or_default();
        let files = usize::try_from(files).unwrap_or(usize::MAX);
        Self::of(files.saturating_sub(OTHER_FILES).clamp(1, API_CONNECTIONS_MAX))
    }

    /// For the console.
    pub fn for_console() -> Self {
        Self::of(CONSOLE_CONNECTIONS_MAX)
    }

    fn of(places: usize) -> Self {
        Self { places: Arc::new(Semaphore::new(places)), is_full: false }
    }

    /// A place, free again once it is dropped; waits for one.
    pub(crate) async fn place(&mut self) -> Option<OwnedSemaphorePermit> {
        let free = Arc::clone(&self.places).try_acquire_owned();
        if free.is_err() && !self.is_full {
            warn!("there are as many connections as may be; the next ones wait");
        }
        self.is_full = free.is_err();
        match free {
            Ok(place) => Some(place),
            Err(_) => Arc::clone(&self.places).acquire_owned().await.ok(),
        }
    }
}
