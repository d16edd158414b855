//! A record as its row keeps it.

use rusqlite::{Row, types::Type};
use shared::TaskRecord;

/// The record in this column.
pub(crate) fn decode(row: &Row<'_>, column: usize) -> rusqlite::Result<TaskRecord> {
    let json: String = row.get(column)?;
    serde_json::from_str(&json)
        .map_err(|error| rusqlite::Error::FromSqlConversionFailure(column, Type::Text, error.into()))
}
