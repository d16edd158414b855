//! A client's request for a task, with the rules for its members.

use chrono::{DateTime, FixedOffset};
use garde::Validate;
use serde::Serialize;

use crate::{
    Json, Priority, TaskType,
    limits::{DESCRIPTION_CHARACTERS_MAX, TITLE_CHARACTERS_MAX},
};

/// The body of `POST /tasks`, decoded but not yet sanitised. Lengths are in Unicode code points.
///
/// The patterns express what a portable pattern can: no NUL, no noncharacter, and a visible character. They don't cover
/// characters above U+FFFF. Only `sanitise` checks that a visible character is left after markup is removed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Validate)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct TaskRequest {
    /// One line of text, 1 to 200 characters. Markup and control characters are removed, and line breaks become spaces;
    /// at least one visible
    /// character must be left.
    #[garde(length(chars, min = 1, max = TITLE_CHARACTERS_MAX))]
    #[cfg_attr(
        feature = "openapi",
        schema(
            examples("Water the plants"),
            min_length = 1,
            max_length = 200,
            pattern = r"^[^\u0000\uFDD0-\uFDEF\uFFFE\uFFFF]*[^\u0000-\u0020\u007F-\u00A0\u00AD\u034F\u061C\u115F\u1160\u1680\u17B4\u17B5\u180B-\u180F\u2000-\u200F\u2028-\u202F\u205F-\u206F\u2800\u3000\u3164\uFDD0-\uFDEF\uFE00-\uFE0F\uFEFF\uFFA0\uFFF0-\uFFFC\uFFFE\uFFFF][^\u0000\uFDD0-\uFDEF\uFFFE\uFFFF]*$"
        )
    )]
    pub title: String,
    /// Text, 1 to 10,000 characters. Markup and control characters are removed, and line breaks become LF; at
    /// least one visible character must be left.
    #[garde(length(chars, min = 1, max = DESCRIPTION_CHARACTERS_MAX))]
    #[cfg_attr(
        feature = "openapi",
        schema(
            examples("Two cups each"),
            min_length = 1,
            max_length = 10_000,
            pattern = r"^[^\u0000\uFDD0-\uFDEF\uFFFE\uFFFF]*[^\u0000-\u0020\u007F-\u00A0\u00AD\u034F\u061C\u115F\u1160\u1680\u17B4\u17B5\u180B-\u180F\u2000-\u200F\u2028-\u202F\u205F-\u206F\u2800\u3000\u3164\uFDD0-\uFDEF\uFE00-\uFE0F\uFEFF\uFFA0\uFFF0-\uFFFC\uFFFE\uFFFF][^\u0000\uFDD0-\uFDEF\uFFFE\uFFFF]*$"
        )
    )]
    pub description: String,
    /// `low`, `medium` or `high`.
    #[garde(skip)]
    #[cfg_attr(feature = "openapi", schema(examples("low")))]
    pub priority: Priority,
    /// An RFC 3339 timestamp with an offset. A leap second is stored as the second before it.
    #[garde(skip)]
    pub due_date: Option<DateTime<FixedOffset>>,
    /// The kind of task, for its handler: 1 to 64 of `a` to `z`, `0` to `9`, `.`, `_` and `-`; `task` if it is absent.
    /// A deployment can refuse the types that it does not know.
    #[garde(skip)]
    #[serde(rename = "type")]
    #[cfg_attr(
        feature = "openapi",
        schema(
            value_type = Option<String>,
            examples("invoice.send"),
            default = "task",
            min_length = 1,
            max_length = 64,
            pattern = "^[a-z0-9._\\-]+$"
        )
    )]
    pub task_type: TaskType,
    /// Any JSON value for the handler, of at most 131,072 bytes as sent. It is kept as it was sent: digits, spacing and the
    /// order of members stay. Names may not be repeated in an object, nesting is at most 64 levels, and strings hold neither
    /// lone surrogates nor noncharacters. `null` counts as absent. A deployment can require a payload that fits a JSON Schema
    /// for the type.
    #[garde(skip)]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<serde_json::Value>))]
    pub payload: Option<Json>,
}
