//! The token of a console: 256 random bits, created at each start and stored nowhere.

use std::{fmt, io};

use subtle::ConstantTimeEq;

/// Anyone with the token has the operator's permissions.
#[derive(Clone)]
pub struct Token(String);

impl Token {
    /// Creates a token.
    ///
    /// # Errors
    /// If the machine has no randomness.
    pub fn random() -> io::Result<Self> {
        let mut bytes = [0_u8; 32];
        getrandom::fill(&mut bytes).map_err(io::Error::other)?;
        Ok(Self(bytes.iter().map(|byte| format!("{byte:02x}")).collect()))
    }

    /// Whether an `Authorization` header contains the token. The comparison takes constant time.
    pub fn is_in(&self, authorization: &str) -> bool {
        let sent = authorization.strip_prefix("Bearer ").unwrap_or_default();
        sent.as_bytes().ct_eq(self.0.as_bytes()).into()
    }
}

impl fmt::Display for Token {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_whole_bearer_token_is_accepted() {
        let token = Token::random().unwrap();
        assert!(token.is_in(&format!("Bearer {token}")));
        let text = token.to_string();
        for wrong in [&text, "", "Bearer ", &format!("Bearer {}", &text[1..]), &format!("Bearer {text}0")] {
            assert!(!token.is_in(wrong), "{wrong}");
        }
        assert_ne!(text, Token::random().unwrap().to_string());
    }
}
