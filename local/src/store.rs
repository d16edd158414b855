//! One SQLite file, one thread that writes it and one that reads it.
//!
//! Nobody hears of a write before it is as durable as they asked. In WAL mode reads never wait for writes. While a store
//! is open, nothing in this process but SQLite may open its files: see [`crate::is_open_database`].

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
    writer::{Pending, Write, Writer, checked, unavailable},
};

/// A handle on the file; clones share it. When the last one is dropped, the file is closed: everything is in it then, and
/// its log is gone, unless another process has it open.
#[derive(Clone)]
pub struct Store(Arc<Open>);

type Read = Box<dyn FnOnce(Result<&Connection, PortError>) + Send>;

/// A thread, and what it is sent.
struct Worker<T> {
    sender: Option<mpsc::Sender<T>>,
    thread: Option<JoinHandle<()>>,
}

struct Open {
    // Dropped in this order: the last connection to close moves the log into the database, and one that only reads can't.
    reader: Worker<Read>,
    writer: Worker<Box<dyn Write>>,
    /// Counts commits of this process.
    commits: watch::Receiver<u64>,
    changed: watch::Receiver<Option<FileChanged>>,
    files: Arc<Files>,
    #[cfg(feature = "failpoints")]
    failpoint: Failpoint,
}

impl<T: Send + 'static> Worker<T> {
    fn start(work: impl FnOnce(mpsc::Receiver<T>) + Send + 'static) -> Self {
        let (sender, received) = mpsc::channel();
        Self { sender: Some(sender), thread: Some(thread::spawn(move || work(received))) }
    }

    /// Fails once the thread has ended, which it does before its time only by a panic.
    fn send(&self, work: T) -> Result<(), PortError> {
        let sent = self.sender.as_ref().is_some_and(|sender| sender.send(work).is_ok());
        if sent { Ok(()) } else { Err(unavailable("its thread has ended")) }
    }
}

impl<T> Drop for Worker<T> {
    fn drop(&mut self) {
        drop(self.sender.take());
        if self.thread.take().is_some_and(|thread| thread.join().is_err()) {
            error!("a thread of the data file panicked");
        }
    }
}

impl Store {
    /// Opens the file at `path`, which must be there, ours, and pass the check; then its tables are made ready.
    pub(crate) fn open(
        path: &Path,
        check: impl FnOnce(&Path) -> Result<(), OpenError>,
        make_ready: impl FnOnce(&Connection, &Path) -> Result<(), OpenError>,
    ) -> Result<Self, OpenError> {
        let connect = |path: &Path| {
            check(path)?;
            let [writing, reading] = [OpenFlags::SQLITE_OPEN_READ_WRITE, OpenFlags::SQLITE_OPEN_READ_ONLY]
                .map(|access| connect(path, access).map_err(|source| OpenError::sqlite(path, source)));
            let writing = writing?;
            make_ready(&writing, path)?;
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
            files: Arc::clone(&files),
            committed,
            changed: change,
            log_bytes: 0,
        };
        Ok(Self(Arc::new(Open {
            reader: Worker::start(move |reads| reader.read_all(&reads)),
            writer: Worker::start(move |writes| writer.write_all(&writes)),
            commits,
            changed,
            files,
            #[cfg(feature = "failpoints")]
            failpoint,
        })))
    }

    /// From now on the file of the pipeline's lock is watched with the others.
    pub(crate) fn watch_lock(&self, lock: &Path) -> Result<(), OpenError> {
        let io = |source| OpenError::Io { path: lock.to_owned(), source };
        self.0.files.watch_lock(lock).map_err(io)
    }

    /// Makes a change; on `Ok` it is committed, as durable as it says, in a file that is at its path.
    pub(crate) async fn write<F, T>(&self, durability: Durability, change: F) -> Result<T, PortError>
    where
        F: FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
        T: Send + 'static,
    {
        #[cfg(feature = "failpoints")]
        let step = self.0.failpoint.reach(std::any::type_name::<F>());
        let (asker, answer) = oneshot::channel();
        let pending = Pending { durability, change: Some(change), outcome: None, asker };
        self.0.writer.send(Box::new(pending))?;
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
            let _ = asker.send(connection.and_then(|connection| query(connection).map_err(unavailable)));
        });
        self.0.reader.send(read)?;
        answer.await.map_err(|_| unavailable("its reader has ended"))?
    }

    /// Counts this process's commits from now on; another process's are not seen.
    pub(crate) fn commits(&self) -> watch::Receiver<u64> {
        self.0.commits.clone()
    }

    /// Ends once a file of the store is not at its path any more. From then on everything that is asked of it fails.
    pub(crate) async fn changed(&self) -> FileChanged {
        let mut changed = self.0.changed.clone();
        match changed.wait_for(Option::is_some).await.map(|change| change.clone()) {
            Ok(Some(change)) => change,
            // The threads live as long as the store.
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
        let store = Store::open(&file, |_| Ok(()), |_, _| Ok(())).unwrap();
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
