//! Reading one setting.

use std::{borrow::Cow, fmt::Display, ops::RangeInclusive};

/// Looks a setting up by its name: in the environment, or in a table in tests.
pub type Lookup<'a> = &'a dyn Fn(&str) -> Option<String>;

/// A setting is missing or invalid.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{name} {problem}")]
pub struct InvalidSetting {
    /// The name of the environment variable, as it was written.
    pub name: Cow<'static, str>,
    /// What is wrong with it, as a phrase that follows the name.
    pub problem: String,
}

impl InvalidSetting {
    /// An error about the setting `name`.
    pub fn new(name: impl Into<Cow<'static, str>>, problem: impl Display) -> Self {
        Self { name: name.into(), problem: problem.to_string() }
    }
}

/// Reads a required setting.
///
/// # Errors
/// [`InvalidSetting`] when it is absent or empty.
pub fn required(lookup: Lookup<'_>, name: &'static str) -> Result<String, InvalidSetting> {
    lookup(name).filter(|value| !value.is_empty()).ok_or_else(|| InvalidSetting::new(name, "is required"))
}

/// Reads a number, or returns `default` if the setting is absent.
///
/// # Errors
/// [`InvalidSetting`] when it is not a whole number in `allowed`.
pub fn whole_number(
    lookup: Lookup<'_>,
    name: &'static str,
    default: u32,
    allowed: RangeInclusive<u32>,
) -> Result<u32, InvalidSetting> {
    let Some(text) = lookup(name) else {
        return Ok(default);
    };
    match text.parse() {
        Ok(number) if allowed.contains(&number) => Ok(number),
        _ => {
            let problem = format!("must be a whole number from {} to {}", allowed.start(), allowed.end());
            Err(InvalidSetting::new(name, problem))
        }
    }
}
