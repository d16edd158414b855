//! The origin of a web page, serialised as browsers send it (<https://url.spec.whatwg.org>, "origin"), because `Origin`
//! headers are compared byte by byte.
//!
//! `infrastructure/lib/origins.ts` parses the same texts for AWS; `tests/cors-origins.json` tests both.

use url::Url;

const BLANKS: [char; 4] = [' ', '\t', '\r', '\n'];

/// A text is not an origin.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{shown:?}: {problem}")]
pub struct InvalidOrigin {
    shown: String,
    problem: OriginProblem,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
enum OriginProblem {
    #[error("the list has an empty item")]
    Empty,
    #[error("null is the origin of many pages, not of one site")]
    Null,
    #[error("there are no wildcards; name each origin")]
    Wildcard,
    #[error("an origin begins with https:// or http://")]
    Scheme,
    #[error("an origin has no user name and no password")]
    Credentials,
    #[error("an origin ends after its host and port; leave out what follows, also a slash")]
    Path,
    #[error("the host or the port can't be read")]
    Host,
}

/// Parses a comma-separated list and removes duplicates.
pub(crate) fn read_origins(list: &str) -> Result<Vec<String>, InvalidOrigin> {
    let mut origins = Vec::new();
    for item in list.split(',').map(|item| item.trim_matches(BLANKS)) {
        let origin = read_origin(item).map_err(|problem| InvalidOrigin { shown: shown(item), problem })?;
        if !origins.contains(&origin) {
            origins.push(origin);
        }
    }
    Ok(origins)
}

/// The item without the part before an `@`, which can contain a password.
fn shown(item: &str) -> String {
    item.rsplit_once('@').map_or_else(|| item.to_owned(), |(_, rest)| format!("…@{rest}"))
}

fn read_origin(item: &str) -> Result<String, OriginProblem> {
    let (scheme, rest) = match item {
        "" => return Err(OriginProblem::Empty),
        "null" => return Err(OriginProblem::Null),
        _ if item.contains('*') => return Err(OriginProblem::Wildcard),
        _ => item.split_once("://").ok_or(OriginProblem::Scheme)?,
    };
    let scheme = scheme.to_ascii_lowercase();
    if !["https", "http"].contains(&scheme.as_str()) {
        return Err(OriginProblem::Scheme);
    }
    if rest.contains('@') {
        return Err(OriginProblem::Credentials);
    }
    if rest.contains(['/', '\\', '?', '#']) {
        return Err(OriginProblem::Path);
    }
    // A URL can contain spaces and control characters, which its parser removes, and escapes.
    if rest.contains(|character: char| character.is_ascii_control() || " %".contains(character)) {
        return Err(OriginProblem::Host);
    }
    let url = Url::parse(&format!("{scheme}://{rest}")).map_err(|_| OriginProblem::Host)?;
    let host = url.host_str().unwrap_or_default();
    // DNS names contain none of the other characters that a URL allows in a host.
    let is_name =
        |host: &str| host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-_".contains(&byte));
    let has_empty_label = host.starts_with('.') || host.contains("..");
    if !host.starts_with('[') && (!is_name(host) || has_empty_label) {
        return Err(OriginProblem::Host);
    }
    Ok(url.origin().ascii_serialization())
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Deserialize)]
    struct Table {
        accepted: Vec<(String, Vec<String>)>,
        refused: Vec<(String, String)>,
    }

    fn table() -> Table {
        serde_json::from_str(include_str!("../../tests/cors-origins.json")).unwrap()
    }

    #[test]
    fn origins_are_written_as_browsers_send_them() {
        for (list, origins) in table().accepted {
            assert_eq!(read_origins(&list), Ok(origins), "{list:?}");
        }
    }

    #[test]
    fn a_text_that_is_not_an_origin_is_refused_with_its_reason() {
        for (list, reason) in table().refused {
            let error = read_origins(&list).expect_err(&list);
            assert_eq!(error.problem.to_string(), reason, "{list:?}");
        }
    }

    #[test]
    fn the_error_quotes_the_item_without_a_password() {
        let message = |list: &str| read_origins(list).unwrap_err().to_string();
        assert!(
            message("https://a.example, https://b.example/")
                .starts_with("\"https://b.example/\": an origin ends")
        );
        assert!(
            message("https://ann:hunter2@a.example")
                .starts_with("\"…@a.example\": an origin has no user name")
        );
    }
}
