//! `taskline verify`.

use crate::{
    target::PipelineOperations,
    terminal::{ExitStatus, Format, print_data, print_json},
};
use operations::VerificationReport;

/// Fails if the order was violated. An explained exception is no violation.
pub async fn run(operations: &PipelineOperations, format: Format) -> anyhow::Result<ExitStatus> {
    let found = operations.verify().await?;
    let outcome = if found.violations.is_empty() { ExitStatus::Done } else { ExitStatus::Failed };
    if format == Format::Json {
        print_json(&found)?;
        return Ok(outcome);
    }
    let report = VerificationReport::from(&found);
    print_data(report.counts)?;
    let findings =
        [("exception", report.exceptions), ("unproven", report.unproven), ("VIOLATION", report.violations)];
    for (kind, sentences) in findings {
        for sentence in sentences {
            print_data(format!("{kind:<9}  {sentence}"))?;
        }
    }
    print_data(report.verdict)?;
    Ok(outcome)
}
