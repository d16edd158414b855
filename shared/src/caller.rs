//! Who submitted a task.

use serde::{Deserialize, Serialize};

use crate::limits::CALLER_CHARACTERS_MAX;

/// The identity under which a task was submitted: the token's subject on AWS, `local` on one machine, or an operator.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Caller(String);

/// A caller's identity is empty, too long, of characters that no message carries, or none that a token may name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "a caller is 1 to {CALLER_CHARACTERS_MAX} characters, none of them a control or U+FFFE or U+FFFF, and none of Taskline's own"
)]
pub struct InvalidCaller;

impl Caller {
    /// Takes any non-empty identity up to [`CALLER_CHARACTERS_MAX`] characters.
    ///
    /// # Errors
    /// [`InvalidCaller`], also for characters that SQS refuses: a message names its task's caller.
    pub fn parse(identity: impl Into<String>) -> Result<Self, InvalidCaller> {
        let identity = identity.into();
        let is_carried =
            |character: char| !character.is_control() && !matches!(character, '\u{FFFE}' | '\u{FFFF}');
        match identity.chars().count() {
            1..=CALLER_CHARACTERS_MAX if identity.chars().all(is_carried) => Ok(Self(identity)),
            _ => Err(InvalidCaller),
        }
    }

    /// The subject of a token that is trusted.
    ///
    /// # Errors
    /// [`InvalidCaller`] when it is no identity, or one of those that Taskline itself submits under: no issuer may
    /// hand those out.
    pub fn of_subject(subject: impl Into<String>) -> Result<Self, InvalidCaller> {
        let caller = Self::parse(subject)?;
        let own = [Self::local(), Self::operator(), Self::unknown()];
        if own.contains(&caller) { Err(InvalidCaller) } else { Ok(caller) }
    }

    /// Everyone who can reach a pipeline on one machine.
    pub fn local() -> Self {
        Self("local".to_owned())
    }

    /// Whoever submits with `taskline` on AWS. All operators are one caller, so that any of them can run a submission
    /// again under its key. No token's subject is this ([`Caller::of_subject`]), so nobody sees these tasks over HTTP.
    pub fn operator() -> Self {
        Self("taskline: operator".to_owned())
    }

    /// Stands in a record whose message can't be read: nobody knows who sent it.
    pub fn unknown() -> Self {
        Self("unknown".to_owned())
    }

    /// The identity as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Caller {
    type Error = InvalidCaller;

    fn try_from(identity: String) -> Result<Self, Self::Error> {
        Self::parse(identity)
    }
}

impl From<Caller> for String {
    fn from(caller: Caller) -> Self {
        caller.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_identity_is_refused() {
        assert_eq!(Caller::parse(""), Err(InvalidCaller));
    }

    #[test]
    fn an_identity_that_no_message_could_name_is_refused() {
        for identity in ["a\0", "a\u{FFFE}", "\u{FFFF}", "a\nb"] {
            assert_eq!(Caller::parse(identity), Err(InvalidCaller), "{identity:?}");
        }
        assert!(Caller::parse("google-oauth2|1 é\u{10FFFF}").is_ok());
    }

    #[test]
    fn an_identity_over_the_limit_is_refused_and_one_at_the_limit_is_taken() {
        assert!(Caller::parse("é".repeat(CALLER_CHARACTERS_MAX)).is_ok());
        assert_eq!(Caller::parse("é".repeat(CALLER_CHARACTERS_MAX + 1)), Err(InvalidCaller));
    }

    #[test]
    fn no_token_names_a_caller_that_taskline_itself_is() {
        for own in [Caller::local(), Caller::operator(), Caller::unknown()] {
            assert_eq!(Caller::of_subject(own.as_str()), Err(InvalidCaller), "{own:?}");
        }
        assert_eq!(Caller::of_subject("ann"), Caller::parse("ann"));
    }
}
