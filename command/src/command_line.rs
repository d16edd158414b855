//! The command line of a handler, split into words as a shell splits them. No shell runs: no variable, pattern or pipe is
//! replaced.

use std::{ffi::OsStr, path::PathBuf};

use crate::{
    executable::{self, NotExecutable},
    script::{self, MissingScript},
};

/// A program that can be started, and its arguments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommandLine {
    program: PathBuf,
    arguments: Vec<String>,
}

/// Why a command line can't be used, as a phrase that follows the name of its flag or setting. It quotes no argument, which
/// may be a secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidCommand {
    /// A quote or a backslash at the end.
    #[error("is not complete: a quote is not closed, or a backslash is its last character")]
    Incomplete,
    /// No word.
    #[error("names no program")]
    Empty,
    /// The program can't be started.
    #[error(transparent)]
    NotExecutable(#[from] NotExecutable),
    /// An interpreter's script that does not exist.
    #[error(transparent)]
    MissingScript(#[from] MissingScript),
}

impl CommandLine {
    /// Splits the text, and finds the program: a path, or a name in a folder of `search_path`, the value of `PATH`.
    ///
    /// # Errors
    /// [`InvalidCommand`].
    pub fn parse(text: &str, search_path: Option<&OsStr>) -> Result<Self, InvalidCommand> {
        let mut words = shlex::split(text).ok_or(InvalidCommand::Incomplete)?.into_iter();
        let program = words.next().filter(|program| !program.is_empty()).ok_or(InvalidCommand::Empty)?;
        let line = Self { program: executable::find(&program, search_path)?, arguments: words.collect() };
        script::check(&line.arguments)?;
        Ok(line)
    }

    /// The path of the program.
    pub fn program(&self) -> &PathBuf {
        &self.program
    }

    pub(crate) fn arguments(&self) -> &[String] {
        &self.arguments
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<CommandLine, InvalidCommand> {
        CommandLine::parse(text, None)
    }

    #[test]
    fn words_are_split_as_a_shell_splits_them_and_nothing_is_replaced() {
        let line = parse(r#"/bin/sh -c 'echo "$HOME" > x' a\ b "c  d" '' *.py; "#).unwrap();
        assert_eq!(line.program(), &PathBuf::from("/bin/sh"));
        assert_eq!(line.arguments(), ["-c", r#"echo "$HOME" > x"#, "a b", "c  d", "", "*.py;"]);
    }

    #[test]
    fn a_line_without_a_program_or_a_closing_quote_is_refused() {
        for text in ["", "  \n", "''", "# comment"] {
            assert_eq!(parse(text), Err(InvalidCommand::Empty), "{text:?}");
        }
        for text in ["/bin/sh 'a", "/bin/sh \"a", "/bin/sh \\"] {
            assert_eq!(parse(text), Err(InvalidCommand::Incomplete), "{text:?}");
        }
    }

    #[test]
    fn a_refusal_quotes_no_argument() {
        let refused = parse("no-such-program --token hunter2").unwrap_err().to_string();
        assert_eq!(refused, "names the program no-such-program, which is not in a folder of PATH");
    }
}
