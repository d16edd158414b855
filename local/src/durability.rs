//! Durability: what a power cut may take.

use rusqlite::Connection;

/// What a power cut may take of a change that was answered; the end of a process takes nothing.
///
/// The log keeps changes in the order in which they were committed, and a cut takes its end: so a change that is on the
/// disk has all before it there, too, whatever their durability was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Durability {
    /// It may be taken, with everything behind it: for what is made good by itself after a start.
    Eventual,
    /// Nothing: it is on the disk.
    Synced,
}

impl Durability {
    /// Lets the commits that follow have it: `NORMAL` leaves out a commit's own sync of the log, and none of those that
    /// keep a checkpoint whole (sqlite.org/pragma.html#pragma_synchronous). It can't be changed within a transaction.
    pub fn of_commits(self, connection: &Connection) -> rusqlite::Result<()> {
        connection.execute_batch(match self {
            Self::Eventual => "PRAGMA synchronous = NORMAL",
            Self::Synced => "PRAGMA synchronous = FULL",
        })
    }
}
