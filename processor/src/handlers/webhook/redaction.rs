//! What no text that is kept may hold: the signing secret, and what of the URL stands behind its origin.

use url::Url;

use super::WebhookSecret;

/// A part of a URL that is shorter is no token; to redact it would only garble texts.
const TOKEN_CHARACTERS_MIN: usize = 10;

/// Texts to take out, the longest first.
#[derive(Debug, Clone, Default)]
pub struct Redaction(Vec<String>);

impl Redaction {
    /// Receivers repeat the path in a "not found" page and the headers in a debug page.
    pub fn of(url: &Url, secret: &WebhookSecret) -> Self {
        let mut parts = vec![secret.to_redact().to_owned()];
        let query = url.query().unwrap_or_default();
        if url.path().len() + query.len() > 1 {
            parts.push(url[url::Position::BeforePath..url::Position::AfterQuery].to_owned());
        }
        let values = url.query_pairs().map(|(_, value)| value.into_owned());
        let segments = url.path().split('/').map(str::to_owned);
        let raw_values = query.split(['&', '=']).map(str::to_owned);
        let tokens = [url.path().to_owned(), query.to_owned()].into_iter();
        let tokens = tokens.chain(segments).chain(values).chain(raw_values);
        parts.extend(tokens.filter(|text| text.chars().count() >= TOKEN_CHARACTERS_MIN));
        parts.sort_by_key(|part| std::cmp::Reverse(part.len()));
        parts.dedup();
        Self(parts)
    }

    /// The text without them.
    pub fn apply(&self, text: &str) -> String {
        self.0.iter().fold(text.to_owned(), |text, part| text.replace(part.as_str(), "(redacted)"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

    fn redacted(url: &str, text: &str) -> String {
        let secret = WebhookSecret::parse(&format!("whsec_{SECRET}")).unwrap();
        Redaction::of(&Url::parse(url).unwrap(), &secret).apply(text)
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
    fn a_url_without_a_token_garbles_nothing() {
        assert_eq!(redacted("https://h/", "a / b"), "a / b");
        assert_eq!(redacted("https://h/v1", "of v1, at /v1"), "of v1, at (redacted)");
    }
}
