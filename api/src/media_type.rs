//! Whether a `Content-Type` names JSON in UTF-8, by the grammar of RFC 9110, sections 5.6.4, 5.6.6 and 8.3.1.
//!
//! The `mime` crate, which axum depends on, is not maintained and refuses the empty parameters that the grammar allows.

/// Whether `value` is `application/json` without a charset or with UTF-8.
///
/// Other parameters have no meaning for JSON (RFC 8259, section 11) and are ignored, but must be well-formed: a value that
/// two readers could parse differently is refused. A list is refused too: API Gateway joins two `Content-Type` fields to one.
pub(crate) fn is_json_in_utf8(value: &[u8]) -> bool {
    is_json(value).unwrap_or(false)
}

/// `None` if `value` is not a media type.
fn is_json(value: &[u8]) -> Option<bool> {
    let (kind, rest) = token(without_spaces_before(value))?;
    let (subtype, mut rest) = token(rest.strip_prefix(b"/")?)?;
    let mut is_utf8 = true;
    loop {
        rest = without_spaces_before(rest);
        if rest.is_empty() {
            let is_json = kind.eq_ignore_ascii_case(b"application") && subtype.eq_ignore_ascii_case(b"json");
            return Some(is_json && is_utf8);
        }
        rest = without_spaces_before(rest.strip_prefix(b";")?);
        if rest.is_empty() || rest.starts_with(b";") {
            // An empty parameter.
            continue;
        }
        let (name, after) = token(rest)?;
        let (value, after) = parameter_value(after.strip_prefix(b"=")?)?;
        is_utf8 &= !name.eq_ignore_ascii_case(b"charset") || value.eq_ignore_ascii_case(b"utf-8");
        rest = after;
    }
}

/// `text` after its optional whitespace (OWS).
fn without_spaces_before(text: &[u8]) -> &[u8] {
    let end = text.iter().position(|byte| !matches!(byte, b' ' | b'\t')).unwrap_or(text.len());
    &text[end..]
}

/// The token that `text` starts with, and the rest.
fn token(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = text.iter().position(|&byte| !is_token_character(byte)).unwrap_or(text.len());
    (end > 0).then(|| text.split_at(end))
}

fn is_token_character(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

/// The value that `text` starts with, a token or a quoted string without its quotes, and the rest.
fn parameter_value(text: &[u8]) -> Option<(Vec<u8>, &[u8])> {
    match text.strip_prefix(b"\"") {
        Some(quoted) => quoted_string(quoted),
        None => token(text).map(|(value, rest)| (value.to_vec(), rest)),
    }
}

/// The content of `text` before the closing quote, with escapes resolved, and the rest.
fn quoted_string(text: &[u8]) -> Option<(Vec<u8>, &[u8])> {
    let mut value = Vec::new();
    let mut bytes = text.iter().enumerate();
    while let Some((at, &byte)) = bytes.next() {
        match byte {
            b'"' => return Some((value, &text[at + 1..])),
            b'\\' => value.push(*bytes.next().filter(|&(_, &escaped)| is_text(escaped))?.1),
            _ if is_text(byte) => value.push(byte),
            _ => return None,
        }
    }
    None
}

/// Whether a quoted string can contain the byte: a tab, or no control character.
fn is_text(byte: u8) -> bool {
    byte == b'\t' || !byte.is_ascii_control()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_of_json_is_accepted() {
        for value in [
            "application/json",
            "APPLICATION/Json",
            " application/json\t",
            "application/json;",
            "application/json ; ;\t;",
            "application/json;charset=utf-8",
            "application/json; charset=UTF-8",
            "application/json;\t charset=utf-8 ;",
            "application/json; ; charset=utf-8",
            "application/json; CharSet=Utf-8",
            "application/json; charset=\"utf-8\"",
            "application/json; charset=\"UT\\F-8\"",
            "application/json; charset=utf-8; charset=\"utf-8\"",
            "application/json; profile=x; charset=utf-8",
            "application/json; charset=utf-8; profile=\"a \\\"b\\\" ; charset=latin1, c\"",
            "application/json; profile=\"\"",
            "application/json; odata.metadata=minimal; IEEE754Compatible=true",
            "application/json; xcharset=latin1",
        ] {
            assert!(is_json_in_utf8(value.as_bytes()), "{value:?}");
        }
        assert!(is_json_in_utf8(b"application/json; title=\"\xe9\\\xe9\""), "obs-text in a quoted string");
    }

    #[test]
    fn another_type_or_charset_is_refused() {
        for value in [
            "text/json",
            "text/plain; charset=utf-8",
            "application/jsonp",
            "application/problem+json",
            "application/vnd.api+json",
            "application/json; charset=iso-8859-1",
            "application/json; charset=utf-16",
            "application/json; charset=\"latin1\"",
            "application/json; charset=\"\"",
            "application/json; charset=\" utf-8\"",
            "application/json; charset=\"utf-8\\ \"",
            "application/json; profile=x; charset=latin1",
            "application/json; charset=utf-8; charset=latin1",
            "application/json; charset=latin1; charset=utf-8",
            "application/json; profile=\"\\\"; charset=utf-8\"; charset=latin1",
        ] {
            assert!(!is_json_in_utf8(value.as_bytes()), "{value:?}");
        }
    }

    #[test]
    fn a_malformed_media_type_is_refused() {
        for value in [
            "",
            " ",
            ";",
            "application",
            "application/",
            "/json",
            "application /json",
            "application/ json",
            "application/json charset=utf-8",
            "application/json,application/json",
            "application/json, text/plain",
            "application/json; charset=utf-8, application/json",
            "application/json; charset",
            "application/json; charset=",
            "application/json; =utf-8",
            "application/json; charset =utf-8",
            "application/json; charset= utf-8",
            "application/json; charset=utf-8 x",
            "application/json; charset=utf/8",
            "application/json; charset='utf-8'",
            "application/json; charset=\"utf-8",
            "application/json; charset=\"utf-8\\",
            "application/json; charset=\"utf-8\"x",
            "application/json; charset=\"utf\u{1}-8\"",
            "application/json; charset=\"utf-8\\\u{7f}\"",
            "application/json; title=\u{e9}",
            "application/json\u{b}",
        ] {
            assert!(!is_json_in_utf8(value.as_bytes()), "{value:?}");
        }
    }
}
