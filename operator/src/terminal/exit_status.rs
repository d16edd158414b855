//! Exit codes.

use std::process::ExitCode;

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExitStatus {
    /// 0: done, or previewed.
    Done,
    /// 1: it could not be done, not all of it, or what was checked does not hold.
    Failed,
    /// 2: it was asked for in a way that can't be understood. clap uses the same code.
    InvalidArguments,
    /// 3: it was not tried, as the line stands still for a reason of its own.
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
    fn from(outcome: ExitStatus) -> Self {
        Self::from(outcome.code())
    }
}
