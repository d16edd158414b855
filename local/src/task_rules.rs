//! What the pipeline demands of a task, for other processes that submit tasks or amend them. A stopped pipeline keeps it.

use rusqlite::{Connection, OptionalExtension};
use shared::ports::PortError;

use crate::Store;

/// Files of earlier versions lack the table until a pipeline starts. One row, or none if every valid task is taken.
const TABLE: &str = "CREATE TABLE IF NOT EXISTS task_rules (id INTEGER PRIMARY KEY, rules TEXT NOT NULL)";
const IS_THERE: &str =
    "SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'task_rules')";

/// Stores the rules of this pipeline instead of those of an earlier start.
pub(crate) fn replace(connection: &Connection, rules: Option<&str>) -> rusqlite::Result<()> {
    connection.execute(TABLE, [])?;
    connection.execute("DELETE FROM task_rules", [])?;
    if let Some(rules) = rules {
        connection.execute("INSERT INTO task_rules VALUES (0, ?1)", [rules])?;
    }
    Ok(())
}

impl Store {
    /// The rules of the pipeline that was started last, as its options had them; `None` if it takes every valid task.
    ///
    /// # Errors
    /// [`PortError`] when the data can't be read.
    pub async fn task_rules(&self) -> Result<Option<String>, PortError> {
        self.read(|connection| match connection.query_row(IS_THERE, [], |row| row.get(0))? {
            true => connection.query_row("SELECT rules FROM task_rules", [], |row| row.get(0)).optional(),
            false => Ok(None),
        })
        .await
    }
}
