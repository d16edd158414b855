//! The data file, with one thread that writes it and one that reads it.
//!
//! A write is reported only once it is as durable as requested. In WAL mode, reads never wait for writes. While a store is
//! open, only SQLite may open its files in this process: see [`crate::is_open_database`].

use std::{
    path::Path,
    sync::{Arc, mpsc},
    thread::{self, JoinHandle},
};

use rusqlite::{Connection, OpenFlags};
use shared::ports::PortError;
use tokio::sync::{oneshot, watch};
use tracing::error;

#[cfg(feature = "failpoints")]
use crate::failpoint::Failpoint;
use crate::{
    OpenError,
    connection::{close, connect},
    durability::Durability,
    files::{FileChanged, Files},
    record_changes::RecordChanges,
    writer::{Pending, Write, Writer, checked, unavailable},
};

/// A handle on the data file; clones share it. Dropping the last one closes the file, which then contains everything, and
/// deletes its log, unless another process has it open.
#[derive(Clone)]
pub struct Store(Arc<Open>);

type Read = Box<dyn FnOnce(Result<&Connection, PortError>) + Send>;

/// A thread that executes what it is sent.
struct FileThread<T> {
    sender: Option<mpsc::Sender<T>>,
    thread: Option<JoinHandle<()>>,
}

struct Open {
    // Dropped in this order: the last connection to close makes a checkpoint, which a read-only one can't.
    reader: FileThread<Read>,
    writer: FileThread<Box<dyn Write>>,
    /// Counts the commits of this process.
    commits: watch::Receiver<u64>,
    changed: watch::Receiver<Option<FileChanged>>,
    files: Arc<Files>,
    record_changes: Arc<RecordChanges>,
    #[cfg(feature = "failpoints")]
    failpoint: Failpoint,
}

impl<T: Send + 'static> FileThread<T> {
    fn start(work: impl FnOnce(mpsc::Receiver<T>) + Send + 'static) -> Self {
        let (sender, received) = mpsc::channel();
        Self { sender: Some(sender), thread: Some(thread::spawn(move || work(received))) }
    }

    /// Fails if the thread has ended early, which only a panic causes.
    fn send(&self, work: T) -> Result<(), PortError> {
        let sent = self.sender.as_ref().is_some_and(|sender| sender.send(work).is_ok());
        if sent { Ok(()) } else { Err(unavailable("its thread has ended")) }
    }
}

impl<T> Drop for FileThread<T> {
    fn drop(&mut self) {
        drop(self.sender.take());
        if self.thread.take().is_some_and(|thread| thread.join().is_err()) {
            error!("a thread of the data file panicked");
        }
    }
}

impl Store {
    /// Opens an existing data file: `check` runs before SQLite opens it, `prepare` on the connection that writes.
    pub(crate) fn open(
        path: &Path,
        check: impl FnOnce(&Path) -> Result<(), OpenError>,
        prepare: impl FnOnce(&Connection, &Path) -> Result<(), OpenError>,
    ) -> Result<Self, OpenError> {
        let connect = |path: &Path| {
            check(path)?;
            let [writing, reading] = [OpenFlags::SQLITE_OPEN_READ_WRITE, OpenFlags::SQLITE_OPEN_READ_ONLY]
                .map(|access| connect(path, access).map_err(|source| OpenError::sqlite(path, source)));
            let writing = writing?;
            prepare(&writing, path)?;
            Ok((writing, reading?))
        };
        let ((writing, reading), files) = Files::open(path, connect)?;
        #[cfg(feature = "failpoints")]
        let failpoint = Failpoint::from_environment().map_err(|source| OpenError::sqlite(path, source))?;
        let files = Arc::new(files);
        let (committed, commits) = watch::channel(0);
        let (change, changed) = watch::channel(None);
        let change = Arc::new(change);
        let reader = Reader { connection: reading, files: Arc::clone(&files), changed: Arc::clone(&change) };
        let writer = Writer {
            connection: writing,
            durability: Durability::Synced,
            files: Arc::clone(&files),
            committed,
            changed: change,
            log_bytes: 0,
        };
        Ok(Self(Arc::new(Open {
            reader: FileThread::start(move |reads| reader.read_all(&reads)),
            writer: FileThread::start(move |writes| writer.write_all(&writes)),
            commits,
            changed,
            files,
            record_changes: Arc::default(),
            #[cfg(feature = "failpoints")]
            failpoint,
        })))
    }

    /// From now on, the store fails when the pipeline's lock file is removed.
    pub(crate) fn watch_lock(&self, lock: &Path) -> Result<(), OpenError> {
        let io = |source| OpenError::Io { path: lock.to_owned(), source };
        self.0.files.watch_lock(lock).map_err(io)
    }

    /// Executes `change` in a transaction. On `Ok` it is committed with this durability, and the file is still at its path.
    pub(crate) async fn write<F, T>(&self, durability: Durability, change: F) -> Result<T, PortError>
    where
        F: FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
        T: Send + 'static,
    {
        #[cfg(feature = "failpoints")]
        let step = self.0.failpoint.reach(std::any::type_name::<F>());
        let (sender, answer) = oneshot::channel();
        let pending = Pending { durability, change: Some(change), outcome: None, sender };
        self.0.writer.send(Box::new(pending))?;
        let answer = answer.await.map_err(|_| unavailable("its writer has ended"))?;
        #[cfg(feature = "failpoints")]
        step.pass();
        answer
    }

    /// Executes `query` on the last committed state.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        query: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, PortError> {
        let (sender, answer) = oneshot::channel();
        let read: Read = Box::new(move |connection| {
            // The caller may have stopped waiting.
            let _ = sender.send(connection.and_then(|connection| query(connection).map_err(unavailable)));
        });
        self.0.reader.send(read)?;
        answer.await.map_err(|_| unavailable("its reader has ended"))?
    }

    /// Counts the commits of this process, not those of others.
    pub(crate) fn commits(&self) -> watch::Receiver<u64> {
        self.0.commits.clone()
    }

    /// The changes of records by this process.
    pub(crate) fn record_changes(&self) -> &Arc<RecordChanges> {
        &self.0.record_changes
    }

    /// Returns when a file of the store is no longer at its path. From then on, all reads and writes fail.
    pub(crate) async fn changed(&self) -> FileChanged {
        let mut changed = self.0.changed.clone();
        match changed.wait_for(Option::is_some).await.map(|change| change.clone()) {
            Ok(Some(change)) => change,
            // The sender is closed: it lives as long as the store, so this isn't reached.
            _ => std::future::pending().await,
        }
    }
}

struct Reader {
    connection: Connection,
    files: Arc<Files>,
    changed: Arc<watch::Sender<Option<FileChanged>>>,
}

impl Reader {
    fn read_all(self, reads: &mpsc::Receiver<Read>) {
        for read in reads {
            read(checked(&self.files, &self.changed).map(|()| &self.connection).map_err(unavailable));
        }
        close(self.connection, &self.files);
    }
}

#[cfg(test)]
mod tests {
    use futures_util::future::join5;

    use super::*;
    use crate::schema;

    /// The numbers of SQLite's `synchronous` modes.
    const NORMAL: u32 = 1;
    const FULL: u32 = 2;

    fn synchronous(connection: &Connection) -> rusqlite::Result<u32> {
        connection.pragma_query_value(None, "synchronous", |row| row.get(0))
    }

    #[tokio::test]
    async fn a_write_joins_a_commit_only_if_that_is_at_least_as_durable() {
        use Durability::{Eventual, Synced};
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("store");
        schema::create(&file).unwrap();
        let store = Store::open(&file, |_| Ok(()), |_, _| Ok(())).unwrap();
        let (open, gate) = mpsc::channel();
        let first = store.write(Eventual, move |connection| {
            gate.recv().unwrap();
            synchronous(connection)
        });
        let [second, third, fourth] =
            [Eventual, Synced, Eventual].map(|durability| store.write(durability, synchronous));
        // The first write blocks until the others are queued.
        let (first, second, third, fourth, ()) =
            join5(first, second, third, fourth, async { open.send(()).unwrap() }).await;
        let seen = [first, second, third, fourth].map(Result::unwrap);
        assert_eq!(seen, [NORMAL, NORMAL, FULL, FULL]);
        assert_eq!(*store.commits().borrow(), 2);
    }
}
