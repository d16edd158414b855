//! What no text that is kept may hold: the signing secret, what of the URL stands behind its origin, a proxy's password,
//! and what the task says.

use std::{collections::BTreeSet, fmt::Write};

use shared::{Task, harmless};
use url::{Position, Url};

use super::{WebhookSecret, proxy::Proxy};

/// A part of a path, or of a task, that is shorter is no token and no secret; to redact it would only garble texts.
const PART_CHARACTERS_MIN: usize = 10;
/// The same of what is there for no other purpose than to be a value.
const VALUE_CHARACTERS_MIN: usize = 4;

/// Texts to take out.
#[derive(Clone, Default)]
pub struct Redaction(BTreeSet<String>);

impl Redaction {
    /// Receivers repeat the path in a "not found" page and the headers in a debug page.
    pub fn of(url: &Url, secret: &WebhookSecret, proxy: Option<&Proxy>) -> Self {
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

    /// With the texts of a task, which frameworks repeat to say what is wrong with it: whole, by line, and as they stand
    /// in JSON.
    pub fn and_of(&self, task: &Task) -> Self {
        let texts = [task.title(), task.description()].into_iter();
        let texts = texts.chain(task.description().lines());
        let forms = texts.flat_map(|text| [text.to_owned(), in_json(text), in_ascii(&in_json(text))]);
        let forms = forms.map(|form| harmless(&form)).filter(|form| has_at_least(PART_CHARACTERS_MIN, form));
        Self(self.0.iter().cloned().chain(forms).collect())
    }

    /// The text without them.
    pub fn apply(&self, text: &str) -> String {
        // Where two overlap, neither leaves a rest.
        let mut is_out = vec![false; text.len()];
        for part in &self.0 {
            for (start, _) in text.match_indices(part.as_str()) {
                is_out[start..start + part.len()].fill(true);
            }
        }
        let mut kept = String::with_capacity(text.len());
        let mut was_out = false;
        for (index, character) in text.char_indices() {
            match is_out[index] {
                false => kept.push(character),
                true if was_out => {}
                true => kept.push_str("(redacted)"),
            }
            was_out = is_out[index];
        }
        kept
    }
}

fn has_at_least(characters: usize, text: &str) -> bool {
    text.chars().nth(characters - 1).is_some()
}

/// As JSON writes it between the quotation marks.
fn in_json(text: &str) -> String {
    let quoted = serde_json::Value::from(text).to_string();
    quoted[1..quoted.len() - 1].to_owned()
}

/// As many libraries write JSON, Python's among them.
fn in_ascii(json: &str) -> String {
    json.chars().fold(String::new(), |mut written, character| {
        match character.is_ascii() {
            true => written.push(character),
            false => character.encode_utf16(&mut [0; 2]).iter().for_each(|unit| {
                // A string takes whatever is written to it.
                let _ = write!(written, "\\u{unit:04x}");
            }),
        }
        written
    })
}

#[cfg(test)]
mod tests {
    use super::{super::Proxies, *};

    const SECRET: &str = "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

    fn redaction_of(url: &str, proxy: Option<&Proxy>) -> Redaction {
        let secret = WebhookSecret::parse(&format!("whsec_{SECRET}")).unwrap();
        Redaction::of(&Url::parse(url).unwrap(), &secret, proxy)
    }

    fn redacted(url: &str, text: &str) -> String {
        redaction_of(url, None).apply(text)
    }

    #[test]
    fn the_secret_goes_with_and_without_its_prefix() {
        let text = format!("my secret is whsec_{SECRET}, or {SECRET}");
        assert_eq!(redacted("http://h/", &text), "my secret is whsec_(redacted), or (redacted)");
    }

    #[test]
    fn what_stands_behind_the_origin_goes_whole_and_in_parts() {
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
    fn a_value_of_the_query_goes_also_when_it_is_short() {
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
    fn the_proxys_password_goes_as_it_is_sent_and_as_it_is_written() {
        let lookup = |name: &str| (name == "ALL_PROXY").then(|| "http://ann:h%40nter2@p:1".to_owned());
        let proxy = Proxies::read(&lookup).unwrap().between(&Url::parse("http://h.example/").unwrap());
        let text = "ann with h@nter2 or h%40nter2, by Basic YW5uOmhAbnRlcjI=, may not";
        let expected = "ann with (redacted) or (redacted), by Basic (redacted), may not";
        assert_eq!(redaction_of("http://h.example/", proxy.as_ref()).apply(text), expected);
    }

    #[test]
    fn where_two_overlap_neither_leaves_a_rest() {
        assert_eq!(redacted("https://h/?a=bcde&b=defg", "a bcdefg"), "a (redacted)");
    }

    fn redacted_of_task(title: &str, description: &str, text: &str) -> String {
        let request = serde_json::json!({ "title": title, "description": description, "priority": "low" });
        let task = shared::sanitise(shared::validate(request.to_string().as_bytes()).unwrap()).unwrap();
        redaction_of("http://h/", None).and_of(&task).apply(text)
    }

    #[test]
    fn what_the_task_says_goes_whole_by_line_and_as_it_stands_in_json() {
        let (title, description) =
            ("Call  Dr. \"Z\u{fc}st\" back", "PATIENT HAS FLU\nCall before noon\nshort");
        for (text, expected) in [
            ("no Call Dr. \"Z\u{fc}st\" back", "no (redacted)"),
            (r#"[{"input":"Call Dr. \"Züst\" back"}]"#, r#"[{"input":"(redacted)"}]"#),
            (r#"[{"input":"Call Dr. \"Z\u00fcst\" back"}]"#, r#"[{"input":"(redacted)"}]"#),
            (r#"{"input":"PATIENT HAS FLU\nCall before noon\nshort"}"#, r#"{"input":"(redacted)"}"#),
            ("PATIENT HAS FLU Call before noon short", "(redacted)"),
            ("line 1 is PATIENT HAS FLU: no", "line 1 is (redacted): no"),
            ("too short", "too short"),
        ] {
            assert_eq!(redacted_of_task(title, description, text), expected);
        }
    }

    #[test]
    fn a_short_text_of_a_task_garbles_nothing() {
        assert_eq!(redacted_of_task("no", "it is", "there is no such unit"), "there is no such unit");
    }
}
