//! The payload of a task: any JSON value, kept as it was sent.
//!
//! JSON's grammar permits more than programs agree on. What they read differently is refused: repeated names, lone
//! surrogates and noncharacters (RFC 7493, I-JSON), and deep nesting, which overflows the stack of many parsers. Numbers
//! keep their digits, whether or not a program can hold their value.

use std::borrow::Cow;

use serde_json::value::RawValue;

use crate::{
    Json, Violation,
    limits::{PAYLOAD_BYTES_MAX, PAYLOAD_DEPTH_MAX},
    noncharacter::{is_noncharacter, names_of},
    pointer::payload_pointer,
    violation::VIOLATIONS_REPORTED_MAX,
};

/// Checks a payload.
///
/// # Errors
/// Violations with pointers into `/payload`, up to 50.
pub(crate) fn check(value: &RawValue) -> Result<Json, Vec<Violation>> {
    let payload = Json::parse(value.get(), PAYLOAD_BYTES_MAX)
        .map_err(|problem| vec![Violation::new("/payload", problem.to_string())])?;
    let mut walk = Walk::over(payload.as_str());
    // A payload that is too deep is noted too.
    let _ = walk.value();
    match walk.violations.is_empty() {
        true => Ok(payload),
        false => Err(walk.violations),
    }
}

/// The payload with neither spacing nor a choice of escapes, and with the members of each object in the order of their
/// names. Numbers stay as they were sent.
pub(crate) fn canonical(payload: &Json) -> String {
    Walk::over(payload.as_str()).value().unwrap_or_else(|TooDeep| payload.as_str().to_owned())
}

/// The rest of the payload is not read.
struct TooDeep;

enum Segment<'a> {
    Name(Cow<'a, str>),
    Index(usize),
}

/// Reads a text that is JSON already, once from its start to its end.
struct Walk<'a> {
    text: &'a str,
    at: usize,
    path: Vec<Segment<'a>>,
    violations: Vec<Violation>,
}

impl<'a> Walk<'a> {
    fn over(text: &'a str) -> Self {
        Self { text, at: 0, path: Vec::new(), violations: Vec::new() }
    }

    /// The canonical form of the value that begins here.
    fn value(&mut self) -> Result<String, TooDeep> {
        match self.next() {
            Some(b'{' | b'[') if self.path.len() == PAYLOAD_DEPTH_MAX => {
                self.note(format!("is nested deeper than {PAYLOAD_DEPTH_MAX} levels"));
                Err(TooDeep)
            }
            Some(b'{') => self.object(),
            Some(b'[') => self.array(),
            Some(b'"') => {
                let text = self.string();
                Ok(serde_json::Value::from(text).to_string())
            }
            _ => Ok(self.number_or_word().to_owned()),
        }
    }

    fn object(&mut self) -> Result<String, TooDeep> {
        self.at += 1;
        let mut members = Vec::new();
        while self.next() == Some(b'"') {
            let name = self.name();
            self.path.push(Segment::Name(name.clone()));
            members.push((name, self.value()?));
            self.path.pop();
        }
        self.at += 1;
        // Stable, so that of members with one name the first stays first.
        members.sort_by(|(one, _), (other, _)| one.cmp(other));
        for same in members.chunk_by(|(one, _), (other, _)| one == other) {
            if let [(name, _), _, ..] = same {
                self.path.push(Segment::Name(name.clone()));
                self.note("is given more than once".to_owned());
                self.path.pop();
            }
        }
        let members: Vec<_> = members
            .into_iter()
            .map(|(name, value)| format!("{}:{value}", serde_json::Value::from(name)))
            .collect();
        Ok(format!("{{{}}}", members.join(",")))
    }

    fn array(&mut self) -> Result<String, TooDeep> {
        self.at += 1;
        let mut items = Vec::new();
        while !matches!(self.next(), Some(b']') | None) {
            self.path.push(Segment::Index(items.len()));
            items.push(self.value()?);
            self.path.pop();
        }
        self.at += 1;
        Ok(format!("[{}]", items.join(",")))
    }

    /// The violations of a name point to its member.
    fn name(&mut self) -> Cow<'a, str> {
        let (name, problem) = self.decoded();
        if let Some(problem) = problem {
            self.path.push(Segment::Name(name.clone()));
            self.note(problem);
            self.path.pop();
        }
        name
    }

    fn string(&mut self) -> Cow<'a, str> {
        let (text, problem) = self.decoded();
        if let Some(problem) = problem {
            self.note(problem);
        }
        text
    }

    /// The text of the string that begins here, and what is wrong with it.
    fn decoded(&mut self) -> (Cow<'a, str>, Option<String>) {
        let quoted = self.quoted();
        let text = match quoted.contains('\\') {
            false => Cow::Borrowed(quoted.trim_matches('"')),
            true => match serde_json::from_str(quoted) {
                Ok(text) => Cow::Owned(text),
                // The grammar is checked already, except that surrogates come in pairs.
                Err(_) => return (Cow::Borrowed("\u{FFFD}"), Some("holds a lone surrogate".to_owned())),
            },
        };
        let noncharacters = names_of(text.chars().filter(|&character| is_noncharacter(character)));
        (text, noncharacters.map(|names| format!("must not hold {names}")))
    }

    /// The string that begins here, with its quotation marks.
    fn quoted(&mut self) -> &'a str {
        let start = self.at;
        let bytes = self.text.as_bytes();
        let mut end = start + 1;
        while bytes.get(end).is_some_and(|&byte| byte != b'"') {
            end += if bytes[end] == b'\\' { 2 } else { 1 };
        }
        self.at = (end + 1).min(self.text.len());
        &self.text[start..self.at]
    }

    fn number_or_word(&mut self) -> &'a str {
        let rest = &self.text[self.at..];
        let length = rest.find([',', '}', ']', ' ', '\t', '\n', '\r']).unwrap_or(rest.len());
        self.at += length;
        &rest[..length]
    }

    /// The byte at which the next value, name or closing bracket begins.
    fn next(&mut self) -> Option<u8> {
        let bytes = self.text.as_bytes();
        while bytes.get(self.at).is_some_and(|byte| b" \t\n\r,:".contains(byte)) {
            self.at += 1;
        }
        bytes.get(self.at).copied()
    }

    fn note(&mut self, message: String) {
        if self.violations.len() < VIOLATIONS_REPORTED_MAX {
            self.violations.push(Violation::new(self.pointer(), message));
        }
    }

    fn pointer(&self) -> String {
        payload_pointer(self.path.iter().map(|segment| match segment {
            Segment::Name(name) => Cow::Borrowed(&**name),
            Segment::Index(index) => Cow::Owned(index.to_string()),
        }))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;

    fn checked(json: &str) -> Result<Json, Vec<(String, String)>> {
        let raw: &RawValue = serde_json::from_str(json).unwrap();
        check(raw).map_err(|violations| violations.into_iter().map(|it| (it.pointer, it.message)).collect())
    }

    fn refused(json: &str) -> Vec<(String, String)> {
        checked(json).unwrap_err()
    }

    fn nested(depth: usize) -> String {
        format!("{}{}", "[".repeat(depth), "]".repeat(depth))
    }

    #[test]
    fn any_json_value_is_kept_as_it_was_sent() {
        let digits = "9".repeat(10_000);
        for json in [
            "1.10",
            "1e400",
            "-0.0E-0",
            "true",
            "\"\"",
            "\"\\u0000\\ud83d\\ude00/\\/\"",
            "[]",
            "{ \"b\" : [ 1.10 , 1e400 ] ,\n\t\"a\":{}, \"\": null }",
            r#"{"a":{"b":1},"c":{"b":1},"A":0}"#,
            &digits,
            &nested(64),
        ] {
            assert_eq!(checked(json).unwrap().as_str(), json);
        }
    }

    #[test]
    fn repeated_names_are_refused_at_any_depth_and_in_any_spelling() {
        let found = refused(r#"{"a":[0,{"b":1,"\u0062":2,"c":3,"b":4}],"\/":0,"/":1}"#);
        let expected =
            [("/payload/a/1/b", "is given more than once"), ("/payload/~1", "is given more than once")];
        assert_eq!(found, expected.map(|(pointer, message)| (pointer.to_owned(), message.to_owned())));
    }

    #[test]
    fn deep_nesting_is_refused_without_a_deep_stack() {
        let expected = (format!("/payload{}", "/0".repeat(64)), "is nested deeper than 64 levels".to_owned());
        assert_eq!(refused(&nested(65)), std::slice::from_ref(&expected));
        assert_eq!(refused(&nested(PAYLOAD_BYTES_MAX / 2)), [expected]);
        assert!(checked(&format!("{}1{}", r#"{"a":"#.repeat(64), "}".repeat(64))).is_ok());
        assert!(checked(&format!("{}1{}", r#"{"a":"#.repeat(65), "}".repeat(65))).is_err());
    }

    #[test]
    fn strings_and_names_hold_unicode_characters_only() {
        let found = refused("{\"a\":\"\\ud800\",\"\\udc00\":1,\"\u{FFFE}\":[\"\\uffff\u{FDD0}\"]}");
        let expected = [
            ("/payload/a", "holds a lone surrogate"),
            ("/payload/\u{FFFD}", "holds a lone surrogate"),
            ("/payload/\u{FFFD}", "must not hold U+FFFE"),
            ("/payload/\u{FFFD}/0", "must not hold U+FDD0, U+FFFF"),
        ];
        assert_eq!(found, expected.map(|(pointer, message)| (pointer.to_owned(), message.to_owned())));
    }

    #[test]
    fn the_limit_is_in_bytes() {
        let string = |bytes: usize| format!("\"{}\"", "é".repeat(bytes / 2 - 1));
        assert!(checked(&string(PAYLOAD_BYTES_MAX)).is_ok());
        let message = "has 131074 bytes, and at most 131072 are allowed";
        assert_eq!(refused(&string(PAYLOAD_BYTES_MAX + 2)), [("/payload".to_owned(), message.to_owned())]);
    }

    #[test]
    fn violations_are_limited_in_number_and_length() {
        let many: Vec<_> = (0..5_000).map(|number| format!("{{\"{number}\":0,\"{number}\":0}}")).collect();
        assert_eq!(refused(&format!("[{}]", many.join(","))).len(), VIOLATIONS_REPORTED_MAX);
        let name = "/".repeat(60_000);
        let found = refused(&format!("{{\"{name}\":{{\"{name}\":\"\\ud800\"}}}}"));
        assert_eq!(found.len(), 1);
        assert!(found[0].0.chars().count() <= 301, "{}", found[0].0);
    }

    #[test]
    fn the_canonical_form_has_one_spelling_for_equal_payloads() {
        let of = |json: &str| canonical(&checked(json).unwrap());
        assert_eq!(
            of(" { \"b\" : [ 1.10 , true ] , \"\\u0061\" : \"\\/\" } "),
            r#"{"a":"/","b":[1.10,true]}"#
        );
        assert_ne!(of("1.1"), of("1.10"));
        assert_ne!(of("[1,2]"), of("[2,1]"));
        assert_ne!(of("\"1\""), of("1"));
    }

    /// JSON values with whole numbers, whose digits serde_json keeps.
    fn json() -> impl Strategy<Value = Value> {
        let scalar = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            "[a-c/~\"\\\\é😀\\n]{0,4}".prop_map(Value::from),
        ];
        scalar.prop_recursive(5, 64, 6, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
                prop::collection::hash_map("[a-c/~\"\\\\é]{0,3}", inner, 0..6).prop_map(Value::from_iter),
            ]
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        /// serde_json sorts members too.
        #[test]
        fn the_canonical_form_equals_that_of_another_parser(value in json()) {
            for text in [value.to_string(), serde_json::to_string_pretty(&value).unwrap()] {
                let payload = checked(&text).unwrap();
                prop_assert_eq!(payload.as_str(), &text);
                prop_assert_eq!(canonical(&payload), value.to_string());
            }
        }
    }
}
