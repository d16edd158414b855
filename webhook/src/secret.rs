//! The signing secret: with it, the receiver can check who sent a request.

use std::fmt;

use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

const SECRET_PREFIX: &str = "whsec_";
/// The length of a symmetric secret (Standard Webhooks 1.0.0, "signature scheme": 192 to 512 bits).
const SECRET_BYTES_MIN: usize = 24;
const SECRET_BYTES_MAX: usize = 64;

/// Why a text is no signing secret. It follows the name of the setting and never quotes the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidSecret {
    /// The text is not standard base64.
    #[error("must be a secret in standard base64, with its padding, `{SECRET_PREFIX}` before it or not")]
    Encoding,
    /// The secret is too short to be safe, or longer than the specification allows.
    #[error("must be a secret of {SECRET_BYTES_MIN} to {SECRET_BYTES_MAX} bytes before base64")]
    Length,
}

/// A signing secret.
#[derive(Clone)]
pub struct Secret {
    key: Hmac<Sha256>,
    /// Base64, without the prefix.
    text: String,
}

impl Secret {
    /// Reads the base64 of 24 to 64 bytes, with or without the prefix `whsec_` (Secrets Manager generates secrets
    /// without it).
    ///
    /// # Errors
    /// [`InvalidSecret`].
    pub fn parse(text: &str) -> Result<Self, InvalidSecret> {
        let encoded = text.strip_prefix(SECRET_PREFIX).unwrap_or(text);
        let key = BASE64.decode(encoded).map_err(|_| InvalidSecret::Encoding)?;
        if !(SECRET_BYTES_MIN..=SECRET_BYTES_MAX).contains(&key.len()) {
            return Err(InvalidSecret::Length);
        }
        let key = Hmac::new_from_slice(&key).map_err(|_| InvalidSecret::Length)?;
        Ok(Self { key, text: encoded.to_owned() })
    }

    /// The value of `webhook-signature`.
    pub(crate) fn sign(&self, id: &str, timestamp: &str, body: &[u8]) -> String {
        format!("v1,{}", BASE64.encode(self.mac(id, timestamp, body).finalize().into_bytes()))
    }

    /// Whether a signature, in base64, is by this secret. Takes the same time for each signature of the right length.
    pub(crate) fn has_signed(&self, id: &str, timestamp: &str, body: &[u8], signature: &str) -> bool {
        let Ok(signature) = BASE64.decode(signature) else { return false };
        self.mac(id, timestamp, body).verify_slice(&signature).is_ok()
    }

    fn mac(&self, id: &str, timestamp: &str, body: &[u8]) -> Hmac<Sha256> {
        let content = [id.as_bytes(), b".", timestamp.as_bytes(), b".", body];
        content.into_iter().fold(self.key.clone(), |mac, part| mac.chain_update(part))
    }

    /// The text to redact: the base64 without its padding.
    pub(crate) fn to_redact(&self) -> &str {
        self.text.trim_end_matches('=')
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Secret(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

    fn secret() -> Secret {
        Secret::parse(SECRET).unwrap()
    }

    #[test]
    fn the_signature_equals_that_of_the_reference_libraries() {
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
            assert!(Secret::parse(&secret_of(bytes)).is_ok(), "{bytes}");
        }
        for bytes in [0, 23, 65] {
            let outcome = Secret::parse(&secret_of(bytes));
            assert!(matches!(outcome, Err(InvalidSecret::Length)), "{bytes}");
        }
    }

    #[test]
    fn a_secret_without_its_prefix_signs_the_same() {
        let bare = SECRET.trim_start_matches("whsec_");
        let signed = [SECRET, bare].map(|text| Secret::parse(text).unwrap().sign("id", "1", b"body"));
        assert_eq!(signed[0], signed[1]);
    }

    #[test]
    fn a_secret_of_another_kind_or_alphabet_is_refused_and_the_error_does_not_repeat_it() {
        let bare = SECRET.trim_start_matches("whsec_");
        for text in [format!("whsk_{bare}"), format!("whsec_-_{bare}"), format!("{SECRET}\n")] {
            let error = Secret::parse(&text).unwrap_err();
            let expected = "must be a secret in standard base64, with its padding, `whsec_` before it or not";
            assert_eq!(error.to_string(), expected);
            assert!(!format!("{error:?}").contains(bare));
        }
    }

    #[test]
    fn debug_does_not_show_the_secret() {
        assert_eq!(format!("{:?}", secret()), "Secret(..)");
    }
}
