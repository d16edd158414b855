//! The thread that writes the file: writes that wait at the same time are committed together, so concurrent accepts share
//! one sync; each is its own savepoint, so one that fails does not take others with it.

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
    connection::{LOG_BYTES_KEPT, close, execute, try_to_shorten_the_log},
    durability::Durability,
    files::{CheckError, FileChanged, Files},
};

/// How many writes share a commit at the most: bounds what one failing commit takes with it, and the wait.
const WRITES_PER_COMMIT_MAX: usize = 256;
/// A log that a long read kept SQLite from using again is cut once the read is over; this is how often that is tried.
const SHORTEN_AGAIN: Duration = Duration::from_secs(1);

/// A write between its making and its answer.
pub(crate) trait Write: Send {
    /// What its asker wants to hear of.
    fn durability(&self) -> Durability;
    /// Makes the change within an open transaction.
    fn make(&mut self, connection: &Connection);
    /// Tells its asker, once the transaction has ended.
    fn answer(self: Box<Self>, committed: Result<(), NotCommitted>);
}

/// Nothing of a transaction was made, or nobody will find it.
#[derive(Debug, Clone, thiserror::Error)]
pub(crate) enum NotCommitted {
    #[error("failed to commit")]
    Sqlite(#[from] Arc<rusqlite::Error>),
    /// Some errors, such as a full disk, end the whole transaction and not only the statement.
    #[error("a write that shared the transaction failed and ended it")]
    EndedByAnother,
    /// It may be in a file that is at its path no more.
    #[error(transparent)]
    Files(Arc<CheckError>),
}

pub(crate) struct Pending<F, T> {
    pub durability: Durability,
    pub change: Option<F>,
    pub outcome: Option<rusqlite::Result<T>>,
    pub asker: oneshot::Sender<Result<T, PortError>>,
}

impl<F, T> Write for Pending<F, T>
where
    F: FnOnce(&Connection) -> rusqlite::Result<T> + Send,
    T: Send,
{
    fn durability(&self) -> Durability {
        self.durability
    }

    fn make(&mut self, connection: &Connection) {
        self.outcome = self.change.take().map(|change| within_savepoint(connection, change));
    }

    fn answer(self: Box<Self>, committed: Result<(), NotCommitted>) {
        let answer = match (committed, self.outcome) {
            (Ok(()), Some(Ok(value))) => Ok(value),
            (_, Some(Err(error))) => Err(unavailable(error)),
            (Err(error), _) => Err(unavailable(error)),
            (Ok(()), None) => Err(unavailable("the write was not made")),
        };
        // Whoever asked may have gone away; the change stands all the same, as after any lost answer.
        let _ = self.asker.send(answer);
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

/// The writer of one database.
pub(crate) struct Writer {
    pub connection: Connection,
    pub files: Arc<Files>,
    /// Counts commits.
    pub committed: watch::Sender<u64>,
    /// Set once a file is not at its path any more; nothing is written after it.
    pub changed: Arc<watch::Sender<Option<FileChanged>>>,
    /// How long the log was after the last commit.
    pub log_bytes: u64,
}

impl Writer {
    /// Ends when the last handle is gone, and then closes its connection.
    pub fn write_all(mut self, writes: &Receiver<Box<dyn Write>>) {
        let mut waiting = writes.try_iter().peekable();
        let mut shorten_at = Instant::now();
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
            if self.is_log_long() && Instant::now() >= shorten_at {
                self.shorten_log();
                shorten_at = Instant::now() + SHORTEN_AGAIN;
            }
        }
        close(self.connection, &self.files);
    }

    /// Waits for a write; none when the last handle is gone.
    fn wait(&mut self, writes: &Receiver<Box<dyn Write>>) -> Option<Box<dyn Write>> {
        while self.is_log_long() {
            match writes.recv_timeout(SHORTEN_AGAIN) {
                Err(RecvTimeoutError::Timeout) => self.shorten_log(),
                received => return received.ok(),
            }
        }
        writes.recv().ok()
    }

    fn is_log_long(&self) -> bool {
        self.log_bytes > LOG_BYTES_KEPT
    }

    fn shorten_log(&mut self) {
        if let Err(error) = try_to_shorten_the_log(&mut self.connection) {
            warn!(%error, "failed to move the log into the database");
        }
        self.log_bytes = self.files.log_bytes();
    }

    /// Commits, and answers for it only if the files are then still where others look for them.
    fn commit(
        &self,
        batch: &mut Vec<Box<dyn Write>>,
        waiting: &mut Peekable<TryIter<'_, Box<dyn Write>>>,
    ) -> Result<(), NotCommitted> {
        if let Some(changed) = self.changed.borrow().clone() {
            return Err(NotCommitted::Files(Arc::new(changed.into())));
        }
        commit(&self.connection, batch, waiting)?;
        checked(&self.files, &self.changed).map_err(|error| NotCommitted::Files(Arc::new(error)))
    }
}

/// Whether all files are at their paths; if not, that is kept.
pub(crate) fn checked(files: &Files, changed: &watch::Sender<Option<FileChanged>>) -> Result<(), CheckError> {
    files.check().inspect_err(|error| {
        if let CheckError::Changed(change) = error {
            changed.send_if_modified(|kept| kept.is_none() && kept.replace(change.clone()).is_none());
        }
    })
}

/// Makes the first write and all that wait by then, in one transaction. One that must be synced does not join those
/// that need not: as how durable the transaction will be is said before it begins, it would not be.
fn commit(
    connection: &Connection,
    batch: &mut Vec<Box<dyn Write>>,
    waiting: &mut Peekable<TryIter<'_, Box<dyn Write>>>,
) -> Result<(), NotCommitted> {
    let durability = batch[0].durability();
    durability.of_commits(connection).map_err(Arc::new)?;
    execute(connection, "BEGIN IMMEDIATE").map_err(Arc::new)?;
    batch[0].make(connection);
    while batch.len() < WRITES_PER_COMMIT_MAX && !connection.is_autocommit() {
        let Some(mut next) = waiting.next_if(|next| next.durability() <= durability) else { break };
        next.make(connection);
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
