//! The body of `POST /tasks`: `validate` accepts what a second, independent parser of the design's rules accepts, and
//! reports the violations of the rest.

use std::collections::{BTreeSet, HashMap};

use serde_json::{Map, Value, json};
use shared::{Fingerprint, Rejection, ValidRequest, Violation, validate};

use crate::Target;

pub const REQUEST: Target = Target {
    name: "request",
    words: &[
        "{",
        "}",
        "[",
        "]",
        ":",
        ",",
        " ",
        "\n",
        "\t",
        "\"",
        "\\",
        "null",
        "true",
        "false",
        "0",
        "-1",
        "1e999",
        "0.1",
        "123456789012345678901234567890",
        "\"title\"",
        "\"description\"",
        "\"priority\"",
        "\"due_date\"",
        "\"Title\"",
        "\"titl\\u0065\"",
        "\"a/b~c\"",
        "\"\"",
        "\"low\"",
        "\"medium\"",
        "\"high\"",
        "\"LOW\"",
        "\"x\"",
        ",\"x\":1",
        ",\"title\":\"again\"",
        "{\"low\":null}",
        "[[[[",
        "{\"a\":",
        "\\u0000",
        "\\ud800",
        "\\udc00",
        "\\ud83d\\ude00",
        "\\uffff",
        "\\ufdd0",
        "\\n",
        "\\/",
        "\\x",
        "\u{0}",
        "\u{7F}",
        "\u{FEFF}",
        "\u{FFFE}",
        "é",
        "e\u{301}",
        "😀",
        "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
        "2026-01-31T09:00:00Z",
        "2026-02-30T09:00:00Z",
        "2026-01-31t09:00:00z",
        "2026-01-31 09:00:00Z",
        "2026-12-31T23:59:60Z",
        "2026-06-30T15:59:60.5-08:00",
        "2027-01-01T05:29:60+05:30",
        "2026-12-31T23:58:60Z",
        "T24:00:00",
        "+01:00",
        "-23:59",
        "+24:00",
        "-00:00",
        "\u{2212}01:00",
        "+01:00:00",
        "\u{661}",
        ".123456789",
        ".1234567890123",
        "+0100",
        "Z",
        "0000",
        "9999",
        "10000",
        "-0001",
    ],
    outcomes: &["malformed", "invalid", "valid"],
    cases: 5_000,
    check,
};

fn check(body: &[u8]) -> &'static str {
    match validate(body) {
        Err(Rejection::Malformed(reason)) => {
            assert!(members(body).is_none(), "an object is reported as malformed: {reason}");
            assert_is_plain(&reason);
            "malformed"
        }
        Err(Rejection::Invalid(violations)) => {
            assert!(!keeps_the_rules(body), "a valid request is refused: {violations:?}");
            assert_names_sent_members(body, &violations);
            "invalid"
        }
        Ok(request) => {
            assert!(keeps_the_rules(body), "an invalid request is accepted");
            assert_equals_the_request(body, &request);
            assert_fingerprint_distinguishes_requests(&request);
            "valid"
        }
    }
}

/// The keys of the body's object.
fn members(body: &[u8]) -> Option<BTreeSet<String>> {
    let text = std::str::from_utf8(body).ok()?;
    let members: HashMap<String, serde::de::IgnoredAny> = serde_json::from_str(text).ok()?;
    Some(members.into_keys().collect())
}

/// The rules of the design, implemented independently.
fn keeps_the_rules(body: &[u8]) -> bool {
    let Ok(Value::Object(object)) = serde_json::from_slice(body) else { return false };
    let text = |name: &str| object.get(name).and_then(Value::as_str);
    let has_length = |name, max| {
        text(name)
            .is_some_and(|text| (1..=max).contains(&text.chars().count()) && text.chars().all(is_allowed))
    };
    let has_due_date = match object.get("due_date") {
        None | Some(Value::Null) => true,
        Some(date) => date.as_str().is_some_and(is_rfc_3339),
    };
    let known = ["title", "description", "priority", "due_date"];
    has_length("title", 200)
        && has_length("description", 10_000)
        && text("priority").is_some_and(|priority| ["low", "medium", "high"].contains(&priority))
        && has_due_date
        && object.keys().all(|name| known.contains(&name.as_str()))
        && colons_outside_of_texts(body) == object.len()
}

/// All but NUL and the 66 noncharacters.
fn is_allowed(character: char) -> bool {
    let code_point = u32::from(character);
    code_point != 0 && !(0xFDD0..=0xFDEF).contains(&code_point) && code_point % 0x1_0000 < 0xFFFE
}

/// The grammar of RFC 3339, section 5.6, parsed by hand.
fn is_rfc_3339(text: &str) -> bool {
    let (Some(date), Some(rest)) = (text.get(..10), text.get(11..)) else { return false };
    let (Some(time), Some(rest)) = (rest.get(..8), rest.get(8..)) else { return false };
    let zone = match rest.strip_prefix('.') {
        None => rest,
        Some(fraction) => {
            let zone = fraction.trim_start_matches(|digit: char| digit.is_ascii_digit());
            if zone.len() == fraction.len() {
                return false;
            }
            zone
        }
    };
    let Some(date) = numbers(date, '-', &[4, 2, 2]) else { return false };
    let Some(time) = numbers(time, ':', &[2, 2, 2]) else { return false };
    let Some(minutes_ahead) = minutes_ahead_of_utc(zone) else { return false };
    let is_a_second =
        time[2] < 60 || time[2] == 60 && is_at_the_end_of_a_half_year(&date, &time, minutes_ahead);
    text[10..].starts_with(['T', 't'])
        && is_a_day(date[0], date[1], date[2])
        && time[0] < 24
        && time[1] < 60
        && is_a_second
}

fn minutes_ahead_of_utc(zone: &str) -> Option<i64> {
    if zone.eq_ignore_ascii_case("z") {
        return Some(0);
    }
    let sign = if zone.starts_with('+') { 1 } else { -1 };
    let numbers = numbers(zone.strip_prefix(['+', '-'])?, ':', &[2, 2])?;
    (numbers[0] < 24 && numbers[1] < 60).then(|| sign * i64::from(numbers[0] * 60 + numbers[1]))
}

/// In the last minute of June or December in UTC, since 1972. East of UTC that can be on the next day.
fn is_at_the_end_of_a_half_year(date: &[u32], time: &[u32], minutes_ahead: i64) -> bool {
    let day = match i64::from(time[0] * 60 + time[1]) - minutes_ahead {
        1_439 => (date[0], date[1], date[2]),
        -1 if date[1..] == [7, 1] => (date[0], 6, 30),
        -1 if date[1..] == [1, 1] => (date[0].saturating_sub(1), 12, 31),
        _ => return false,
    };
    day.0 >= 1972 && [(6, 30), (12, 31)].contains(&(day.1, day.2))
}

fn is_a_day(year: u32, month: u32, day: u32) -> bool {
    let is_leap = year.is_multiple_of(4) && !year.is_multiple_of(100) || year.is_multiple_of(400);
    let days = [31, if is_leap { 29 } else { 28 }, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    month
        .checked_sub(1)
        .and_then(|month| days.get(month as usize))
        .is_some_and(|days| (1..=*days).contains(&day))
}

fn numbers(text: &str, separator: char, widths: &[usize]) -> Option<Vec<u32>> {
    let parts: Vec<&str> = text.split(separator).collect();
    let fits = parts.iter().map(|part| part.len()).eq(widths.iter().copied())
        && parts.iter().all(|part| part.bytes().all(|byte| byte.is_ascii_digit()));
    fits.then(|| parts.iter().map(|part| part.parse().unwrap()).collect())
}

/// In an object of texts only: its number of members, repeated or not.
fn colons_outside_of_texts(body: &[u8]) -> usize {
    let (mut colons, mut in_text, mut escaped) = (0, false, false);
    for &byte in body {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => in_text = !in_text,
            b':' if !in_text => colons += 1,
            _ => {}
        }
    }
    colons
}

fn assert_names_sent_members(body: &[u8], violations: &[Violation]) {
    let members = members(body).expect("an object");
    assert!((1..=50).contains(&violations.len()), "{} violations", violations.len());
    for Violation { pointer, message } in violations {
        assert_is_plain(message);
        assert!(!message.is_empty() && pointer.len() < 1_000, "{pointer}: {message}");
        let name = pointer.strip_prefix('/').unwrap_or_else(|| panic!("{pointer:?} is not a pointer"));
        let is_escaped = name.split('~').skip(1).all(|rest| rest.starts_with(['0', '1']));
        assert!(is_escaped && !name.contains('/'), "{pointer:?} is not a pointer to a member");
        let name = name.replace("~1", "/").replace("~0", "~");
        let is_as_sent = !name.ends_with('…') && !name.contains('\u{FFFD}');
        let is_required = ["title", "description", "priority"].contains(&name.as_str());
        assert!(!is_as_sent || is_required || members.contains(&name), "the request has no {name:?}");
    }
}

fn assert_is_plain(text: &str) {
    assert!(!text.contains(char::is_control), "{text:?} holds a control character");
}

fn assert_equals_the_request(body: &[u8], valid: &ValidRequest) {
    let sent: Value = serde_json::from_slice(body).unwrap();
    let request = valid.as_request();
    assert_eq!(sent["title"], request.title);
    assert_eq!(sent["description"], request.description);
    assert_eq!(sent["priority"], json!(request.priority));
    assert_eq!(sent.get("due_date").is_some_and(Value::is_string), request.due_date.is_some());
    let written = serde_json::to_vec(request).unwrap();
    assert_eq!(validate(&written).as_ref(), Ok(valid), "what is written is read otherwise");
}

/// Spacing and the order of fields do not change it; each field does.
fn assert_fingerprint_distinguishes_requests(valid: &ValidRequest) {
    let fingerprint = Fingerprint::of(valid);
    let Value::Object(fields) = json!(valid.as_request()) else { panic!("no object") };
    let backwards: Vec<_> =
        fields.iter().rev().map(|(name, value)| format!("\n{} :\t{value} ", json!(name))).collect();
    let reordered = validate(format!(" {{{}}}\r\n", backwards.join(",")).as_bytes()).unwrap();
    assert_eq!(Fingerprint::of(&reordered), fingerprint, "the fingerprint depends on order or spacing");
    let changed = |name: &str, value: Value| {
        let mut other: Map<String, Value> = fields.clone();
        other.insert(name.to_owned(), value);
        other
    };
    let flipped = |name: &str| {
        let text = fields[name].as_str().unwrap();
        let last = text.chars().next_back().unwrap();
        format!("{}{}", &text[..text.len() - last.len_utf8()], if last == 'x' { 'y' } else { 'x' })
    };
    let moved = |text: &str| text.replacen(|digit: char| ('1'..='8').contains(&digit), "9", 1);
    let priority = if fields["priority"] == "low" { "high" } else { "low" };
    let due_date = fields["due_date"].as_str().map_or_else(|| "2026-01-31T09:00:00Z".to_owned(), moved);
    for other in [
        changed("title", flipped("title").into()),
        changed("description", flipped("description").into()),
        changed("priority", priority.into()),
        changed("due_date", due_date.into()),
    ] {
        if let Ok(other) = validate(Value::Object(other).to_string().as_bytes())
            && other != *valid
        {
            assert_ne!(Fingerprint::of(&other), fingerprint, "{other:?}");
        }
    }
}
