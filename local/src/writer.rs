//! The thread that writes the data file. It commits waiting writes together, so concurrent accepts share one sync. Each write
//! has its own savepoint, so a failing one doesn't undo the others.

use std::{
    iter::Peekable,
    sync::{
        Arc,
        mpsc::{Receiver, RecvTimeoutError, TryIter},
    },
    time::{Duration, Instant},
};

use rusqlite::Connection;
use shared::ports::PortError;
use tokio::sync::{oneshot, watch};
use tracing::{error, warn};

use crate::{
    connection::{LOG_BYTES_KEPT, close, execute, try_to_truncate_the_log},
    durability::Durability,
    files::{CheckError, FileChanged, Files},
};

/// How many writes share a commit at most. This limits how many a failing commit undoes, and how long one waits.
const WRITES_PER_COMMIT_MAX: usize = 256;
/// A long read can keep SQLite from truncating the log. This is how often to try again.
const TRUNCATE_INTERVAL: Duration = Duration::from_secs(1);

/// A write that waits for its transaction.
pub(crate) trait Write: Send {
    fn durability(&self) -> Durability;
    /// Executes the write within an open transaction.
    fn execute(&mut self, connection: &Connection);
    /// Reports the outcome to the caller, after the transaction.
    fn answer(self: Box<Self>, committed: Result<(), NotCommitted>);
}

/// A transaction was not committed, or to a file that is no longer at its path.
#[derive(Debug, Clone, thiserror::Error)]
pub(crate) enum NotCommitted {
    #[error("failed to commit")]
    Sqlite(#[from] Arc<rusqlite::Error>),
    /// Some errors, such as a full disk, end the whole transaction and not just the statement.
    #[error("a write that shared the transaction failed and ended it")]
    EndedByAnother,
    #[error(transparent)]
    Files(Arc<CheckError>),
}

pub(crate) struct Pending<F, T> {
    pub durability: Durability,
    pub change: Option<F>,
    pub outcome: Option<rusqlite::Result<T>>,
    pub sender: oneshot::Sender<Result<T, PortError>>,
}

impl<F, T> Write for Pending<F, T>
where
    F: FnOnce(&Connection) -> rusqlite::Result<T> + Send,
    T: Send,
{
    fn durability(&self) -> Durability {
        self.durability
    }

    fn execute(&mut self, connection: &Connection) {
        self.outcome = self.change.take().map(|change| within_savepoint(connection, change));
    }

    fn answer(self: Box<Self>, committed: Result<(), NotCommitted>) {
        let answer = match (committed, self.outcome) {
            (Ok(()), Some(Ok(value))) => Ok(value),
            (_, Some(Err(error))) => Err(unavailable(error)),
            (Err(error), _) => Err(unavailable(error)),
            (Ok(()), None) => Err(unavailable("the write was not executed")),
        };
        // The caller may have stopped waiting. The write is committed anyway, as after any lost response.
        let _ = self.sender.send(answer);
    }
}

fn within_savepoint<T>(
    connection: &Connection,
    change: impl FnOnce(&Connection) -> rusqlite::Result<T>,
) -> rusqlite::Result<T> {
    execute(connection, "SAVEPOINT write")?;
    let outcome = change(connection);
    if !connection.is_autocommit() {
        if outcome.is_err() {
            execute(connection, "ROLLBACK TO write")?;
        }
        execute(connection, "RELEASE write")?;
    }
    outcome
}

pub(crate) fn unavailable(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> PortError {
    PortError::unavailable("the data file", source)
}

pub(crate) struct Writer {
    pub connection: Connection,
    /// What the connection applies to commits; changing it compiles a statement, which is not cached.
    pub durability: Durability,
    pub files: Arc<Files>,
    /// Counts commits.
    pub committed: watch::Sender<u64>,
    /// Set once a file is no longer at its path. Nothing is written after that.
    pub changed: Arc<watch::Sender<Option<FileChanged>>>,
    /// The length of the log after the last commit.
    pub log_bytes: u64,
}

impl Writer {
    /// Returns when the last handle is dropped, and closes the connection.
    pub fn write_all(mut self, writes: &Receiver<Box<dyn Write>>) {
        let mut waiting = writes.try_iter().peekable();
        let mut truncate_at = Instant::now();
        while let Some(first) = waiting.next().or_else(|| self.wait(writes)) {
            let mut batch = vec![first];
            let outcome = self.commit(&mut batch, &mut waiting);
            if let Err(error) = &outcome {
                error!(error = error as &dyn std::error::Error, writes = batch.len(), "failed to commit");
            }
            self.committed.send_modify(|count| *count += 1);
            for write in batch {
                write.answer(outcome.clone());
            }
            self.log_bytes = self.files.log_bytes();
            if self.is_log_long() && Instant::now() >= truncate_at {
                self.truncate_log();
                truncate_at = Instant::now() + TRUNCATE_INTERVAL;
            }
        }
        close(self.connection, &self.files);
    }

    /// Waits for a write; returns `None` when the last handle is dropped.
    fn wait(&mut self, writes: &Receiver<Box<dyn Write>>) -> Option<Box<dyn Write>> {
        while self.is_log_long() {
            match writes.recv_timeout(TRUNCATE_INTERVAL) {
                Err(RecvTimeoutError::Timeout) => self.truncate_log(),
                received => return received.ok(),
            }
        }
        writes.recv().ok()
    }

    fn is_log_long(&self) -> bool {
        self.log_bytes > LOG_BYTES_KEPT
    }

    fn truncate_log(&mut self) {
        if let Err(error) = try_to_truncate_the_log(&mut self.connection) {
            warn!(%error, "failed to truncate the log of the data file");
        }
        self.log_bytes = self.files.log_bytes();
    }

    /// Commits, and reports success only if the files are still at their paths after that.
    fn commit(
        &mut self,
        batch: &mut Vec<Box<dyn Write>>,
        waiting: &mut Peekable<TryIter<'_, Box<dyn Write>>>,
    ) -> Result<(), NotCommitted> {
        if let Some(changed) = self.changed.borrow().clone() {
            return Err(NotCommitted::Files(Arc::new(changed.into())));
        }
        let durability = batch[0].durability();
        if durability != self.durability {
            durability.apply_to(&self.connection).map_err(Arc::new)?;
            self.durability = durability;
        }
        commit(&self.connection, durability, batch, waiting)?;
        checked(&self.files, &self.changed).map_err(|error| NotCommitted::Files(Arc::new(error)))
    }
}

/// Checks that all files are at their paths. If one has changed, remembers it.
pub(crate) fn checked(files: &Files, changed: &watch::Sender<Option<FileChanged>>) -> Result<(), CheckError> {
    files.check().inspect_err(|error| {
        if let CheckError::Changed(change) = error {
            changed.send_if_modified(|kept| kept.is_none() && kept.replace(change.clone()).is_none());
        }
    })
}

/// Executes the first write and those that wait by then, in one transaction. The connection has this durability before it
/// begins, so a write that must be synced can't join a transaction that isn't.
fn commit(
    connection: &Connection,
    durability: Durability,
    batch: &mut Vec<Box<dyn Write>>,
    waiting: &mut Peekable<TryIter<'_, Box<dyn Write>>>,
) -> Result<(), NotCommitted> {
    execute(connection, "BEGIN IMMEDIATE").map_err(Arc::new)?;
    batch[0].execute(connection);
    while batch.len() < WRITES_PER_COMMIT_MAX && !connection.is_autocommit() {
        let Some(mut next) = waiting.next_if(|next| next.durability() <= durability) else { break };
        next.execute(connection);
        batch.push(next);
    }
    if connection.is_autocommit() {
        return Err(NotCommitted::EndedByAnother);
    }
    let committed = execute(connection, "COMMIT").map_err(Arc::new);
    if committed.is_err() && !connection.is_autocommit() {
        execute(connection, "ROLLBACK").map_err(Arc::new)?;
    }
    Ok(committed?)
}
