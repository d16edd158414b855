//! What a receiver says of its refusal, from the body of its answer.

use serde_json::{Map, Value};
use shared::{cut_to_bytes, harmless, limits::FAILURE_ANSWER_BYTES_MAX};

use super::redaction::Redaction;

/// The first that is there of the members `detail` (RFC 9457), `error` (a text, or an object with a `message`) and
/// `message`; else the whole text. Nothing where there is none. One line, harmless, cut to what a record keeps, and
/// without what must not be kept.
pub fn explanation(body: &[u8], redaction: &Redaction) -> Option<String> {
    let said = match serde_json::from_slice(body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body)) {
        Ok(Value::Object(members)) => from_members(&members),
        Ok(Value::String(text)) => Some(text),
        _ => None,
    };
    let said = said.unwrap_or_else(|| String::from_utf8_lossy(body).into_owned());
    // Cut last: a part of what must not be kept is not recognised any more.
    let mut said = redaction.apply(&harmless(&said));
    cut_to_bytes(&mut said, FAILURE_ANSWER_BYTES_MAX);
    Some(said).filter(|said| !said.is_empty())
}

fn from_members(members: &Map<String, Value>) -> Option<String> {
    ["detail", "error", "message"].into_iter().find_map(|name| match members.get(name)? {
        Value::Object(error) if let Some(Value::String(text)) = error.get("message") => some_text(text),
        Value::String(text) => some_text(text),
        Value::Null | Value::Bool(_) | Value::Number(_) => None,
        // As some frameworks list what is wrong.
        listed => Some(listed.to_string()),
    })
}

fn some_text(text: &str) -> Option<String> {
    (!text.trim().is_empty()).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(body: impl AsRef<[u8]>) -> Option<String> {
        explanation(body.as_ref(), &Redaction::default())
    }

    #[test]
    fn the_first_member_that_explains_is_taken() {
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
            assert_eq!(said(body).as_deref(), Some(expected), "{body}");
        }
    }

    #[test]
    fn what_is_no_such_json_is_taken_as_text() {
        for (body, expected) in [
            ("Bad Gateway", "Bad Gateway"),
            ("<html>\r\n<h1>502</h1>\r\n</html>", "<html> <h1>502</h1> </html>"),
            (r#"{"code":7}"#, r#"{"code":7}"#),
            (r#"{"detail":"cut of"#, r#"{"detail":"cut of"#),
            ("[1]", "[1]"),
        ] {
            assert_eq!(said(body).as_deref(), Some(expected), "{body}");
        }
        assert_eq!(said("[".repeat(1_000)).unwrap().len(), 1_000, "deeper than JSON is read");
    }

    #[test]
    fn a_body_without_a_visible_character_says_nothing() {
        for body in ["", " \r\n\t", "\u{feff}", "\0\0", "\u{200b}"] {
            assert_eq!(said(body), None, "{body:?}");
        }
    }

    #[test]
    fn bytes_that_are_no_text_become_text() {
        assert_eq!(said(b"caf\xe9").as_deref(), Some("caf\u{fffd}"));
        assert!(said(vec![0xff; 5_000]).unwrap().len() <= FAILURE_ANSWER_BYTES_MAX);
    }

    #[test]
    fn nothing_in_it_forges_a_line_or_colours_a_terminal() {
        let body = r#"{"detail":"bad\nfailure      forged \u001b[31mred\u001b[0m \u202egnp"}"#;
        assert_eq!(said(body).as_deref(), Some("bad failure forged red gnp"));
    }

    #[test]
    fn a_long_one_is_cut_between_characters() {
        let said = said("é".repeat(5_000)).unwrap();
        assert_eq!((said.len(), said.chars().count()), (1_024, 512));
    }
}
