//! Who submitted a task.

use serde::{Deserialize, Serialize};

use crate::limits::CALLER_CHARACTERS_MAX;

/// With what every ARN begins.
const ARN_PREFIX: &str = "arn:";

/// The identity under which a task was submitted: a token's subject, the ARN of an AWS principal, `local` on one machine
/// without tokens, or an operator.
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
    /// [`InvalidCaller`] when it is no identity, one of those that Taskline itself submits under, or an ARN: no issuer
    /// may hand out an identity of another kind ([`Caller::of_principal`]).
    pub fn of_subject(subject: impl Into<String>) -> Result<Self, InvalidCaller> {
        let caller = Self::parse(subject)?;
        let own = [Self::local(), Self::operator(), Self::canary(), Self::unknown()];
        let is_reserved = own.contains(&caller) || caller.0.starts_with(ARN_PREFIX);
        if is_reserved { Err(InvalidCaller) } else { Ok(caller) }
    }

    /// The AWS principal that signed a request, by the ARN that IAM knows it under.
    ///
    /// A session of a role (`arn:aws:sts::ACCOUNT:assumed-role/ROLE/SESSION`) is the role, without the session: services
    /// get another session name with each instance, and would not see their own tasks again. The ARN formats:
    /// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html>.
    ///
    /// # Errors
    /// [`InvalidCaller`] when it is the ARN of no principal, or too long.
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

    /// Everyone who can reach a pipeline on one machine.
    pub fn local() -> Self {
        Self("local".to_owned())
    }

    /// Whoever submits with `taskline` on AWS. All operators are one caller, so that any of them can run a submission
    /// again under its key. No token's subject is this ([`Caller::of_subject`]), so nobody sees these tasks over HTTP.
    pub fn operator() -> Self {
        Self("taskline: operator".to_owned())
    }

    /// The watch, which submits canary tasks. No token's subject is this.
    pub fn canary() -> Self {
        Self("taskline: canary".to_owned())
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
        for own in [Caller::local(), Caller::operator(), Caller::canary(), Caller::unknown()] {
            assert_eq!(Caller::of_subject(own.as_str()), Err(InvalidCaller), "{own:?}");
        }
        assert_eq!(Caller::of_subject("ann"), Caller::parse("ann"));
    }

    #[test]
    fn every_subject_that_providers_issue_is_taken() {
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
    fn a_session_of_a_role_is_the_role_and_any_other_principal_is_itself() {
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
    fn what_is_the_arn_of_no_principal_is_refused() {
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
    fn no_token_names_a_principal_of_aws() {
        let arn = "arn:aws:iam::123456789012:user/ann";
        assert_eq!(Caller::of_subject(arn), Err(InvalidCaller));
        assert!(Caller::of_principal(arn).is_ok());
    }
}
