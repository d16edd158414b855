//! Settings: what a part of the pipeline is told by its surroundings. Each is read once and checked before anything
//! runs; one that can't be used is named.

use std::{fmt::Display, ops::RangeInclusive};

/// Where settings come from: the environment in a program, a table in a test.
pub type Lookup<'a> = &'a dyn Fn(&str) -> Option<String>;

/// A setting that is missing or can't be used; names it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{name} {problem}")]
pub struct InvalidSetting {
    /// The environment variable.
    pub name: &'static str,
    /// What is wrong with it, fit to stand behind its name.
    pub problem: String,
}

impl InvalidSetting {
    /// `name` has this `problem`.
    pub fn new(name: &'static str, problem: impl Display) -> Self {
        Self { name, problem: problem.to_string() }
    }
}

/// A setting without which nothing goes.
///
/// # Errors
/// [`InvalidSetting`] when it is absent or empty.
pub fn required(lookup: Lookup<'_>, name: &'static str) -> Result<String, InvalidSetting> {
    lookup(name).filter(|value| !value.is_empty()).ok_or_else(|| InvalidSetting::new(name, "is required"))
}

/// A number, or its default where nothing is said.
///
/// # Errors
/// [`InvalidSetting`] when it is no whole number, or not one that is allowed.
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
