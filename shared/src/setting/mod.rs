//! Settings: what a part of the pipeline is told by its surroundings. Each is read once and checked before anything
//! runs; one that can't be used, or that would do nothing, is named.

mod description;
mod resemblance;
mod variables;

use std::{borrow::Cow, fmt::Display, ops::RangeInclusive};

pub use description::{Program, SETTINGS, Setting};
pub use variables::{Unread, Variables};

/// Where settings come from: the environment in a program, a table in a test.
pub type Lookup<'a> = &'a dyn Fn(&str) -> Option<String>;

/// A setting that is missing or can't be used; names it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{name} {problem}")]
pub struct InvalidSetting {
    /// The environment variable, as it was written.
    pub name: Cow<'static, str>,
    /// What is wrong with it, fit to stand behind its name.
    pub problem: String,
}

impl InvalidSetting {
    /// `name` has this `problem`.
    pub fn new(name: impl Into<Cow<'static, str>>, problem: impl Display) -> Self {
        Self { name: name.into(), problem: problem.to_string() }
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
