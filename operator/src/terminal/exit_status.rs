//! Exit codes.

use std::process::ExitCode;

/// The exit status of a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExitStatus {
    /// 0: done, or previewed.
    Done,
    /// 1: it failed, at least in part, or a check found a violation.
    Failed,
    /// 2: the arguments are invalid. clap uses the same code.
    InvalidArguments,
    /// 3: it was not tried, as the line is stopped, paused or held.
    NotTried,
}

impl ExitStatus {
    /// The exit code.
    pub fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Failed => 1,
            Self::InvalidArguments => 2,
            Self::NotTried => 3,
        }
    }
}

impl From<ExitStatus> for ExitCode {
    fn from(status: ExitStatus) -> Self {
        Self::from(status.code())
    }
}
