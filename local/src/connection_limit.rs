//! How many connections a server of this process accepts at once.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tracing::warn;

/// Connections to the API. When all are idle, they use about 100 MB.
const API_CONNECTIONS_MAX: usize = 6_000;
/// Connections to the console. A browser opens six.
const CONSOLE_CONNECTIONS_MAX: usize = 64;
/// File descriptors for everything else: the data, the console, connections to a webhook.
const OTHER_FILES: usize = 256;

/// One permit for each connection.
pub struct ConnectionLimit {
    permits: Arc<Semaphore>,
    connections: usize,
    is_reached: bool,
}

impl ConnectionLimit {
    /// For the API: 6,000, or fewer if the system allows this process fewer open files.
    ///
    /// Raises the soft limit of open files as far as needed. It is low by default for programs that use `select`, which
    /// this one doesn't.
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

    fn of(connections: usize) -> Self {
        Self { permits: Arc::new(Semaphore::new(connections)), connections, is_reached: false }
    }

    /// How many it allows.
    pub(crate) fn connections(&self) -> usize {
        self.connections
    }

    /// Waits until another connection is allowed. Dropping the permit allows the next one.
    pub(crate) async fn acquire(&mut self) -> Option<OwnedSemaphorePermit> {
        let free = Arc::clone(&self.permits).try_acquire_owned();
        if free.is_err() && !self.is_reached {
            warn!("the limit of connections is reached; new connections wait");
        }
        self.is_reached = free.is_err();
        match free {
            Ok(permit) => Some(permit),
            Err(_) => Arc::clone(&self.permits).acquire_owned().await.ok(),
        }
    }
}
