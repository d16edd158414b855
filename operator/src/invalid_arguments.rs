//! Arguments that are invalid in every state of the pipeline: the program ends with exit code 2.

use std::fmt::Display;

/// Options that contradict each other, a file that can't be read, or an invalid task.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct InvalidArguments(String);

impl InvalidArguments {
    /// The reason must name the option or the file.
    pub fn because(why: impl Display) -> Self {
        Self(why.to_string())
    }
}
