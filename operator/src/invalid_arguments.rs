//! What is wrong with what was asked for, whatever the pipeline's state: it ends with exit code 2.

use std::fmt::Display;

/// It can't be done as it was said: options that contradict each other, a file that can't be read, a task that breaks the
/// rules.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct InvalidArguments(String);

impl InvalidArguments {
    /// In words that name the option or the file.
    pub fn because(why: impl Display) -> Self {
        Self(why.to_string())
    }
}
