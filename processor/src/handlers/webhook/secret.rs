//! What signs the requests, so that their receiver knows whose they are.

use std::fmt;

use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::InvalidWebhook;

pub const SECRET_PREFIX: &str = "whsec_";
/// A symmetric signing secret's length (Standard Webhooks 1.0.0, "signature scheme": 192 to 512 bits).
pub const SECRET_BYTES_MIN: usize = 24;
pub const SECRET_BYTES_MAX: usize = 64;

/// The key of the requests' signatures.
#[derive(Clone)]
pub struct WebhookSecret {
    key: Hmac<Sha256>,
    /// In base64, without its prefix.
    text: String,
}

impl WebhookSecret {
    /// Reads the base64 of 24 to 64 bytes, with or without `whsec_` before it (Secrets Manager generates none).
    pub fn parse(text: &str) -> Result<Self, InvalidWebhook> {
        let encoded = text.strip_prefix(SECRET_PREFIX).unwrap_or(text);
        let key = BASE64.decode(encoded).map_err(|_| InvalidWebhook::SecretEncoding)?;
        if !(SECRET_BYTES_MIN..=SECRET_BYTES_MAX).contains(&key.len()) {
            return Err(InvalidWebhook::SecretLength);
        }
        let key = Hmac::new_from_slice(&key).map_err(|_| InvalidWebhook::SecretLength)?;
        Ok(Self { key, text: encoded.to_owned() })
    }

    /// The value of `webhook-signature`.
    pub(super) fn sign(&self, id: &str, timestamp: &str, body: &[u8]) -> String {
        let content = [id.as_bytes(), b".", timestamp.as_bytes(), b".", body];
        let mac = content.into_iter().fold(self.key.clone(), |mac, part| mac.chain_update(part));
        format!("v1,{}", BASE64.encode(mac.finalize().into_bytes()))
    }

    /// What nothing that is kept may hold: the secret as it is written, without its padding.
    pub(super) fn to_redact(&self) -> &str {
        self.text.trim_end_matches('=')
    }
}

impl fmt::Debug for WebhookSecret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("WebhookSecret(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

    fn secret() -> WebhookSecret {
        WebhookSecret::parse(SECRET).unwrap()
    }

    #[test]
    fn the_signature_is_that_of_the_reference_libraries() {
        let signature =
            secret().sign("msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", br#"{"test": 2432232314}"#);
        assert_eq!(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    fn secret_of(bytes: usize) -> String {
        format!("whsec_{}", BASE64.encode(vec![7; bytes]))
    }

    #[test]
    fn a_secret_is_24_to_64_bytes() {
        for bytes in [24, 25, 32, 64] {
            assert!(WebhookSecret::parse(&secret_of(bytes)).is_ok(), "{bytes}");
        }
        for bytes in [0, 23, 65] {
            let outcome = WebhookSecret::parse(&secret_of(bytes));
            assert!(matches!(outcome, Err(InvalidWebhook::SecretLength)), "{bytes}");
        }
    }

    #[test]
    fn a_secret_may_lack_its_prefix_and_signs_the_same() {
        let bare = SECRET.trim_start_matches("whsec_");
        let signed = [SECRET, bare].map(|text| WebhookSecret::parse(text).unwrap().sign("id", "1", b"body"));
        assert_eq!(signed[0], signed[1]);
    }

    #[test]
    fn a_secret_of_another_kind_or_alphabet_is_refused_without_repeating_it() {
        let bare = SECRET.trim_start_matches("whsec_");
        for text in [format!("whsk_{bare}"), format!("whsec_-_{bare}"), format!("{SECRET}\n")] {
            let error = WebhookSecret::parse(&text).unwrap_err();
            let expected = "must be a secret in standard base64, with its padding, `whsec_` before it or not";
            assert_eq!(error.to_string(), expected);
            assert!(!format!("{error:?}").contains(bare));
        }
    }

    #[test]
    fn debug_does_not_show_the_secret() {
        assert_eq!(format!("{:?}", secret()), "WebhookSecret(..)");
    }
}
