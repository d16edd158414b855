//! Validates the body of a request.
//!
//! Each field is read separately, because a derived decoder stops at the first error and accepts duplicate keys. The sender
//! gets all violations in one response.

use std::{collections::HashMap, fmt};

use chrono::{DateTime, FixedOffset};
use garde::Validate;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use thiserror::Error;

use crate::{
    Priority, TaskRequest, TaskType, Violation, due_date,
    limits::{DESCRIPTION_CHARACTERS_MAX, TITLE_CHARACTERS_MAX},
    noncharacter::{is_forbidden, names_of},
    payload,
    pointer::pointer,
    violation::VIOLATIONS_REPORTED_MAX,
};

const FIELDS: [&str; 6] = ["title", "description", "priority", "due_date", "type", "payload"];

/// Why a body is rejected.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Rejection {
    /// It is not a JSON object; the text says what is wrong, and where.
    #[error("the body {0}")]
    Malformed(String),
    /// It is a JSON object that breaks these rules, up to 50.
    #[error("the request breaks {} rule(s)", .0.len())]
    Invalid(Vec<Violation>),
}

/// A request that keeps all rules. Only [`validate`] makes one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ValidRequest(TaskRequest);

impl ValidRequest {
    /// The request.
    pub fn as_request(&self) -> &TaskRequest {
        &self.0
    }

    pub(crate) fn into_request(self) -> TaskRequest {
        self.0
    }
}

/// Validates the body of `POST /tasks`. [`crate::Submission::parse`] does this and sanitises the request.
///
/// # Errors
/// [`Rejection`].
pub fn validate(body: &[u8]) -> Result<ValidRequest, Rejection> {
    let text = utf8(body)?;
    let members = members(text)?;
    let mut violations = Vec::new();
    let request = read_fields(&members, &mut violations);
    violations.extend(surplus(&members));
    if violations.is_empty() {
        return Ok(ValidRequest(request));
    }
    sort_by_field(&mut violations);
    violations.truncate(VIOLATIONS_REPORTED_MAX);
    Err(Rejection::Invalid(violations))
}

fn utf8(body: &[u8]) -> Result<&str, Rejection> {
    let text = std::str::from_utf8(body).map_err(|error| {
        let valid = &body[..error.valid_up_to()];
        let line = 1 + valid.iter().filter(|&&byte| byte == b'\n').count();
        let column = 1 + valid.iter().rev().take_while(|&&byte| byte != b'\n').count();
        Rejection::Malformed(format!("is not UTF-8 at line {line} column {column}"))
    })?;
    if text.starts_with('\u{FEFF}') {
        return Err(Rejection::Malformed("starts with a byte order mark at line 1 column 1".to_owned()));
    }
    Ok(text)
}

/// The members of the top-level object in the order sent, duplicates included, each value still as its JSON text.
struct Members<'a>(Vec<(String, &'a RawValue)>);

impl<'a> Members<'a> {
    fn get(&self, name: &str) -> Option<&'a RawValue> {
        self.0.iter().find(|(key, _)| key == name).map(|&(_, value)| value)
    }
}

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct MembersVisitor;

        impl<'de> Visitor<'de> for MembersVisitor {
            type Value = Members<'de>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a JSON object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }

        deserializer.deserialize_map(MembersVisitor)
    }
}

fn members(text: &str) -> Result<Members<'_>, Rejection> {
    serde_json::from_str(text).map_err(|error| {
        // The text of a data error would quote the body; that of a syntax error names only what was expected where.
        Rejection::Malformed(if error.is_data() {
            "is not a JSON object".to_owned()
        } else {
            format!("is not JSON: {error}")
        })
    })
}

/// Reads and validates the known fields. If it adds no violation, the returned request is the one that was sent.
fn read_fields(members: &Members<'_>, violations: &mut Vec<Violation>) -> TaskRequest {
    let mut note = |name: &str, message: String| violations.push(Violation::new(pointer(name), message));
    let title = required(members, "title", text).map_err(|message| note("title", message)).ok();
    let description =
        required(members, "description", text).map_err(|message| note("description", message)).ok();
    let priority = required(members, "priority", priority).map_err(|message| note("priority", message)).ok();
    let due_date = optional(members, "due_date", due_date).map_err(|message| note("due_date", message)).ok();
    let task_type = optional(members, "type", task_type).map_err(|message| note("type", message)).ok();
    let payload = optional(members, "payload", payload::check).map_err(|found| violations.extend(found)).ok();

    // The fields that could be read are validated even if others could not. Those are replaced by valid values, since their
    // violations are noted already.
    let stand_in = || "-".to_owned();
    let request = TaskRequest {
        title: title.unwrap_or_else(stand_in),
        description: description.unwrap_or_else(stand_in),
        priority: priority.unwrap_or(Priority::Medium),
        due_date: due_date.flatten(),
        task_type: task_type.flatten().unwrap_or_default(),
        payload: payload.flatten(),
    };
    violations.extend(broken_rules(&request));
    request
}

/// The rules for a request's texts, which are checked before and after sanitising.
pub(crate) fn broken_rules(request: &TaskRequest) -> Vec<Violation> {
    let mut violations = Vec::new();
    if let Err(report) = request.validate() {
        violations
            .extend(report.iter().map(|(path, error)| length_violation(request, &path.to_string(), error)));
    }
    for (name, text) in [("title", &request.title), ("description", &request.description)] {
        if let Some(message) = forbidden_characters(text) {
            violations.push(Violation::new(pointer(name), message));
        }
    }
    violations
}

/// garde's message names neither the other bound nor the length of the text.
fn length_violation(request: &TaskRequest, name: &str, error: &garde::Error) -> Violation {
    let (text, max) = match name {
        "title" => (&request.title, TITLE_CHARACTERS_MAX),
        "description" => (&request.description, DESCRIPTION_CHARACTERS_MAX),
        _ => return Violation::new(pointer(name), error.to_string()),
    };
    let length = text.chars().count();
    Violation::new(pointer(name), format!("must be 1 to {max} characters, has {length}"))
}

fn forbidden_characters(text: &str) -> Option<String> {
    names_of(text.chars().filter(|&character| is_forbidden(character)))
        .map(|names| format!("must not hold {names}"))
}

fn required<T>(
    members: &Members<'_>,
    name: &str,
    read: impl FnOnce(&RawValue) -> Result<T, String>,
) -> Result<T, String> {
    members.get(name).ok_or_else(|| "is required".to_owned()).and_then(read)
}

/// `null` counts as absent.
fn optional<T, E>(
    members: &Members<'_>,
    name: &str,
    read: impl FnOnce(&RawValue) -> Result<T, E>,
) -> Result<Option<T>, E> {
    members.get(name).filter(|value| value.get() != "null").map(read).transpose()
}

fn text(value: &RawValue) -> Result<String, String> {
    let kind = match value.get().as_bytes().first() {
        // serde_json has checked the string's syntax, except that surrogates come in pairs.
        Some(b'"') => {
            return serde_json::from_str(value.get()).map_err(|_| "holds a lone surrogate".to_owned());
        }
        Some(b'{') => "an object",
        Some(b'[') => "an array",
        Some(b't' | b'f') => "a boolean",
        Some(b'n') => "null",
        _ => "a number",
    };
    Err(format!("must be a string, is {kind}"))
}

fn priority(value: &RawValue) -> Result<Priority, String> {
    // Parsed as text first: serde would also accept `{"low": null}` as a priority.
    let name = text(value)?;
    serde_json::from_value(name.into()).map_err(|_| "must be low, medium or high".to_owned())
}

fn due_date(value: &RawValue) -> Result<DateTime<FixedOffset>, String> {
    due_date::parse(&text(value)?).map_err(|error| error.to_string())
}

fn task_type(value: &RawValue) -> Result<TaskType, String> {
    text(value)?.parse().map_err(|error: crate::InvalidTaskType| error.to_string())
}

/// Known fields first, in their documented order, so that many unknown fields can't push them out of the limit.
pub(crate) fn sort_by_field(violations: &mut [Violation]) {
    violations.sort_by_key(|violation| {
        let field = violation.pointer.split('/').nth(1);
        let position = FIELDS.iter().position(|&name| field == Some(name));
        position.unwrap_or(FIELDS.len())
    });
}

/// Unknown and duplicate fields.
fn surplus(members: &Members<'_>) -> Vec<Violation> {
    let mut violations = Vec::new();
    let mut times: HashMap<&str, usize> = HashMap::new();
    for (name, _) in &members.0 {
        let times = times.entry(name).or_default();
        *times += 1;
        match *times {
            1 if !FIELDS.contains(&name.as_str()) => {
                let message = format!("is not a field of a task, which are {}", FIELDS.join(", "));
                violations.push(Violation::new(pointer(name), message));
            }
            2 => violations.push(Violation::new(pointer(name), "is given more than once")),
            _ => {}
        }
    }
    violations
}

#[cfg(test)]
mod tests {
    use super::*;

    fn invalid(body: impl AsRef<[u8]>) -> Vec<(String, String)> {
        match validate(body.as_ref()) {
            Err(Rejection::Invalid(violations)) => {
                violations.into_iter().map(|violation| (violation.pointer, violation.message)).collect()
            }
            other => panic!("{other:?}"),
        }
    }

    fn malformed(body: impl AsRef<[u8]>) -> String {
        match validate(body.as_ref()) {
            Err(Rejection::Malformed(message)) => message,
            other => panic!("{other:?}"),
        }
    }

    fn with(title: &str, priority: &str, due_date: &str) -> String {
        format!(r#"{{"title":{title},"description":"d","priority":{priority},"due_date":{due_date}}}"#)
    }

    #[test]
    fn a_complete_request_is_read_as_sent() {
        let body = " {\"due_date\":\"2026-01-31T09:00:00+01:00\",\"priority\":\"high\",\
                    \"description\":\"\\u00e9\\ud83d\\ude00\\n\",\"\\u0074itle\":\"<b>\"} ";
        let request = validate(body.as_bytes()).unwrap().into_request();
        assert_eq!(request.title, "<b>");
        assert_eq!(request.description, "é😀\n");
        assert_eq!(request.priority, Priority::High);
        assert_eq!(request.due_date.unwrap().to_rfc3339(), "2026-01-31T09:00:00+01:00");
    }

    #[test]
    fn a_due_date_may_be_null_or_absent() {
        let absent = r#"{"title":"t","description":"d","priority":"low"}"#;
        for body in [absent, &with("\"t\"", "\"low\"", "null")] {
            assert_eq!(validate(body.as_bytes()).unwrap().as_request().due_date, None, "{body}");
        }
    }

    #[test]
    fn a_body_that_is_no_json_object_is_malformed_with_its_position() {
        let bodies: [(&[u8], &str); 12] = [
            (b"", "is not JSON: EOF while parsing a value at line 1 column 0"),
            (b"{\"title\": }", "is not JSON: expected value at line 1 column 11"),
            (b"{\n\"a\":1,}", "is not JSON: trailing comma at line 2 column 7"),
            (b"{} x", "is not JSON: trailing characters at line 1 column 4"),
            (b"{}{}", "is not JSON: trailing characters at line 1 column 3"),
            (
                b"{\"a\":\"\x01\"}",
                "is not JSON: control character (\\u0000-\\u001F) found while parsing a string at line 1 column 6",
            ),
            (b"{\"\\ud800\":1}", "is not JSON: unexpected end of hex escape at line 1 column 9"),
            (b"[]", "is not a JSON object"),
            (b"\"secret\"", "is not a JSON object"),
            (b"null", "is not a JSON object"),
            (b"{\n  \"title\": \"\xFF\"}", "is not UTF-8 at line 2 column 13"),
            (b"\xEF\xBB\xBF{}", "starts with a byte order mark at line 1 column 1"),
        ];
        for (body, expected) in bodies {
            assert_eq!(malformed(body), expected, "{}", String::from_utf8_lossy(body));
        }
    }

    #[test]
    fn deep_nesting_does_not_overflow_the_stack() {
        let deep = "[".repeat(200_000);
        assert!(malformed(&deep).starts_with("is not"));
        let closed = with(&format!("{deep}{}", "]".repeat(200_000)), "\"low\"", "null");
        assert_eq!(invalid(closed), [("/title".to_owned(), "must be a string, is an array".to_owned())]);
    }

    #[test]
    fn every_violation_is_reported_at_once() {
        let long = "é".repeat(DESCRIPTION_CHARACTERS_MAX + 1);
        let body = format!(
            r#"{{"a/b~c":1,"title":"\ud800","description":"{long}","priority":"urgent","due_date":"tomorrow",
                "title":"again","title":"and again","a/b~c":2}}"#
        );
        let expected = [
            ("/title", "holds a lone surrogate"),
            ("/title", "is given more than once"),
            ("/description", "must be 1 to 10000 characters, has 10001"),
            ("/priority", "must be low, medium or high"),
            ("/due_date", "must be an RFC 3339 timestamp with an offset, like 2026-01-31T09:00:00+01:00"),
            (
                "/a~1b~0c",
                "is not a field of a task, which are title, description, priority, due_date, type, payload",
            ),
            ("/a~1b~0c", "is given more than once"),
        ]
        .map(|(pointer, message)| (pointer.to_owned(), message.to_owned()));
        assert_eq!(invalid(body), expected);
    }

    #[test]
    fn missing_fields_are_named() {
        let expected =
            ["/title", "/description", "/priority"].map(|name| (name.to_owned(), "is required".to_owned()));
        assert_eq!(invalid("{}"), expected);
    }

    #[test]
    fn a_title_is_a_string_of_1_to_200_characters() {
        let quoted = |length| format!("\"{}\"", "é".repeat(length));
        assert!(validate(with(&quoted(200), "\"low\"", "null").as_bytes()).is_ok());
        for (title, message) in [
            (quoted(0), "must be 1 to 200 characters, has 0"),
            (quoted(201), "must be 1 to 200 characters, has 201"),
            ("null".to_owned(), "must be a string, is null"),
            ("-1.5e3".to_owned(), "must be a string, is a number"),
            ("true".to_owned(), "must be a string, is a boolean"),
            ("{\"a\":[]}".to_owned(), "must be a string, is an object"),
            ("\"a\\udc00\\ud800\"".to_owned(), "holds a lone surrogate"),
        ] {
            let violations = invalid(with(&title, "\"low\"", "null"));
            assert_eq!(violations, [("/title".to_owned(), message.to_owned())], "{title}");
        }
    }

    #[test]
    fn a_priority_is_one_of_three_strings() {
        for (priority, message) in [
            ("\"LOW\"", "must be low, medium or high"),
            ("\"\"", "must be low, medium or high"),
            ("{\"low\":null}", "must be a string, is an object"),
            ("0", "must be a string, is a number"),
            ("null", "must be a string, is null"),
        ] {
            let violations = invalid(with("\"t\"", priority, "null"));
            assert_eq!(violations, [("/priority".to_owned(), message.to_owned())], "{priority}");
        }
    }

    #[test]
    fn a_due_date_needs_an_offset() {
        for valid in ["2026-01-31T09:00:00Z", "2026-01-31T09:00:00.123-03:30", "0000-01-01T00:00:00+23:59"] {
            assert!(
                validate(with("\"t\"", "\"low\"", &format!("\"{valid}\"")).as_bytes()).is_ok(),
                "{valid}"
            );
        }
        for wrong in ["2026-01-31T09:00:00", "2026-01-31", "2026-02-30T09:00:00Z", "", "2026-01-31 09:00:00Z"]
        {
            let violations = invalid(with("\"t\"", "\"low\"", &format!("\"{wrong}\"")));
            assert_eq!(violations.len(), 1, "{wrong}");
            assert_eq!(violations[0].0, "/due_date");
        }
    }

    #[test]
    fn noncharacters_are_refused_by_name() {
        let violations =
            invalid(with(r#""\uffff a\u0000\ufffe\ufdd0\ufdef\udbff\udfff\u0000""#, "\"low\"", "null"));
        let message = "must not hold U+0000, U+FDD0, U+FDEF, U+FFFE, U+FFFF, U+10FFFF";
        assert_eq!(violations, [("/title".to_owned(), message.to_owned())]);
        assert!(validate(with(r#""\ufdcf\ufdf0\ufffd\u0001""#, "\"low\"", "null").as_bytes()).is_ok());
    }

    fn with_more(members: &str) -> String {
        format!(r#"{{"title":"t","description":"d","priority":"low",{members}}}"#)
    }

    #[test]
    fn a_type_and_a_payload_are_read_as_sent_and_may_be_null_or_absent() {
        let request = validate(with_more(r#""payload": {"a": 1.10} ,"type":"a.b_c-1""#).as_bytes()).unwrap();
        assert_eq!(request.as_request().task_type.as_str(), "a.b_c-1");
        assert_eq!(request.as_request().payload.as_ref().unwrap().as_str(), r#"{"a": 1.10}"#);
        for body in [with("\"t\"", "\"low\"", "null"), with_more(r#""type":null,"payload":null"#)] {
            let request = validate(body.as_bytes()).unwrap().into_request();
            assert!(request.task_type.is_default());
            assert_eq!(request.payload, None);
        }
    }

    #[test]
    fn violations_of_a_payload_point_into_it_and_come_before_unknown_fields() {
        let violations = invalid(with_more(r#""new":1,"payload":[{"a":0,"a":1}],"type":"A","type":7"#));
        let expected = [
            ("/type", "must be 1 to 64 of the characters a to z, 0 to 9, . _ -"),
            ("/type", "is given more than once"),
            ("/payload/0/a", "is given more than once"),
            (
                "/new",
                "is not a field of a task, which are title, description, priority, due_date, type, payload",
            ),
        ];
        assert_eq!(violations, expected.map(|(pointer, message)| (pointer.to_owned(), message.to_owned())));
    }

    #[test]
    fn hostile_field_names_are_cut_and_limited() {
        let name = format!("\\u0000\\u001b{}", "/".repeat(60_000));
        let violations = invalid(format!("{{\"{name}\":1}}"));
        let expected = format!("/\u{FFFD}\u{FFFD}{}…", "~1".repeat(98));
        assert_eq!(violations.last().unwrap().0, expected);

        let many: Vec<String> = (0..5_000).map(|number| format!("\"f{number}\":0")).collect();
        let violations = invalid(format!("{{{}}}", many.join(",")));
        assert_eq!(violations.len(), VIOLATIONS_REPORTED_MAX);
        assert_eq!(violations[0], ("/title".to_owned(), "is required".to_owned()));
    }
}
