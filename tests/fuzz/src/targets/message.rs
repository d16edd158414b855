//! The body of a message: decoded as it was encoded, or kept as text with a derived id.

use serde::Deserialize;
use shared::{Content, Delivery, Message, Receipt, SequenceNumber, Timestamp, lifecycle::Arrival};

use crate::Target;

pub const MESSAGE: Target = Target {
    name: "message",
    words: &[
        "{",
        "}",
        "[",
        "]",
        ":",
        ",",
        "\"",
        "\\",
        "null",
        "true",
        "0",
        "1",
        "2",
        "-1",
        "1.0",
        "1e0",
        "4294967295",
        "4294967296",
        "\"format\":1",
        "\"format\":2",
        "\"format\":3",
        "\"format\":0,",
        "\"type\":\"a.b-c_1\",",
        "\"type\":\"A\",",
        "\"payload\":{\"a\":[1.10,1e400]},",
        "\"payload\":null,",
        "\"format\":\"1\"",
        "\"task_id\"",
        "\"generation\"",
        "\"enqueued_at\"",
        "\"accepted_at\"",
        "\"submitted_by\"",
        "\"fingerprint\"",
        "\"task\"",
        "\"title\"",
        "\"description\"",
        "\"priority\"",
        "\"due_date\"",
        "\"low\"",
        "\"LOW\"",
        "\"\"",
        ",\"new\":{\"a\":[1]}",
        "\"fingerprint\":null,",
        "\"trace\":{\"traceparent\":\"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\"},",
        "\"trace\":{\"traceparent\":\"cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-fe-x\",\"tracestate\":\"a=1\"},",
        "\"trace\":\"00-\",",
        "2026-01-31T09:00:00Z",
        "+262142-12-31T23:59:59Z",
        "-262143-01-01T00:00:00Z",
        "2026-12-31T23:59:60Z",
        "\\u0000",
        "\\ud800",
        "\u{0}",
        "\u{FEFF}",
        "é",
        "😀",
        "01890a5d-ac96-774b-bcce-b302099a8057",
        "01890a5dac96774bbcceb302099a8057",
        "secretsecretsecretsecret",
    ],
    outcomes: &["undecodable", "another format", "decoded"],
    cases: 5_000,
    check,
};

#[derive(Deserialize)]
struct Format {
    format: u32,
}

fn check(input: &[u8]) -> &'static str {
    let body = String::from_utf8_lossy(input).into_owned();
    let delivery = Delivery {
        message_id: "m".to_owned(),
        receipt: Receipt::new("r"),
        sequence_number: SequenceNumber::new(7),
        receive_count: 1,
        sent_at: Timestamp::UNIX_EPOCH,
        body: body.clone(),
    };
    let arrival = Arrival::read(&delivery);
    let record = arrival.new_record();
    assert_eq!(arrival.task_id(), record.task_id);
    match Message::decode(&body) {
        Ok(message) => {
            assert_eq!(arrival.undecodable(), None);
            // A number in a payload can be too large for a `Value`.
            let read: Format = serde_json::from_str(&body).unwrap();
            assert!([1, 2].contains(&read.format), "a message of another version is decoded");
            let written = message.encode().unwrap();
            assert_eq!(
                Message::decode(&written).as_ref(),
                Ok(&message),
                "the message is decoded differently than encoded"
            );
            assert!(message.dedupe_id().len() <= 128);
            assert_eq!((record.task_id, record.task()), (message.task_id, Some(&message.task)));
            assert_eq!(record.submitted_by, message.submitted_by);
            "decoded"
        }
        Err(error) => {
            let error = error.to_string();
            assert_eq!(arrival.undecodable(), Some(error.as_str()));
            assert!(!error.contains("secret") && error.len() < 200, "it quotes the body: {error}");
            let Content::Raw(kept) = &record.content else { panic!("a task of {body:?}") };
            assert!(body.starts_with(kept) && (kept.len() == body.len() || kept.len() > 32 * 1024 - 4));
            assert_eq!(Arrival::read(&delivery).task_id(), arrival.task_id());
            if error.contains("its format is") { "another format" } else { "undecodable" }
        }
    }
}
