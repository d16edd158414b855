//! What a line bears on AWS, and what many lines would: played by a seed, task by task, beside the formulas for the same.
//!
//! What AWS takes is not measured here but supposed (`service.rs`), and docs/capacity.md says how sure that is.

mod plan;
mod service;
mod failures;
mod formula;
mod play;
mod weight;
mod tables;

pub use plan::Plan;

use std::fmt::Write;

use processor::ProcessorSettings;

/// All tables, as they are written in Markdown: the same for the same seed.
///
/// # Errors
/// Never, of what the code itself makes.
pub fn report(seed: u64) -> anyhow::Result<String> {
    let tables = tables::all(seed, &ProcessorSettings::read(&|_| None)?)?;
    let mut report = String::new();
    tables.iter().try_for_each(|table| writeln!(report, "{table}"))?;
    Ok(report)
}
