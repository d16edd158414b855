//! Identifiers in text: parsed as they are formatted, refused otherwise, with exactly one spelling.

use api::CorsOrigins;
use harness::PipelineFixture;
use serde_json::{Value, json};
use shared::{
    Caller, IdempotencyKey, SequenceNumber, TaskId, Timestamp,
    ports::{Cursor, TaskRecords},
};

use crate::Target;

pub const IDENTITY: Target = Target {
    name: "identity",
    words: &[
        "01890a5d-ac96-774b-bcce-b302099a8057",
        "01890A5D",
        "-",
        "{",
        "}",
        "urn:uuid:",
        "0",
        "9",
        "00000000",
        "ffff",
        "+",
        "340282366920938463463374607431768211455",
        "340282366920938463463374607431768211456",
        "18849496460467696128",
        " ",
        "\u{A0}",
        "é",
        "\u{0}",
        "~",
        "!",
        "kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk",
        "2026-01-31T09:00:00.123456Z",
        "T",
        ":",
        ".",
        "Z",
        "+00:00",
        "+01:00",
        "-262143",
        "+262142",
        "e3",
        "１",
    ],
    outcomes: &["nothing", "caller", "key", "cursor", "task id", "sequence number", "timestamp"],
    cases: 6_000,
    check,
};

fn check(input: &[u8]) -> &'static str {
    let is_key = check_key(input);
    let Ok(text) = std::str::from_utf8(input) else {
        assert!(!is_key, "a key that is not text");
        return "nothing";
    };
    let _ = CorsOrigins::parse(text);
    let is_caller = check_caller(text);
    if check_task_id(text) {
        "task id"
    } else if check_sequence_number(text) {
        "sequence number"
    } else if check_timestamp(text) {
        "timestamp"
    } else if check_cursor(text) {
        "cursor"
    } else if is_key {
        "key"
    } else if is_caller {
        "caller"
    } else {
        "nothing"
    }
}

fn check_key(value: &[u8]) -> bool {
    let may_hold = |byte: &u8| (b'!'..=b'~').contains(byte) && *byte != b',';
    let is_key = (1..=255).contains(&value.len()) && value.iter().all(may_hold);
    let key = IdempotencyKey::parse(value);
    assert_eq!(key.is_ok(), is_key);
    if let Ok(key) = key {
        assert_eq!(key.as_str().as_bytes(), value);
        let [one, other] = [Caller::local(), Caller::operator()].map(|caller| TaskId::derived(&caller, &key));
        assert_ne!(one, other, "two callers share a task");
        assert_eq!(one.to_string().parse(), Ok(one));
    }
    is_key
}

fn check_caller(text: &str) -> bool {
    let is_carried =
        |character: char| !character.is_control() && !matches!(character, '\u{FFFE}'..='\u{FFFF}');
    let is_caller = (1..=255).contains(&text.chars().count()) && text.chars().all(is_carried);
    assert_eq!(Caller::parse(text).is_ok(), is_caller);
    let read = serde_json::from_value::<Caller>(json!(text));
    assert_eq!(
        read.is_ok(),
        is_caller,
        "a message accepts a caller that the API refuses, or refuses one that it accepts"
    );
    if let Ok(caller) = read {
        assert_eq!(caller.as_str(), text);
    }
    is_caller
}

fn check_task_id(text: &str) -> bool {
    let id = text.parse::<TaskId>();
    let is_dash = |at: usize| matches!(at, 8 | 13 | 18 | 23);
    let fits = |(at, byte): (usize, u8)| if is_dash(at) { byte == b'-' } else { byte.is_ascii_hexdigit() };
    assert_eq!(id.is_ok(), text.len() == 36 && text.bytes().enumerate().all(fits));
    if let Ok(id) = id {
        assert_eq!(id.to_string(), text.to_ascii_lowercase());
        assert_eq!(json!(id), text.to_ascii_lowercase());
    }
    id.is_ok()
}

fn check_sequence_number(text: &str) -> bool {
    let number = text.parse::<SequenceNumber>();
    let is_decimal = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let digits = text.trim_start_matches('0');
    let fits = (digits.len(), digits) <= (39, "340282366920938463463374607431768211455");
    assert_eq!(number.is_ok(), is_decimal && fits);
    assert_eq!(serde_json::from_value::<SequenceNumber>(json!(text)).ok(), number.clone().ok());
    if let Ok(number) = number {
        assert_eq!(number.to_string().parse(), Ok(number));
        assert_eq!(json!(number), Value::String(number.to_string()));
        let next = SequenceNumber::new(number.get().saturating_add(1));
        assert!(number.to_sortable() <= next.to_sortable() && number.to_sortable().len() == 39);
    }
    number.is_ok()
}

fn check_timestamp(text: &str) -> bool {
    let read = serde_json::from_value::<Timestamp>(json!(text));
    if let Ok(at) = read {
        assert_eq!(serde_json::from_value::<Timestamp>(json!(at)).unwrap(), at);
    }
    read.is_ok()
}

thread_local! {
    /// Records without an owner, for reading only. Their folder is removed when the thread of a test ends; that of a static
    /// would stay.
    static PIPELINE: PipelineFixture = PipelineFixture::new();
}

fn check_cursor(text: &str) -> bool {
    let is_place_and_task = text.split_once('/').is_some_and(|(place, task_id)| {
        place.bytes().all(|byte| byte.is_ascii_digit()) && task_id.parse::<TaskId>().is_ok()
    });
    let is_row = text.parse::<i64>().is_ok();
    let (cursor, records) = (Cursor(text.to_owned()), PIPELINE.with(PipelineFixture::records));
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        assert_eq!(records.needing_attention(Some(&cursor), 10).await.is_ok(), is_place_and_task);
        assert_eq!(records.all(Some(&cursor), 10).await.is_ok(), is_row);
    });
    is_place_and_task
}
