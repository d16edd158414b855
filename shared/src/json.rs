//! JSON that is kept as it was sent: a task's result.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// The text of one JSON value. Spacing, the order of members and the digits of numbers stay as they were sent.
#[derive(Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Json(Box<RawValue>);

/// Why a text can't be kept. The message does not quote the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidJson {
    /// It is longer than allowed.
    #[error("has {bytes} bytes, and at most {bytes_max} are allowed")]
    TooLong {
        /// Its length.
        bytes: usize,
        /// The limit.
        bytes_max: usize,
    },
    /// It is not one JSON value.
    #[error("is not JSON (line {line}, column {column})")]
    NotJson {
        /// The line of the error, from 1.
        line: usize,
        /// The column of the error, from 1.
        column: usize,
    },
}

impl Json {
    /// Checks a text of at most `bytes_max` bytes.
    ///
    /// # Errors
    /// [`InvalidJson`].
    pub fn parse(text: &str, bytes_max: usize) -> Result<Self, InvalidJson> {
        let text = text.trim_ascii();
        if text.len() > bytes_max {
            return Err(InvalidJson::TooLong { bytes: text.len(), bytes_max });
        }
        serde_json::from_str(text)
            .map(Self)
            .map_err(|error| InvalidJson::NotJson { line: error.line(), column: error.column() })
    }

    /// How deep arrays and objects are nested in each other: 0 for a value that is neither.
    pub(crate) fn depth(&self) -> usize {
        let (mut depth, mut deepest) = (0_usize, 0);
        let (mut in_string, mut is_escaped) = (false, false);
        for byte in self.as_str().bytes() {
            match byte {
                _ if is_escaped => is_escaped = false,
                b'\\' => is_escaped = in_string,
                b'"' => in_string = !in_string,
                b'[' | b'{' if !in_string => depth += 1,
                b']' | b'}' if !in_string => depth = depth.saturating_sub(1),
                _ => {}
            }
            deepest = deepest.max(depth);
        }
        deepest
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        self.0.get()
    }
}

impl PartialEq for Json {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for Json {}

/// Without the text: it belongs to the users of the pipeline, and logs hold no such text.
impl fmt::Debug for Json {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Json({} bytes)", self.as_str().len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_kept_as_it_was_sent() {
        for text in [r#"{"b":1.10, "a":[1e400,null]}"#, "7", r#""a""#, "null"] {
            let json = Json::parse(&format!(" {text}\n"), 64).unwrap();
            assert_eq!(json.as_str(), text);
            let stored = serde_json::to_string(&json).unwrap();
            assert_eq!(serde_json::from_str::<Json>(&stored).unwrap(), json);
        }
    }

    #[test]
    fn a_text_that_is_not_one_value_is_refused() {
        for text in ["", "{", "1 2", "nul", "{'a':1}"] {
            assert!(matches!(Json::parse(text, 64), Err(InvalidJson::NotJson { .. })), "{text:?}");
        }
    }

    #[test]
    fn the_limit_counts_bytes_without_blanks_around() {
        assert!(Json::parse("  123  ", 3).is_ok());
        assert_eq!(Json::parse("1234", 3), Err(InvalidJson::TooLong { bytes: 4, bytes_max: 3 }));
        assert!(Json::parse("\"é\"", 3).is_err());
    }

    #[test]
    fn the_depth_counts_brackets_outside_of_strings() {
        for (text, depth) in [("7", 0), ("[]", 1), (r#"{"a":[{}],"b":[1]}"#, 3), (r#"["[[[\"[[[\\", []]"#, 2)]
        {
            assert_eq!(Json::parse(text, 64).unwrap().depth(), depth, "{text}");
        }
    }

    #[test]
    fn the_text_is_not_logged() {
        assert_eq!(format!("{:?}", Json::parse("\"secret\"", 64).unwrap()), "Json(8 bytes)");
    }
}
