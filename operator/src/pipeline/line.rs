//! The line of the chosen pipeline as a whole.

use aws::EventSourceLine;
use local::SqliteLine;
use shared::ports::{Line, LineStatus, PortError};

/// A line on this machine or on AWS.
pub enum PipelineLine {
    Local(SqliteLine),
    Aws(EventSourceLine),
}

impl Line for PipelineLine {
    async fn status(&self) -> Result<LineStatus, PortError> {
        match self {
            Self::Local(line) => line.status().await,
            Self::Aws(line) => line.status().await,
        }
    }

    async fn pause(&self) -> Result<(), PortError> {
        match self {
            Self::Local(line) => line.pause().await,
            Self::Aws(line) => line.pause().await,
        }
    }

    async fn resume(&self) -> Result<(), PortError> {
        match self {
            Self::Local(line) => line.resume().await,
            Self::Aws(line) => line.resume().await,
        }
    }
}
