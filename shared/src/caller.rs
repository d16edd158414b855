//! The caller: the identity that submits a task.

use serde::{Deserialize, Serialize};

use crate::limits::CALLER_CHARACTERS_MAX;

/// The start of every ARN.
const ARN_PREFIX: &str = "arn:";

/// The identity under which a task was submitted: a token's subject, the ARN of an AWS principal, `local` on one machine
/// without tokens, or an operator.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Caller(String);

/// A caller's identity is empty, too long, reserved, or contains a character that no message can carry.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "a caller is 1 to {CALLER_CHARACTERS_MAX} characters without control characters, U+FFFE and U+FFFF, and not one of Taskline's reserved names"
)]
pub struct InvalidCaller;

impl Caller {
    /// Parses an identity of 1 to [`CALLER_CHARACTERS_MAX`] characters.
    ///
    /// # Errors
    /// [`InvalidCaller`], also for characters that SQS refuses, because a message contains its task's caller.
    pub fn parse(identity: impl Into<String>) -> Result<Self, InvalidCaller> {
        let identity = identity.into();
        let is_carried =
            |character: char| !character.is_control() && !matches!(character, '\u{FFFE}' | '\u{FFFF}');
        match identity.chars().count() {
            1..=CALLER_CHARACTERS_MAX if identity.chars().all(is_carried) => Ok(Self(identity)),
            _ => Err(InvalidCaller),
        }
    }

    /// The subject of a trusted token.
    ///
    /// # Errors
    /// [`InvalidCaller`] when it is not a valid identity, is one that Taskline submits under, or is an ARN: a token must not
    /// impersonate a caller of another kind ([`Caller::of_principal`]).
    pub fn of_subject(subject: impl Into<String>) -> Result<Self, InvalidCaller> {
        let caller = Self::parse(subject)?;
        let own = [Self::local(), Self::operator(), Self::canary(), Self::unknown()];
        let is_reserved = own.contains(&caller) || caller.0.starts_with(ARN_PREFIX);
        if is_reserved { Err(InvalidCaller) } else { Ok(caller) }
    }

    /// The AWS principal that signed a request, by its ARN.
    ///
    /// For a session of a role (`arn:aws:sts::ACCOUNT:assumed-role/ROLE/SESSION`) the caller is the role: each instance of a
    /// service has another session name, and would not find the tasks of the others. The ARN formats:
    /// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html>.
    ///
    /// # Errors
    /// [`InvalidCaller`] when it is not the ARN of a principal, or too long.
    pub fn of_principal(arn: &str) -> Result<Self, InvalidCaller> {
        let parts: Vec<&str> = arn.splitn(6, ':').collect();
        let ["arn", partition, service @ ("iam" | "sts"), "", account, resource] = parts[..] else {
            return Err(InvalidCaller);
        };
        let names: Vec<&str> = resource.split('/').collect();
        if partition.is_empty() || account.is_empty() || names.contains(&"") {
            return Err(InvalidCaller);
        }
        match (service, &names[..]) {
            ("sts", ["assumed-role", role, _session]) => {
                Self::parse(format!("arn:{partition}:sts::{account}:assumed-role/{role}"))
            }
            ("sts", ["federated-user", _]) | ("iam", ["root"] | ["user", _, ..]) => Self::parse(arn),
            _ => Err(InvalidCaller),
        }
    }

    /// Anyone who can reach a pipeline on one machine that requires no token.
    pub fn local() -> Self {
        Self("local".to_owned())
    }

    /// Operators who submit with `taskline` on AWS. They are one caller, so that each can repeat a submission of another with
    /// its key. No token can have this subject ([`Caller::of_subject`]), so these tasks are not readable over HTTP.
    pub fn operator() -> Self {
        Self("taskline: operator".to_owned())
    }

    /// The watch, which submits canary tasks. No token can have this subject.
    pub fn canary() -> Self {
        Self("taskline: canary".to_owned())
    }

    /// The caller of an undecodable message, whose sender is unknown.
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
    fn an_identity_that_no_message_can_carry_is_refused() {
        for identity in ["a\0", "a\u{FFFE}", "\u{FFFF}", "a\nb"] {
            assert_eq!(Caller::parse(identity), Err(InvalidCaller), "{identity:?}");
        }
        assert!(Caller::parse("google-oauth2|1 é\u{10FFFF}").is_ok());
    }

    #[test]
    fn an_identity_at_the_limit_is_accepted_and_a_longer_one_is_refused() {
        assert!(Caller::parse("é".repeat(CALLER_CHARACTERS_MAX)).is_ok());
        assert_eq!(Caller::parse("é".repeat(CALLER_CHARACTERS_MAX + 1)), Err(InvalidCaller));
    }

    #[test]
    fn a_reserved_caller_is_refused_as_a_subject() {
        for own in [Caller::local(), Caller::operator(), Caller::canary(), Caller::unknown()] {
            assert_eq!(Caller::of_subject(own.as_str()), Err(InvalidCaller), "{own:?}");
        }
        assert_eq!(Caller::of_subject("ann"), Caller::parse("ann"));
    }

    #[test]
    fn the_subjects_of_identity_providers_are_accepted() {
        for subject in [
            "auth0|6553da60a54af58e29493993",
            "google-oauth2|103547991597142817347",
            "waad|Cz-hZ9vA2bGTKIr1qzQoUi5pFvK4XZ",
            "samlp|idp|jane.doe@example.com",
            "awZfdIir8YFdGZWkvCejDoUb7SjTDicx@clients",
            "0oa1a2b3c4d5e6f7g8h9",
            "6418b458-d091-705e-122e-04bf2945fcdf",
            "5kek0i61pgkokoob4fsm9fo9it",
            "service-account-orders",
        ] {
            assert_eq!(Caller::of_subject(subject).unwrap().as_str(), subject);
        }
    }

    #[test]
    fn a_session_of_a_role_is_the_role_and_other_principals_keep_their_arn() {
        let role = "arn:aws:sts::123456789012:assumed-role/orders";
        for session in ["i-0abc", "orders-function", "a@b.example", "x:y"] {
            assert_eq!(Caller::of_principal(&format!("{role}/{session}")).unwrap().as_str(), role);
        }
        for arn in [
            "arn:aws:iam::123456789012:user/ann",
            "arn:aws-cn:iam::123456789012:user/division/team/ann",
            "arn:aws:sts::123456789012:federated-user/ann",
            "arn:aws:iam::123456789012:root",
        ] {
            assert_eq!(Caller::of_principal(arn).unwrap().as_str(), arn);
        }
    }

    #[test]
    fn an_arn_that_names_no_principal_is_refused() {
        for arn in [
            "",
            "ann",
            "arn:aws:iam::123456789012:role/orders",
            "arn:aws:sts::123456789012:assumed-role/orders",
            "arn:aws:sts::123456789012:assumed-role/orders/",
            "arn:aws:sts::123456789012:assumed-role//i-0abc",
            "arn:aws:sts::123456789012:assumed-role/orders/i-0abc/x",
            "arn:aws:iam::123456789012:assumed-role/orders/i-0abc",
            "arn:aws:sts:eu-central-1:123456789012:assumed-role/orders/i-0abc",
            "arn:aws:sts:::assumed-role/orders/i-0abc",
            "arn::iam::123456789012:user/ann",
            "arn:aws:s3::123456789012:user/ann",
        ] {
            assert_eq!(Caller::of_principal(arn), Err(InvalidCaller), "{arn}");
        }
    }

    #[test]
    fn an_arn_is_refused_as_a_subject() {
        let arn = "arn:aws:iam::123456789012:user/ann";
        assert_eq!(Caller::of_subject(arn), Err(InvalidCaller));
        assert!(Caller::of_principal(arn).is_ok());
    }
}
