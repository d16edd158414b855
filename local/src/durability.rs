//! Whether a power failure may undo a write.

use rusqlite::Connection;

/// Whether a power failure may undo a write that was reported as done. The end of a process undoes nothing.
///
/// The log keeps writes in commit order and a power failure truncates it. So when a write is on the disk, all writes before
/// it are too, whatever their durability.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Durability {
    /// It may be undone, with all writes after it: for what the next start repairs anyway.
    Eventual,
    /// It is on the disk when it is reported.
    Synced,
}

impl Durability {
    /// Applies this to the following commits; not within a transaction. `NORMAL` omits the sync of the log at a commit, but
    /// not the syncs that protect a checkpoint (sqlite.org/pragma.html#pragma_synchronous).
    pub fn apply_to(self, connection: &Connection) -> rusqlite::Result<()> {
        connection.execute_batch(match self {
            Self::Eventual => "PRAGMA synchronous = NORMAL",
            Self::Synced => "PRAGMA synchronous = FULL",
        })
    }
}
