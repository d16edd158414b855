//! One SQLite file, one thread that writes it and one that reads it.
//!
//! Writes that wait at the same time are committed together, so concurrent accepts share one sync; each is its own
//! savepoint, so one that fails does not take others with it. Nobody hears of a write before it is as durable as they
//! asked. In WAL mode reads never wait for writes.

use std::{
    iter::Peekable,
    path::Path,
    sync::{
        Arc,
        mpsc::{self, TryIter},
    },
    thread,
    time::Duration,
};

use rusqlite::{Connection, OpenFlags};
use shared::ports::PortError;
use tokio::sync::{oneshot, watch};
use tracing::error;

use crate::durability::Durability;
#[cfg(feature = "failpoints")]
use crate::failpoint::Failpoint;

/// How many writes share a commit at the most: bounds what one failing commit takes with it, and the wait.
const WRITES_PER_COMMIT_MAX: usize = 256;
/// How long to wait for another process that writes the same file: ten seconds, unless the machine sleeps longer.
const BUSY_TRIES_MAX: i32 = 10_000;
const BUSY_WAIT: Duration = Duration::from_millis(1);

/// A handle on the file; clones share it.
#[derive(Clone)]
pub struct Store {
    writer: mpsc::Sender<Box<dyn Write>>,
    reader: mpsc::Sender<Read>,
    /// Counts commits of this process.
    commits: watch::Receiver<u64>,
    #[cfg(feature = "failpoints")]
    failpoint: Failpoint,
}

type Read = Box<dyn FnOnce(&Connection) + Send>;

/// A write between its making and its answer.
trait Write: Send {
    /// What its asker wants to hear of.
    fn durability(&self) -> Durability;
    /// Makes the change within an open transaction.
    fn make(&mut self, connection: &Connection);
    /// Tells its asker, once the transaction has ended.
    fn answer(self: Box<Self>, committed: Result<(), NotCommitted>);
}

/// Nothing of a transaction was made.
#[derive(Debug, Clone, thiserror::Error)]
enum NotCommitted {
    #[error("failed to commit")]
    Sqlite(#[from] Arc<rusqlite::Error>),
    /// Some errors, such as a full disk, end the whole transaction and not only the statement.
    #[error("a write that shared the transaction failed and ended it")]
    EndedByAnother,
}

struct Pending<F, T> {
    durability: Durability,
    change: Option<F>,
    outcome: Option<rusqlite::Result<T>>,
    asker: oneshot::Sender<Result<T, PortError>>,
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

/// Reads the statement once: some go with every change.
fn execute(connection: &Connection, statement: &str) -> rusqlite::Result<()> {
    connection.prepare_cached(statement)?.execute([]).map(drop)
}

fn unavailable(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> PortError {
    PortError::unavailable("the data file", source)
}

impl Store {
    /// Opens the file at `path`, which must be there and ours.
    pub(crate) fn open(path: &Path) -> rusqlite::Result<Self> {
        let writing = connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        let reading = connect(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        let (writer, writes) = mpsc::channel();
        let (reader, reads) = mpsc::channel::<Read>();
        let (committed, commits) = watch::channel(0);
        thread::spawn(move || write_all(&writing, &writes, &committed));
        thread::spawn(move || reads.iter().for_each(|read| read(&reading)));
        Ok(Self {
            writer,
            reader,
            commits,
            #[cfg(feature = "failpoints")]
            failpoint: Failpoint::from_environment()?,
        })
    }

    /// Makes a change; on `Ok` it is committed, and as durable as it says.
    pub(crate) async fn write<F, T>(&self, durability: Durability, change: F) -> Result<T, PortError>
    where
        F: FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
        T: Send + 'static,
    {
        #[cfg(feature = "failpoints")]
        let step = self.failpoint.reach(std::any::type_name::<F>());
        let (asker, answer) = oneshot::channel();
        let pending = Pending { durability, change: Some(change), outcome: None, asker };
        self.writer.send(Box::new(pending)).map_err(|_| unavailable("its writer has ended"))?;
        let answer = answer.await.map_err(|_| unavailable("its writer has ended"))?;
        #[cfg(feature = "failpoints")]
        step.pass();
        answer
    }

    /// Reads the last committed state.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        query: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, PortError> {
        let (asker, answer) = oneshot::channel();
        let read: Read = Box::new(move |connection| {
            let _ = asker.send(query(connection));
        });
        self.reader.send(read).map_err(|_| unavailable("its reader has ended"))?;
        answer.await.map_err(|_| unavailable("its reader has ended"))?.map_err(unavailable)
    }

    /// Counts this process's commits from now on; another process's are not seen.
    pub(crate) fn commits(&self) -> watch::Receiver<u64> {
        self.commits.clone()
    }
}

fn connect(path: &Path, access: OpenFlags) -> rusqlite::Result<Connection> {
    let mut connection = Connection::open_with_flags(path, access | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    connection.busy_handler(Some(wait_for_another))?;
    Durability::Synced.of_commits(&connection)?;
    connection.set_prepared_statement_cache_capacity(64);
    Ok(connection)
}

/// A process that writes without a pause lets go for a moment only. SQLite's own waiting sleeps up to 100 ms between two
/// tries, and so can miss every such moment until it gives up.
fn wait_for_another(tries: i32) -> bool {
    thread::sleep(BUSY_WAIT);
    tries < BUSY_TRIES_MAX
}

/// Ends when the last handle is gone.
fn write_all(
    connection: &Connection,
    writes: &mpsc::Receiver<Box<dyn Write>>,
    committed: &watch::Sender<u64>,
) {
    let mut waiting = writes.try_iter().peekable();
    while let Some(first) = waiting.next().or_else(|| writes.recv().ok()) {
        let mut batch = vec![first];
        let outcome = commit(connection, &mut batch, &mut waiting);
        if let Err(error) = &outcome {
            error!(%error, writes = batch.len(), "failed to commit");
        }
        committed.send_modify(|count| *count += 1);
        for write in batch {
            write.answer(outcome.clone());
        }
    }
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

#[cfg(test)]
mod tests {
    use futures_util::future::join5;

    use super::*;
    use crate::schema;

    /// As SQLite numbers them.
    const NORMAL: u32 = 1;
    const FULL: u32 = 2;

    fn synchronous(connection: &Connection) -> rusqlite::Result<u32> {
        connection.pragma_query_value(None, "synchronous", |row| row.get(0))
    }

    #[tokio::test]
    async fn a_write_shares_the_commit_of_one_that_is_at_least_as_durable_and_no_other() {
        use Durability::{Eventual, Synced};
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("store");
        schema::create(&file).unwrap();
        let store = Store::open(&file).unwrap();
        let (open, gate) = mpsc::channel();
        let first = store.write(Eventual, move |connection| {
            gate.recv().unwrap();
            synchronous(connection)
        });
        let [second, third, fourth] =
            [Eventual, Synced, Eventual].map(|durability| store.write(durability, synchronous));
        // All that wait are there by the time the first goes on.
        let (first, second, third, fourth, ()) =
            join5(first, second, third, fourth, async { open.send(()).unwrap() }).await;
        let seen = [first, second, third, fourth].map(Result::unwrap);
        assert_eq!(seen, [NORMAL, NORMAL, FULL, FULL]);
        assert_eq!(*store.commits().borrow(), 2);
    }
}
