//! The key by which a client may say the same thing twice.

use crate::limits::IDEMPOTENCY_KEY_CHARACTERS_MAX;

/// A client's own name for one request: 1 to 255 visible ASCII characters without a comma.
///
/// API Gateway joins headers that come twice with a comma (HTTP API, payload format 2.0). With commas in keys, two keys
/// would be one there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdempotencyKey(String);

/// The key is empty, too long, or holds a comma or something else than visible ASCII.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "an Idempotency-Key is 1 to {IDEMPOTENCY_KEY_CHARACTERS_MAX} visible ASCII characters without a comma"
)]
pub struct InvalidIdempotencyKey;

impl IdempotencyKey {
    /// Reads the value of an `Idempotency-Key` header.
    pub fn parse(value: &[u8]) -> Result<Self, InvalidIdempotencyKey> {
        let fits = (1..=IDEMPOTENCY_KEY_CHARACTERS_MAX).contains(&value.len());
        let may_hold = |byte: u8| byte.is_ascii_graphic() && byte != b',';
        match std::str::from_utf8(value) {
            Ok(key) if fits && key.bytes().all(may_hold) => Ok(Self(key.to_owned())),
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
    fn an_empty_a_long_a_spaced_a_joined_and_a_non_ascii_key_are_refused() {
        for value in [
            &b""[..],
            &[b'k'; 256],
            b"a b",
            b"tab\t",
            b"a,a",
            b",a",
            b"a,",
            b",",
            "schlüssel".as_bytes(),
            b"\xff",
        ] {
            assert_eq!(IdempotencyKey::parse(value), Err(InvalidIdempotencyKey), "{value:?}");
        }
    }
}
