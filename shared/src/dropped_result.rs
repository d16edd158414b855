//! Why the result of a completed task was not kept.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{
    Json,
    limits::{RESULT_BYTES_MAX, RESULT_DEPTH_MAX},
};

/// Why what a handler returned as the result is not stored. The task is completed nevertheless: its work is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum DroppedResult {
    /// It has more than 32 KiB.
    TooLong,
    /// It is nested deeper than 64 levels.
    TooDeep,
    /// It is not JSON.
    NotJson,
    /// It did not arrive completely.
    Incomplete,
}

impl DroppedResult {
    /// The name in records and responses.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::TooLong => "too_long",
            Self::TooDeep => "too_deep",
            Self::NotJson => "not_json",
            Self::Incomplete => "incomplete",
        }
    }
}

/// A result within the limits. `null` counts as none.
///
/// # Errors
/// The reason if it exceeds a limit.
pub(crate) fn bounded_result(result: Option<Json>) -> Result<Option<Json>, DroppedResult> {
    match result {
        Some(json) if json.as_str().len() > RESULT_BYTES_MAX => Err(DroppedResult::TooLong),
        Some(json) if json.depth() > RESULT_DEPTH_MAX => Err(DroppedResult::TooDeep),
        result => Ok(result.filter(|json| json.as_str() != "null")),
    }
}

impl fmt::Display for DroppedResult {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}
