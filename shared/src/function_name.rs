//! The name of a Lambda function, in any form that Lambda's `Invoke` takes.

use std::{fmt, str::FromStr};

/// The longest name of a function, and the longest alias
/// (<https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html>,
/// <https://docs.aws.amazon.com/lambda/latest/api/API_CreateAlias.html>).
const NAME_CHARACTERS_MAX: usize = 64;
const QUALIFIER_CHARACTERS_MAX: usize = 128;
const ACCOUNT_DIGITS: usize = 12;

/// A function, and the alias or version of it that is meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FunctionName {
    function: String,
    qualifier: Option<String>,
    region: Option<String>,
}

/// The text is not the name of a function.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "must be a function's name, ARN or partial ARN (ACCOUNT:function:NAME), alone or followed by :ALIAS or :VERSION"
)]
pub struct InvalidFunctionName;

impl FunctionName {
    /// The name or ARN without the qualifier.
    pub fn function(&self) -> &str {
        &self.function
    }

    /// The alias or version. Without it, Lambda runs the code that was uploaded last.
    pub fn qualifier(&self) -> Option<&str> {
        self.qualifier.as_deref()
    }

    /// The Region, if an ARN names it.
    pub fn region(&self) -> Option<&str> {
        self.region.as_deref()
    }
}

impl FromStr for FunctionName {
    type Err = InvalidFunctionName;

    fn from_str(text: &str) -> Result<Self, InvalidFunctionName> {
        let parts: Vec<&str> = text.split(':').collect();
        let (region, prefix, rest) = match parts.as_slice() {
            ["arn", partition, "lambda", region, account, "function", rest @ ..]
                if is_partition(partition) && is_region(region) && is_account(account) =>
            {
                (Some((*region).to_owned()), 6, rest)
            }
            [account, "function", rest @ ..] if is_account(account) => (None, 2, rest),
            ["function", rest @ ..] if !rest.is_empty() => (None, 1, rest),
            rest => (None, 0, rest),
        };
        let (name, qualifier) = match rest {
            [name] => (name, None),
            [name, qualifier] if is_qualifier(qualifier) => (name, Some((*qualifier).to_owned())),
            _ => return Err(InvalidFunctionName),
        };
        match is_name(name) {
            true => Ok(Self { function: parts[..=prefix].join(":"), qualifier, region }),
            false => Err(InvalidFunctionName),
        }
    }
}

impl fmt::Display for FunctionName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.function)?;
        self.qualifier.iter().try_for_each(|qualifier| write!(formatter, ":{qualifier}"))
    }
}

fn is_partition(text: &str) -> bool {
    text.starts_with("aws") && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-')
}

fn is_region(text: &str) -> bool {
    let is_allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    text.contains('-') && text.bytes().all(is_allowed)
}

fn is_account(text: &str) -> bool {
    text.len() == ACCOUNT_DIGITS && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_name(text: &str) -> bool {
    (1..=NAME_CHARACTERS_MAX).contains(&text.len()) && text.bytes().all(is_of_a_name)
}

fn is_qualifier(text: &str) -> bool {
    text == "$LATEST"
        || (1..=QUALIFIER_CHARACTERS_MAX).contains(&text.len()) && text.bytes().all(is_of_a_name)
}

fn is_of_a_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_'
}

#[cfg(test)]
mod tests {
    use super::*;

    const ARN: &str = "arn:aws:lambda:eu-central-1:123456789012:function:orders";

    #[test]
    fn every_form_of_lambda_is_read() {
        for (text, function, qualifier, region) in [
            ("orders", "orders", None, None),
            ("orders:live", "orders", Some("live"), None),
            ("orders:17", "orders", Some("17"), None),
            ("orders:$LATEST", "orders", Some("$LATEST"), None),
            ("function:orders", "function:orders", None, None),
            ("123456789012:function:orders", "123456789012:function:orders", None, None),
            ("123456789012:function:orders:live", "123456789012:function:orders", Some("live"), None),
            (ARN, ARN, None, Some("eu-central-1")),
            (&format!("{ARN}:live"), ARN, Some("live"), Some("eu-central-1")),
            (
                "arn:aws-us-gov:lambda:us-gov-west-1:123456789012:function:a_B-9",
                "arn:aws-us-gov:lambda:us-gov-west-1:123456789012:function:a_B-9",
                None,
                Some("us-gov-west-1"),
            ),
        ] {
            let name: FunctionName = text.parse().unwrap();
            assert_eq!((name.function(), name.qualifier(), name.region()), (function, qualifier, region));
            assert_eq!(name.to_string(), text);
        }
    }

    #[test]
    fn everything_else_is_refused() {
        let long = "n".repeat(65);
        for text in [
            "",
            " orders",
            "orders ",
            "orders:",
            ":live",
            "orders:live:x",
            "orders:$latest",
            "a/b",
            "a.b?c",
            "naïve",
            &long,
            "function:",
            "12345678901:function:orders",
            "arn:aws:lambda:eu-central-1:123456789012:orders",
            "arn:aws:lambda:eu-central-1:123456789012:function:",
            "arn:aws:lambda::123456789012:function:orders",
            "arn:aws:lambda:EU/west:123456789012:function:orders",
            "arn:aws:sqs:eu-central-1:123456789012:orders",
            "arn:aws:lambda:eu-central-1:123456789012:function:orders:live:x",
            "https://abc.lambda-url.eu-central-1.on.aws/",
        ] {
            assert_eq!(text.parse::<FunctionName>(), Err(InvalidFunctionName), "{text:?}");
        }
    }
}
