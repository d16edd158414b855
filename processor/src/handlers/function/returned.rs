//! What a function returned: the task's result.

use shared::{Json, limits::RESULT_BYTES_MAX};

/// The result, None if the function returned `null` or nothing. The error says why it can't be kept, without quoting it.
pub(super) fn returned(output: &[u8]) -> Result<Option<Json>, String> {
    let text = std::str::from_utf8(output).map_err(|_| "it is not text in UTF-8".to_owned())?;
    if matches!(text.trim_ascii(), "" | "null") {
        return Ok(None);
    }
    Json::parse(text, RESULT_BYTES_MAX).map(Some).map_err(|problem| format!("it {problem}"))
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
    fn a_result_that_is_too_long_or_not_json_is_named_without_its_text() {
        let long = format!("\"{}\"", "s".repeat(RESULT_BYTES_MAX));
        for (output, problem) in [
            (long.as_bytes(), "has 32770 bytes"),
            (b"secret", "is not JSON"),
            (b"\"\xff\"", "is not text in UTF-8"),
        ] {
            let refused = returned(output).unwrap_err();
            assert!(
                refused.contains(problem) && !refused.contains('s'.to_string().repeat(3).as_str()),
                "{refused}"
            );
        }
    }
}
