//! The token that opens a console: 256 random bits, made anew at each start and kept nowhere.

use std::{fmt, io};

use subtle::ConstantTimeEq;

/// Who has it may use the console.
#[derive(Clone)]
pub struct Token(String);

impl Token {
    /// A fresh one.
    ///
    /// # Errors
    /// When the machine gives no randomness.
    pub fn random() -> io::Result<Self> {
        let mut bytes = [0_u8; 32];
        getrandom::fill(&mut bytes).map_err(io::Error::other)?;
        Ok(Self(bytes.iter().map(|byte| format!("{byte:02x}")).collect()))
    }

    /// Whether an `Authorization` header brings it. How long the answer takes does not tell how much of it was right.
    pub fn is_brought_by(&self, authorization: &str) -> bool {
        let brought = authorization.strip_prefix("Bearer ").unwrap_or_default();
        brought.as_bytes().ct_eq(self.0.as_bytes()).into()
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
    fn only_the_whole_token_as_a_bearer_opens() {
        let token = Token::random().unwrap();
        assert!(token.is_brought_by(&format!("Bearer {token}")));
        let text = token.to_string();
        for wrong in [&text, "", "Bearer ", &format!("Bearer {}", &text[1..]), &format!("Bearer {text}0")] {
            assert!(!token.is_brought_by(wrong), "{wrong}");
        }
        assert_ne!(text, Token::random().unwrap().to_string());
    }
}
