//! The fingerprint of a request, by which two requests with one idempotency key are compared.

use chrono::Utc;
use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::{TaskRequest, ValidRequest, payload::canonical};

/// SHA-256 of a validated request in lower-case hex. It is the same for equal requests, whatever the spacing and the order
/// of members in their JSON. Numbers in a payload are equal if their digits are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Fingerprint(String);

impl Fingerprint {
    /// The fingerprint of a request. Due dates are compared as moments, whatever their offset.
    pub fn of(request: &ValidRequest) -> Self {
        let TaskRequest { title, description, priority, due_date, task_type, payload } = request.as_request();
        let due_date = due_date.map(|date| date.with_timezone(&Utc));
        // A tuple of fixed order whose JSON quotes each text, so that two requests can't have the same.
        let canonical = match (task_type.is_default(), payload) {
            (true, None) => json!(["taskline/fingerprint/1", title, description, priority, due_date]),
            _ => {
                let payload = payload.as_ref().map(canonical);
                json!(["taskline/fingerprint/2", title, description, priority, due_date, task_type, payload])
            }
        };
        let digest = Sha256::digest(canonical.to_string().as_bytes());
        Self(digest.iter().map(|byte| format!("{byte:02x}")).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::validate;

    fn of(json: &str) -> Fingerprint {
        Fingerprint::of(&validate(json.as_bytes()).unwrap())
    }

    #[test]
    fn spacing_order_and_offset_make_no_difference() {
        let one = of(r#"{"title":"t","description":"d","priority":"low","due_date":"2026-01-01T12:00:00Z"}"#);
        let two = of(
            r#"{ "due_date": "2026-01-01T13:00:00+01:00", "priority": "low", "description": "d", "title": "t" }"#,
        );
        assert_eq!(one, two);
    }

    #[test]
    fn every_field_makes_a_difference() {
        let base = of(r#"{"title":"t","description":"d","priority":"low"}"#);
        for other in [
            r#"{"title":"T","description":"d","priority":"low"}"#,
            r#"{"title":"t","description":"D","priority":"low"}"#,
            r#"{"title":"t","description":"d","priority":"high"}"#,
            r#"{"title":"t","description":"d","priority":"low","due_date":"2026-01-01T12:00:00Z"}"#,
            r#"{"title":"t","description":"d","priority":"low","type":"other"}"#,
            r#"{"title":"t","description":"d","priority":"low","payload":1}"#,
            r#"{"title":"t","description":"d","priority":"low","payload":"1"}"#,
        ] {
            assert_ne!(of(other), base, "{other}");
        }
    }

    #[test]
    fn a_payload_is_compared_by_its_members_and_digits() {
        let with = |payload: &str| {
            of(&format!(r#"{{"title":"t","description":"d","priority":"low","payload":{payload}}}"#))
        };
        assert_eq!(with(r#"{"a":1,"b":[2,"/"]}"#), with("{ \"b\": [2, \"\\u002f\"],\n\"\\u0061\": 1 }"));
        for (one, other) in
            [("1.1", "1.10"), ("1e2", "100"), ("[1,2]", "[2,1]"), ("{}", "[]"), ("\"{}\"", "{}")]
        {
            assert_ne!(with(one), with(other));
        }
    }

    #[test]
    fn what_is_absent_equals_its_default() {
        let plain = of(r#"{"title":"t","description":"d","priority":"low"}"#);
        let explicit = of(
            r#"{"title":"t","description":"d","priority":"low","type":"task","payload":null,"due_date":null}"#,
        );
        assert_eq!(plain, explicit);
    }

    #[test]
    fn fingerprints_never_change_between_versions_of_taskline() {
        let json = serde_json::to_string(&of(r#"{"title":"t","description":"d","priority":"low"}"#)).unwrap();
        assert_eq!(json, "\"4aceee7a15dce7dbc2f397d2292942dfb4052c46dcf56a55f6861239bbf305ab\"");
        let with_more =
            r#"{"title":"t","description":"d","priority":"low","type":"a","payload":{"b":1.0,"a":[]}}"#;
        let json = serde_json::to_string(&of(with_more)).unwrap();
        assert_eq!(json, "\"41142e02ed8386256b70976a36e668aac42e2eeeba0ea019eaa3b5acf1803c47\"");
    }
}
