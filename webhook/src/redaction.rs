//! Removes from a text what must not be kept: the signing secret, the part of the URL after its origin, a proxy's
//! password, and the private texts of a message.

use std::{collections::BTreeSet, fmt::Write};

use shared::harmless;
use url::{Position, Url};

use crate::{proxy::Proxy, secret::Secret};

/// A shorter part of a path or of a private text is neither a token nor worth protecting; redacting it would garble
/// texts.
const PART_CHARACTERS_MIN: usize = 10;
/// The same for the values of the query and for passwords.
const VALUE_CHARACTERS_MIN: usize = 4;

/// The texts to remove.
#[derive(Clone, Default)]
pub struct Redaction(BTreeSet<String>);

impl Redaction {
    /// The secrets of a request: receivers repeat the path in a "not found" page and the headers in a debug page.
    pub fn new(url: &Url, secret: &Secret, proxy: Option<&Proxy>) -> Self {
        let mut parts = BTreeSet::from([secret.to_redact().to_owned()]);
        let query = url.query().unwrap_or_default();
        if url.path().len() + query.len() > 1 {
            parts.insert(url[Position::BeforePath..Position::AfterQuery].to_owned());
        }
        let texts = [url.path(), query].into_iter();
        let texts = texts.chain(url.path().split('/')).chain(query.split(['&', '=']));
        parts.extend(texts.filter(|text| has_at_least(PART_CHARACTERS_MIN, text)).map(str::to_owned));
        let raw_values = query.split('&').map(|pair| pair.split_once('=').map_or(pair, |(_, value)| value));
        let values = url.query_pairs().map(|(_, value)| value.into_owned());
        let values = values.chain(raw_values.map(str::to_owned));
        let values = values.chain(proxy.map(Proxy::to_redact).unwrap_or_default());
        parts.extend(values.filter(|value| has_at_least(VALUE_CHARACTERS_MIN, value)));
        Self(parts)
    }

    /// This and the private texts of a message, which frameworks repeat in their error messages: as a whole, line by
    /// line, and as JSON writes them.
    pub fn with_texts(&self, private: &[&str]) -> Self {
        let texts = private.iter().copied().chain(private.iter().flat_map(|text| text.lines()));
        let forms = texts.flat_map(|text| [text.to_owned(), in_json(text), in_ascii(&in_json(text))]);
        let forms = forms.map(|form| harmless(&form)).filter(|form| has_at_least(PART_CHARACTERS_MIN, form));
        Self(self.0.iter().cloned().chain(forms).collect())
    }

    /// `text` with each of them replaced by `(redacted)`.
    pub fn apply(&self, text: &str) -> String {
        // Marked first, so that nothing remains of two that overlap.
        let mut is_secret = vec![false; text.len()];
        for part in &self.0 {
            for (start, _) in text.match_indices(part.as_str()) {
                is_secret[start..start + part.len()].fill(true);
            }
        }
        let mut kept = String::with_capacity(text.len());
        let mut was_secret = false;
        for (index, character) in text.char_indices() {
            match is_secret[index] {
                false => kept.push(character),
                true if was_secret => {}
                true => kept.push_str("(redacted)"),
            }
            was_secret = is_secret[index];
        }
        kept
    }
}

fn has_at_least(characters: usize, text: &str) -> bool {
    text.chars().nth(characters - 1).is_some()
}

/// A text as JSON writes it between quotation marks.
fn in_json(text: &str) -> String {
    let quoted = serde_json::Value::from(text).to_string();
    quoted[1..quoted.len() - 1].to_owned()
}

/// JSON with every other character escaped, as many libraries write it, such as Python's.
fn in_ascii(json: &str) -> String {
    json.chars().fold(String::new(), |mut written, character| {
        match character.is_ascii() {
            true => written.push(character),
            false => character.encode_utf16(&mut [0; 2]).iter().for_each(|unit| {
                // Writing to a String can't fail.
                let _ = write!(written, "\\u{unit:04x}");
            }),
        }
        written
    })
}

#[cfg(test)]
mod tests {
    use super::{super::proxies::Proxies, *};

    const SECRET: &str = "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

    fn redaction_of(url: &str, proxy: Option<&Proxy>) -> Redaction {
        let secret = Secret::parse(&format!("whsec_{SECRET}")).unwrap();
        Redaction::new(&Url::parse(url).unwrap(), &secret, proxy)
    }

    fn redacted(url: &str, text: &str) -> String {
        redaction_of(url, None).apply(text)
    }

    #[test]
    fn the_secret_is_redacted_with_and_without_its_prefix() {
        let text = format!("my secret is whsec_{SECRET}, or {SECRET}");
        assert_eq!(redacted("http://h/", &text), "my secret is whsec_(redacted), or (redacted)");
    }

    #[test]
    fn the_path_and_query_are_redacted_as_a_whole_and_in_parts() {
        let url = "https://h/hooks/T0123ABCDEF?token=s%2Bcret-value-9";
        for (text, expected) in [
            ("Cannot POST /hooks/T0123ABCDEF?token=s%2Bcret-value-9", "Cannot POST (redacted)"),
            ("Cannot POST /hooks/T0123ABCDEF", "Cannot POST (redacted)"),
            ("no hook T0123ABCDEF", "no hook (redacted)"),
            ("bad token s+cret-value-9", "bad token (redacted)"),
            ("bad token s%2Bcret-value-9", "bad token (redacted)"),
            ("/a?x=1&amp;token=s%2Bcret-value-9", "/a?x=1&amp;(redacted)"),
        ] {
            assert_eq!(redacted(url, text), expected);
        }
    }

    #[test]
    fn a_short_value_of_the_query_is_redacted_too() {
        let url = "https://h/hook?key=s%21x9&n=abc&bare99";
        let text = "no key s!x9 or s%21x9 for hook abc, and no bare99";
        assert_eq!(redacted(url, text), "no key (redacted) or (redacted) for hook abc, and no (redacted)");
    }

    #[test]
    fn a_url_without_a_token_garbles_nothing() {
        assert_eq!(redacted("https://h/", "a / b"), "a / b");
        assert_eq!(redacted("https://h/v1", "of v1, at /v1"), "of v1, at (redacted)");
    }

    #[test]
    fn the_proxys_password_is_redacted_in_every_encoding() {
        let lookup = |name: &str| (name == "ALL_PROXY").then(|| "http://ann:h%40nter2@p:1".to_owned());
        let proxy = Proxies::read(&lookup).unwrap().for_url(&Url::parse("http://h.example/").unwrap());
        let text = "ann with h@nter2 or h%40nter2, by Basic YW5uOmhAbnRlcjI=, may not";
        let expected = "ann with (redacted) or (redacted), by Basic (redacted), may not";
        assert_eq!(redaction_of("http://h.example/", proxy.as_ref()).apply(text), expected);
    }

    #[test]
    fn nothing_remains_of_two_secrets_that_overlap() {
        assert_eq!(redacted("https://h/?a=bcde&b=defg", "a bcdefg"), "a (redacted)");
    }

    fn redacted_with(private: &[&str], text: &str) -> String {
        redaction_of("http://h/", None).with_texts(private).apply(text)
    }

    #[test]
    fn a_private_text_is_redacted_as_a_whole_by_line_and_as_json() {
        let private = ["Call  Dr. \"Z\u{fc}st\" back", "PATIENT HAS FLU\nCall before noon\nshort"];
        for (text, expected) in [
            ("no Call Dr. \"Z\u{fc}st\" back", "no (redacted)"),
            (r#"[{"input":"Call Dr. \"Züst\" back"}]"#, r#"[{"input":"(redacted)"}]"#),
            (r#"[{"input":"Call Dr. \"Z\u00fcst\" back"}]"#, r#"[{"input":"(redacted)"}]"#),
            (r#"{"input":"PATIENT HAS FLU\nCall before noon\nshort"}"#, r#"{"input":"(redacted)"}"#),
            ("PATIENT HAS FLU Call before noon short", "(redacted)"),
            ("line 1 is PATIENT HAS FLU: no", "line 1 is (redacted): no"),
            ("too short", "too short"),
        ] {
            assert_eq!(redacted_with(&private, text), expected);
        }
    }

    #[test]
    fn a_short_private_text_garbles_nothing() {
        assert_eq!(redacted_with(&["no", "it is"], "there is no such unit"), "there is no such unit");
    }
}
