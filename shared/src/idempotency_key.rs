//! The idempotency key, with which a client can send a request again safely.

use crate::limits::IDEMPOTENCY_KEY_CHARACTERS_MAX;

/// The key of one request, chosen by the client: 1 to 255 visible ASCII characters without a comma.
///
/// API Gateway joins repeated headers with a comma (HTTP API, payload format 2.0). If keys could contain commas, two headers
/// would look like one key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdempotencyKey(String);

/// The key is empty, too long, or contains a comma or a character that is not visible ASCII.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "an Idempotency-Key is 1 to {IDEMPOTENCY_KEY_CHARACTERS_MAX} visible ASCII characters without a comma"
)]
pub struct InvalidIdempotencyKey;

impl IdempotencyKey {
    /// Parses the value of an `Idempotency-Key` header.
    ///
    /// # Errors
    /// [`InvalidIdempotencyKey`].
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
    fn a_key_is_1_to_255_visible_ascii_characters() {
        assert_eq!(
            IdempotencyKey::parse(b"order-42/~!").map(|key| key.as_str().to_owned()),
            Ok("order-42/~!".into())
        );
        assert!(IdempotencyKey::parse(&[b'k'; 255]).is_ok());
    }

    #[test]
    fn an_invalid_key_is_refused() {
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
