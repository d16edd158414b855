//! The key by which a client may say the same thing twice.

use crate::limits::IDEMPOTENCY_KEY_CHARACTERS_MAX;

/// A client's own name for one request: 1 to 255 visible ASCII characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdempotencyKey(String);

/// The key is empty, too long, or holds something else than visible ASCII.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("an Idempotency-Key is 1 to {IDEMPOTENCY_KEY_CHARACTERS_MAX} visible ASCII characters")]
pub struct InvalidIdempotencyKey;

impl IdempotencyKey {
    /// Reads the value of an `Idempotency-Key` header.
    pub fn parse(value: &[u8]) -> Result<Self, InvalidIdempotencyKey> {
        let fits = (1..=IDEMPOTENCY_KEY_CHARACTERS_MAX).contains(&value.len());
        match std::str::from_utf8(value) {
            Ok(key) if fits && key.bytes().all(|byte| byte.is_ascii_graphic()) => Ok(Self(key.to_owned())),
            _ => Err(InvalidIdempotencyKey),
        }
    }

    /// The key as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_to_255_visible_ascii_characters_are_a_key() {
        assert_eq!(
            IdempotencyKey::parse(b"order-42/~!").map(|key| key.as_str().to_owned()),
            Ok("order-42/~!".into())
        );
        assert!(IdempotencyKey::parse(&[b'k'; 255]).is_ok());
    }

    #[test]
    fn an_empty_a_long_a_spaced_and_a_non_ascii_key_are_refused() {
        for value in [&b""[..], &[b'k'; 256], b"a b", b"tab\t", "schlüssel".as_bytes(), b"\xff"] {
            assert_eq!(IdempotencyKey::parse(value), Err(InvalidIdempotencyKey), "{value:?}");
        }
    }
}
