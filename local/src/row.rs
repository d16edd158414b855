//! Values as the columns of the data file hold them.

use chrono::DateTime;
use rusqlite::{Row, types::Type};
use serde::de::DeserializeOwned;
use shared::{SequenceNumber, Timestamp};

/// Decodes the JSON in a column.
pub(crate) fn json<T: DeserializeOwned>(row: &Row<'_>, column: usize) -> rusqlite::Result<T> {
    let json: String = row.get(column)?;
    serde_json::from_str(&json)
        .map_err(|error| rusqlite::Error::FromSqlConversionFailure(column, Type::Text, error.into()))
}

pub(crate) fn timestamp(micros: i64) -> Timestamp {
    DateTime::from_timestamp_micros(micros).unwrap_or(Timestamp::UNIX_EPOCH)
}

pub(crate) fn sequence_number(row_number: i64) -> SequenceNumber {
    SequenceNumber::new(row_number.unsigned_abs().into())
}

/// The largest row number for a sequence number that this file never assigned.
pub(crate) fn row_number(number: SequenceNumber) -> i64 {
    i64::try_from(number.get()).unwrap_or(i64::MAX)
}
