//! Verifies a signed message, as a receiver does (Standard Webhooks, "verifying signatures").

use shared::Timestamp;

use crate::secret::Secret;

/// How far the time of a message may be from the receiver's: five minutes, as in the libraries of Standard Webhooks.
const TOLERANCE_SECONDS: i64 = 300;

/// What a receiver gets with a message.
#[derive(Debug, Clone, Copy)]
pub struct Signed<'a> {
    /// The header `webhook-id`.
    pub id: Option<&'a str>,
    /// The header `webhook-timestamp`.
    pub timestamp: Option<&'a str>,
    /// The header `webhook-signature`.
    pub signature: Option<&'a str>,
    /// The body.
    pub body: &'a [u8],
}

/// Why a message is not trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unverified {
    /// It is not signed.
    #[error("it has no header {0}")]
    Header(&'static str),
    /// It was sent more than five minutes ago, or the clocks differ by as much.
    #[error("its webhook-timestamp is not within five minutes of this machine's time")]
    Timestamp,
    /// No signature is by this secret.
    #[error("its signature is not by this secret")]
    Signature,
}

impl Secret {
    /// Checks that a message was signed with this secret within five minutes of `now`.
    ///
    /// # Errors
    /// [`Unverified`].
    pub fn verify(&self, message: &Signed<'_>, now: Timestamp) -> Result<(), Unverified> {
        let id = message.id.ok_or(Unverified::Header("webhook-id"))?;
        let timestamp = message.timestamp.ok_or(Unverified::Header("webhook-timestamp"))?;
        let signatures = message.signature.ok_or(Unverified::Header("webhook-signature"))?;
        let sent: i64 = timestamp.parse().map_err(|_| Unverified::Timestamp)?;
        if now.timestamp().abs_diff(sent) > TOLERANCE_SECONDS.unsigned_abs() {
            return Err(Unverified::Timestamp);
        }
        // A secret that is being replaced gives two signatures.
        let mut signatures = signatures.split(' ').filter_map(|signature| signature.strip_prefix("v1,"));
        match signatures.any(|signature| self.has_signed(id, timestamp, message.body, signature)) {
            true => Ok(()),
            false => Err(Unverified::Signature),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "msg_p5jXN8AQM9LWM0D4loKWxJek";
    const SENT: &str = "1614265330";
    const SIGNATURE: &str = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";

    fn verified(signed: Signed<'_>, now: i64) -> Result<(), Unverified> {
        let secret = Secret::parse("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        secret.verify(&signed, Timestamp::from_timestamp(now, 0).unwrap())
    }

    fn signed() -> Signed<'static> {
        let body = br#"{"test": 2432232314}"#;
        Signed { id: Some(ID), timestamp: Some(SENT), signature: Some(SIGNATURE), body }
    }

    #[test]
    fn the_example_of_the_reference_libraries_is_verified() {
        assert_eq!(verified(signed(), 1_614_265_330), Ok(()));
        let several = format!("v1a,x v1,AAAA {SIGNATURE}");
        assert_eq!(verified(Signed { signature: Some(&several), ..signed() }, 1_614_265_330), Ok(()));
    }

    #[test]
    fn a_message_that_was_changed_or_signed_by_another_is_not() {
        let now = 1_614_265_330;
        let changed = |signed| verified(signed, now);
        for other in ["", "v1,", "v1,AAAA", "v1,?", "v2,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="] {
            let signed = Signed { signature: Some(other), ..signed() };
            assert_eq!(changed(signed), Err(Unverified::Signature), "{other}");
        }
        assert_eq!(changed(Signed { body: b"{}", ..signed() }), Err(Unverified::Signature));
        assert_eq!(changed(Signed { id: Some("other"), ..signed() }), Err(Unverified::Signature));
        assert_eq!(changed(Signed { timestamp: Some("1614265331"), ..signed() }), Err(Unverified::Signature));
    }

    #[test]
    fn a_message_of_another_time_or_without_a_header_is_not() {
        for (now, expected) in [
            (1_614_265_630, Ok(())),
            (1_614_265_631, Err(Unverified::Timestamp)),
            (0, Err(Unverified::Timestamp)),
        ] {
            assert_eq!(verified(signed(), now), expected);
        }
        for timestamp in ["", "now", "1e9", "9223372036854775808", "-9223372036854775808"] {
            let signed = Signed { timestamp: Some(timestamp), ..signed() };
            assert_eq!(verified(signed, 1_614_265_330), Err(Unverified::Timestamp), "{timestamp}");
        }
        let without = [
            (Signed { id: None, ..signed() }, "webhook-id"),
            (Signed { timestamp: None, ..signed() }, "webhook-timestamp"),
            (Signed { signature: None, ..signed() }, "webhook-signature"),
        ];
        for (signed, name) in without {
            assert_eq!(verified(signed, 1_614_265_330), Err(Unverified::Header(name)));
        }
    }
}
