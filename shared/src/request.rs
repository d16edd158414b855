//! What a client asks for, in the shape it was sent, with the rules it must keep.

use chrono::{DateTime, FixedOffset};
use garde::Validate;
use serde::Serialize;

use crate::{
    Priority,
    limits::{DESCRIPTION_CHARACTERS_MAX, TITLE_CHARACTERS_MAX},
};

/// The body of `POST /tasks`, decoded but not yet sanitised. Lengths are in Unicode code points.
///
/// The patterns say as much as a pattern can: no NUL, no noncharacter, and something that is neither a control character
/// nor a space. That something is left once markup is gone, too, only `sanitise` knows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Validate)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct TaskRequest {
    /// One line of text, 1 to 200 characters. Markup and control characters are removed; something must be left.
    #[garde(length(chars, min = 1, max = TITLE_CHARACTERS_MAX))]
    #[cfg_attr(
        feature = "openapi",
        schema(
            examples("Water the plants"),
            min_length = 1,
            max_length = 200,
            pattern = r"^[^\u0000\uFDD0-\uFDEF\uFFFE\uFFFF]*[^\u0000-\u0020\u007F-\u00A0\u1680\u2000-\u200A\u2028-\u202F\u205F\u2066-\u2069\u3000\uFDD0-\uFDEF\uFFFE\uFFFF][^\u0000\uFDD0-\uFDEF\uFFFE\uFFFF]*$"
        )
    )]
    pub title: String,
    /// Text, 1 to 10,000 characters. Markup and control characters are removed; something must be left.
    #[garde(length(chars, min = 1, max = DESCRIPTION_CHARACTERS_MAX))]
    #[cfg_attr(
        feature = "openapi",
        schema(
            examples("Two cups each"),
            min_length = 1,
            max_length = 10_000,
            pattern = r"^[^\u0000\uFDD0-\uFDEF\uFFFE\uFFFF]*[^\u0000-\u0020\u007F-\u00A0\u1680\u2000-\u200A\u2028-\u202F\u205F\u2066-\u2069\u3000\uFDD0-\uFDEF\uFFFE\uFFFF][^\u0000\uFDD0-\uFDEF\uFFFE\uFFFF]*$"
        )
    )]
    pub description: String,
    /// `low`, `medium` or `high`.
    #[garde(skip)]
    #[cfg_attr(feature = "openapi", schema(examples("low")))]
    pub priority: Priority,
    /// An RFC 3339 timestamp with its offset.
    #[garde(skip)]
    pub due_date: Option<DateTime<FixedOffset>>,
}
