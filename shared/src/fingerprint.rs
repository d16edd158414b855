//! The fingerprint of a request, by which two requests with one idempotency key are compared.

use chrono::Utc;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{TaskRequest, ValidRequest};

/// SHA-256 of a validated request in lower-case hex. It is the same for equal requests, whatever the spacing and the order
/// of members in their JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Fingerprint(String);

impl Fingerprint {
    /// The fingerprint of a request. Due dates are compared as moments, whatever their offset.
    pub fn of(request: &ValidRequest) -> Self {
        let TaskRequest { title, description, priority, due_date } = request.as_request();
        let due_date = due_date.map(|date| date.with_timezone(&Utc));
        // A tuple of fixed order whose JSON quotes each text, so that two requests can't have the same.
        let canonical = serde_json::json!(["taskline/fingerprint/1", title, description, priority, due_date]);
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
        ] {
            assert_ne!(of(other), base, "{other}");
        }
    }

    #[test]
    fn fingerprints_never_change_between_versions_of_taskline() {
        let json = serde_json::to_string(&of(r#"{"title":"t","description":"d","priority":"low"}"#)).unwrap();
        assert_eq!(json, "\"4aceee7a15dce7dbc2f397d2292942dfb4052c46dcf56a55f6861239bbf305ab\"");
    }
}
