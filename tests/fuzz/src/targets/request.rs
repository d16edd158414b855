//! The body of `POST /tasks`: `validate` accepts what a second, independent parser of the design's rules accepts, and
//! reports the violations of the rest.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde_json::{
    Value, json,
    value::{RawValue, to_raw_value},
};
use shared::{Fingerprint, Json, Rejection, ValidRequest, Violation, validate};

use super::payload_rules;
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
        "\"type\"",
        "\"payload\"",
        ",\"type\":\"a.b-c_1\"",
        ",\"payload\":",
        ",\"payload\":{\"a\":[1.10,1e999],\"b\":{}}",
        ",\"a\":0",
        ",\"\\u0061\":0",
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
    let Ok(object) = serde_json::from_slice::<HashMap<String, &RawValue>>(body) else { return false };
    let value = |name: &str| {
        object.get(name).map(|value| serde_json::from_str::<Value>(value.get()).unwrap_or(json!([])))
    };
    let text = |name: &str| value(name).and_then(|value| value.as_str().map(str::to_owned));
    let has_length = |name, max| {
        text(name).is_some_and(|text| {
            (1..=max).contains(&text.chars().count()) && text.chars().all(payload_rules::is_allowed)
        })
    };
    let has_due_date = match value("due_date") {
        None | Some(Value::Null) => true,
        Some(date) => date.as_str().is_some_and(is_rfc_3339),
    };
    let has_type = match value("type") {
        None | Some(Value::Null) => true,
        Some(name) => name.as_str().is_some_and(is_a_type),
    };
    let payload = object.get("payload").map_or("", |payload| payload.get());
    let known = ["title", "description", "priority", "due_date", "type", "payload"];
    has_length("title", 200)
        && has_length("description", 10_000)
        && text("priority").is_some_and(|priority| ["low", "medium", "high"].contains(&&*priority))
        && has_due_date
        && has_type
        && (payload.is_empty() || payload_rules::keeps_the_rules(payload))
        && object.keys().all(|name| known.contains(&name.as_str()))
        && colons_outside_of_texts(body) - colons_outside_of_texts(payload.as_bytes()) == object.len()
}

fn is_a_type(text: &str) -> bool {
    let is_allowed = |character| "abcdefghijklmnopqrstuvwxyz0123456789._-".contains(character);
    (1..=64).contains(&text.len()) && text.chars().all(is_allowed)
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

/// The number of members of all objects, repeated or not.
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
        let (name, into_payload) = name.split_once('/').map_or((name, false), |(name, _)| (name, true));
        assert!(
            is_escaped && (!into_payload || name == "payload"),
            "{pointer:?} is not a pointer to a member"
        );
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
    let sent: HashMap<String, &RawValue> = serde_json::from_slice(body).unwrap();
    let text = |name: &str| serde_json::from_str::<String>(sent[name].get()).unwrap();
    let is_given = |name: &str| sent.get(name).is_some_and(|value| value.get() != "null");
    let request = valid.as_request();
    assert_eq!((text("title"), text("description")), (request.title.clone(), request.description.clone()));
    assert_eq!(text("priority"), request.priority.as_str());
    assert_eq!(is_given("due_date"), request.due_date.is_some());
    let task_type = if is_given("type") { text("type") } else { "task".to_owned() };
    assert_eq!(request.task_type.as_str(), task_type);
    let payload = sent.get("payload").map(|payload| payload.get()).filter(|payload| *payload != "null");
    assert_eq!(request.payload.as_ref().map(Json::as_str), payload);
    let written = serde_json::to_vec(request).unwrap();
    assert_eq!(validate(&written).as_ref(), Ok(valid), "what is written is read otherwise");
}

/// Spacing and the order of fields do not change it; each field does.
fn assert_fingerprint_distinguishes_requests(valid: &ValidRequest) {
    let fingerprint = Fingerprint::of(valid);
    let json = serde_json::to_string(valid.as_request()).unwrap();
    let fields: BTreeMap<String, Box<RawValue>> = serde_json::from_str(&json).unwrap();
    let backwards: Vec<_> =
        fields.iter().rev().map(|(name, value)| format!("\n{} :\t{value} ", json!(name))).collect();
    let reordered = validate(format!(" {{{}}}\r\n", backwards.join(",")).as_bytes()).unwrap();
    assert_eq!(Fingerprint::of(&reordered), fingerprint, "the fingerprint depends on order or spacing");
    let changed = |name: &str, value: Value| {
        let mut other = fields.clone();
        other.insert(name.to_owned(), to_raw_value(&value).unwrap());
        other
    };
    let flipped = |name: &str| {
        let text: String = serde_json::from_str(fields[name].get()).unwrap();
        let last = text.chars().next_back().unwrap();
        format!("{}{}", &text[..text.len() - last.len_utf8()], if last == 'x' { 'y' } else { 'x' })
    };
    let moved = |text: &str| text.replacen(|digit: char| ('1'..='8').contains(&digit), "9", 1);
    let priority = if fields["priority"].get() == "\"low\"" { "high" } else { "low" };
    let due_date: Option<String> = serde_json::from_str(fields["due_date"].get()).unwrap();
    let due_date = due_date.map_or_else(|| "2026-01-31T09:00:00Z".to_owned(), |date| moved(&date));
    let payload = if fields["payload"].get() == "[]" { json!({}) } else { json!([]) };
    for other in [
        changed("title", flipped("title").into()),
        changed("description", flipped("description").into()),
        changed("priority", priority.into()),
        changed("due_date", due_date.into()),
        changed("type", if fields["type"].get() == "\"a\"" { "b" } else { "a" }.into()),
        changed("payload", payload),
    ] {
        if let Ok(other) = validate(&serde_json::to_vec(&other).unwrap())
            && other != *valid
        {
            assert_ne!(Fingerprint::of(&other), fingerprint, "{other:?}");
        }
    }
}
