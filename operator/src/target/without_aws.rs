//! Replaces the modules for AWS in a program that is built without the feature `aws`.

use local::{SqliteTaskQueue, SqliteTaskRecords};
use operations::Operations;

use crate::invalid_arguments::InvalidArguments;

use super::{AwsOptions, LocalLine, Place, handler_functions::HandlerFunctions};

pub type PipelineQueue = SqliteTaskQueue;
pub type PipelineRecords = SqliteTaskRecords;
pub type PipelineLine = LocalLine;

/// # Errors
/// Always: names the command that builds the program with AWS.
pub async fn handler_functions(_: AwsOptions) -> anyhow::Result<HandlerFunctions> {
    Err(InvalidArguments::because(
        "this program was built without AWS, as `make run` builds it, and can't invoke a Lambda function: \
         `make taskline` builds target/release/taskline, which can",
    )
    .into())
}

/// # Errors
/// Always: names the command that builds the program with AWS.
pub async fn on_aws(
    _: Place,
    _: AwsOptions,
) -> anyhow::Result<Operations<PipelineRecords, PipelineQueue, PipelineLine>> {
    Err(InvalidArguments::because(
        "this program was built without AWS, as `make run` builds it: `make taskline` builds target/release/taskline, \
         which works on a pipeline on AWS too",
    )
    .into())
}
