//! The capacity of one line and of many lines on AWS: simulated task by task from a seed, beside formulas for the same values.
//!
//! The latencies of AWS are assumptions (`service.rs`); docs/capacity.md says how certain they are.

mod options;
mod service;
mod failures;
mod formula;
mod simulate;
mod weight;
mod tables;

pub use options::CapacityOptions;

use std::fmt::Write;

use processor::ProcessorSettings;

/// All tables in Markdown. The same seed gives the same tables.
pub fn report(seed: u64) -> anyhow::Result<String> {
    let tables = tables::all(seed, &ProcessorSettings::read(&|_| None)?)?;
    let mut report = String::new();
    tables.iter().try_for_each(|table| writeln!(report, "{table}"))?;
    Ok(report)
}
