//! The intake as an operator's commands call it: without HTTP.

use std::sync::Arc;

use ::local::RandomTaskIds;
use api::Intake;

use super::{PipelineOperations, PipelineQueue, PipelineRecords};

/// The intake of the pipeline that `operations` work on.
pub fn intake(operations: &PipelineOperations) -> Intake<PipelineRecords, PipelineQueue> {
    let (records, line) = (operations.records.clone(), operations.line_queue.clone());
    Intake::new(records, line, Arc::new(RandomTaskIds), Arc::clone(&operations.clock))
        .with_rules(Arc::clone(&operations.task_rules))
}
