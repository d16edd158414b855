//! The names of a pipeline's files in its folder.

pub(crate) const DATABASE: &str = "taskline.db";
pub(crate) const LOG: &str = "taskline.db-wal";
pub(crate) const LOCK: &str = "taskline.lock";
/// Locked while a program of the handler runs.
pub(crate) const PROGRAMS_LOCK: &str = "programs.lock";
/// A new database until it is complete.
pub(crate) const NEW_DATABASE: &str = "taskline.db.new";

/// The webhook's secret, if the pipeline made it.
pub(crate) const SECRET: &str = "webhook-secret";
/// A new secret until it is complete.
pub(crate) const NEW_SECRET: &str = "webhook-secret.new";

/// Every name that a pipeline, or SQLite on its behalf, uses in the folder.
pub(crate) const ALL: [&str; 9] = [
    DATABASE,
    LOG,
    "taskline.db-shm",
    "taskline.db-journal",
    NEW_DATABASE,
    LOCK,
    PROGRAMS_LOCK,
    SECRET,
    NEW_SECRET,
];

/// What SQLite appends to a database's name for the files that belong to it.
pub(crate) const SUFFIXES: [&str; 3] = ["-wal", "-shm", "-journal"];
