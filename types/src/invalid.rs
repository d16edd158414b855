//! Why a file of types can't be used.

use std::{
    fmt::{self, Display},
    path::{Path, PathBuf},
};

use shared::{TaskType, setting::InvalidSetting};

/// A file of types can't be used. The message names the file, the type and the key, and quotes no value: a command or a
/// URL can hold a secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct InvalidTypes {
    file: PathBuf,
    /// The type, or the number of its table if it has no name.
    of: Option<String>,
    key: Option<String>,
    problem: String,
}

impl InvalidTypes {
    /// Something is wrong with the file as a whole.
    pub(crate) fn in_file(problem: impl Display) -> Self {
        Self { file: PathBuf::new(), of: None, key: None, problem: problem.to_string() }
    }

    /// Something is wrong with a key of a type.
    pub(crate) fn in_key(key: &str, problem: impl Display) -> Self {
        Self { key: Some(key.to_owned()), ..Self::in_file(problem) }
    }

    /// Something is wrong with a type, or with a key of it.
    pub fn of_type(task_type: &TaskType, key: &str, problem: impl Display) -> Self {
        Self { of: Some(format!("type {task_type}")), ..Self::in_key(key, problem) }
    }

    pub(crate) fn of(self, of: impl Display) -> Self {
        Self { of: Some(of.to_string()), ..self }
    }

    /// The error, of this file.
    pub fn of_file(self, file: &Path) -> Self {
        Self { file: file.to_owned(), ..self }
    }

    /// The error as one of the option that names the file.
    pub fn of_option(self, name: &'static str) -> InvalidSetting {
        InvalidSetting::new(name, format!("can't be used: {self}"))
    }
}

impl From<InvalidTypes> for InvalidSetting {
    fn from(error: InvalidTypes) -> Self {
        error.of_option("TYPES_FILE")
    }
}

impl Display for InvalidTypes {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: ", self.file.display())?;
        if let Some(of) = &self.of {
            write!(formatter, "{of}: ")?;
        }
        if let Some(key) = &self.key {
            write!(formatter, "{key} ")?;
        }
        formatter.write_str(&self.problem)
    }
}
