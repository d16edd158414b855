//! What a function returned: the task's result.

use shared::{DroppedResult, InvalidJson, Json, limits::RESULT_BYTES_MAX};

/// The result, None if the function returned `null` or nothing. The error says why it can't be kept.
pub(super) fn returned(output: &[u8]) -> Result<Option<Json>, DroppedResult> {
    let text = std::str::from_utf8(output).map_err(|_| DroppedResult::NotJson)?;
    if matches!(text.trim_ascii(), "" | "null") {
        return Ok(None);
    }
    Json::parse(text, RESULT_BYTES_MAX).map(Some).map_err(|problem| match problem {
        InvalidJson::TooLong { .. } => DroppedResult::TooLong,
        InvalidJson::NotJson { .. } => DroppedResult::NotJson,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_json_value_is_a_result_and_null_is_none() {
        for text in [r#"{"paid":1.10}"#, "7", r#""done""#, "false", "[]"] {
            assert_eq!(returned(text.as_bytes()).unwrap().unwrap().as_str(), text);
        }
        for text in ["null", " null\n", ""] {
            assert_eq!(returned(text.as_bytes()), Ok(None), "{text:?}");
        }
    }

    #[test]
    fn a_result_that_is_too_long_or_not_json_is_dropped() {
        let longest = format!("\"{}\"", "s".repeat(RESULT_BYTES_MAX - 2));
        assert!(returned(longest.as_bytes()).is_ok());
        let long = format!("\"{}\"", "s".repeat(RESULT_BYTES_MAX - 1));
        assert_eq!(returned(long.as_bytes()), Err(DroppedResult::TooLong));
        for output in [&b"secret"[..], b"\"\xff\"", b"{}{}"] {
            assert_eq!(returned(output), Err(DroppedResult::NotJson), "{output:?}");
        }
    }
}
