//! What a client asks for, in the shape it was sent, with the rules it must keep.

use chrono::{DateTime, FixedOffset};
use garde::Validate;
use serde::Serialize;

use crate::{
    Priority,
    limits::{DESCRIPTION_CHARACTERS_MAX, TITLE_CHARACTERS_MAX},
};

/// The body of `POST /tasks`, decoded but not yet sanitised. Lengths are in Unicode code points.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Validate)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct TaskRequest {
    /// One line of text, 1 to 200 characters.
    #[garde(length(chars, min = 1, max = TITLE_CHARACTERS_MAX))]
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 200))]
    pub title: String,
    /// Text, 1 to 10,000 characters.
    #[garde(length(chars, min = 1, max = DESCRIPTION_CHARACTERS_MAX))]
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 10_000))]
    pub description: String,
    /// `low`, `medium` or `high`.
    #[garde(skip)]
    pub priority: Priority,
    /// An RFC 3339 timestamp with its offset.
    #[garde(skip)]
    pub due_date: Option<DateTime<FixedOffset>>,
}
