//! The receiver's explanation of a refusal, from the body of its answer.

use serde_json::{Map, Value};
use shared::{cut_to_bytes, harmless, limits::FAILURE_ANSWER_BYTES_MAX};

use crate::redaction::Redaction;

/// The first of the JSON members `detail` (RFC 9457), `error` (a string, or an object with a `message`) and `message`;
/// if there is none, the whole body as text; None if it has no visible character. The result is one harmless line,
/// redacted and cut to [`FAILURE_ANSWER_BYTES_MAX`].
pub fn explanation(body: &[u8], redaction: &Redaction) -> Option<String> {
    let explained = match serde_json::from_slice(body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body)) {
        Ok(Value::Object(members)) => from_members(&members),
        Ok(Value::String(text)) => Some(text),
        _ => None,
    };
    let text = explained.unwrap_or_else(|| String::from_utf8_lossy(body).into_owned());
    // Redact before cutting: a secret that is cut in two would not be recognised.
    let mut text = redaction.apply(&harmless(&text));
    cut_to_bytes(&mut text, FAILURE_ANSWER_BYTES_MAX);
    Some(text).filter(|text| !text.is_empty())
}

fn from_members(members: &Map<String, Value>) -> Option<String> {
    ["detail", "error", "message"].into_iter().find_map(|name| match members.get(name)? {
        Value::Object(error) if let Some(Value::String(text)) = error.get("message") => some_text(text),
        Value::String(text) => some_text(text),
        Value::Null | Value::Bool(_) | Value::Number(_) => None,
        // Some frameworks put a list or an object of problems here.
        problems => Some(problems.to_string()),
    })
}

fn some_text(text: &str) -> Option<String> {
    (!text.trim().is_empty()).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn explained(body: impl AsRef<[u8]>) -> Option<String> {
        explanation(body.as_ref(), &Redaction::default())
    }

    #[test]
    fn the_first_member_with_an_explanation_is_used() {
        for (body, expected) in [
            (r#"{"title":"t","detail":"no such account","error":"e","message":"m"}"#, "no such account"),
            (r#"{"error":"e","message":"m"}"#, "e"),
            (r#"{"error":{"code":7,"message":"quota is spent"},"message":"m"}"#, "quota is spent"),
            (r#"{"status":500,"message":"m"}"#, "m"),
            (r#"{"detail":"","error":null,"message":"m"}"#, "m"),
            (r#"{"error":true,"message":"m"}"#, "m"),
            (
                r#"{"detail":[{"loc":["body","x"],"msg":"missing"}]}"#,
                r#"[{"loc":["body","x"],"msg":"missing"}]"#,
            ),
            (r#"{"error":{"code":7}}"#, r#"{"code":7}"#),
            (r#""just a text""#, "just a text"),
            ("\u{feff}{\"detail\":\"d\"}", "d"),
        ] {
            assert_eq!(explained(body).as_deref(), Some(expected), "{body}");
        }
    }

    #[test]
    fn a_body_without_such_a_member_is_used_as_text() {
        for (body, expected) in [
            ("Bad Gateway", "Bad Gateway"),
            ("<html>\r\n<h1>502</h1>\r\n</html>", "<html> <h1>502</h1> </html>"),
            (r#"{"code":7}"#, r#"{"code":7}"#),
            (r#"{"detail":"cut of"#, r#"{"detail":"cut of"#),
            ("[1]", "[1]"),
        ] {
            assert_eq!(explained(body).as_deref(), Some(expected), "{body}");
        }
        assert_eq!(
            explained("[".repeat(1_000)).unwrap().len(),
            1_000,
            "nested more deeply than the JSON parser allows"
        );
    }

    #[test]
    fn a_body_without_a_visible_character_explains_nothing() {
        for body in ["", " \r\n\t", "\u{feff}", "\0\0", "\u{200b}"] {
            assert_eq!(explained(body), None, "{body:?}");
        }
    }

    #[test]
    fn invalid_utf_8_becomes_text() {
        assert_eq!(explained(b"caf\xe9").as_deref(), Some("caf\u{fffd}"));
        assert!(explained(vec![0xff; 5_000]).unwrap().len() <= FAILURE_ANSWER_BYTES_MAX);
    }

    #[test]
    fn an_explanation_can_neither_forge_a_log_line_nor_colour_a_terminal() {
        let body = r#"{"detail":"bad\nfailure      forged \u001b[31mred\u001b[0m \u202egnp"}"#;
        assert_eq!(explained(body).as_deref(), Some("bad failure forged red gnp"));
    }

    #[test]
    fn a_long_explanation_is_cut_between_characters() {
        let text = explained("é".repeat(5_000)).unwrap();
        assert_eq!((text.len(), text.chars().count()), (1_024, 512));
    }
}
