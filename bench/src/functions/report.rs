//! The results as tables of medians.

use std::fmt;

use serde::Serialize;

use super::{
    figures::Figure, goals, implementation::title, measurements::Measurements, options::FunctionsOptions,
};
use crate::{machine::Machine, table::Table};

const STARTS: [Figure; 7] = [
    Figure::ColdMs,
    Figure::InitMs,
    Figure::FirstMs,
    Figure::ColdAtSmallestMs,
    Figure::ColdCpuMs,
    Figure::PeakMib,
    Figure::ZipMb,
];
const INVOCATIONS: [Figure; 6] = [
    Figure::WarmP50Us,
    Figure::WarmP99Us,
    Figure::WarmCpuUs,
    Figure::Calls,
    Figure::DistantP50Ms,
    Figure::DistantPerSecond,
];
const INSTRUCTIONS: [Figure; 2] = [Figure::ColdMillionInstructions, Figure::WarmThousandInstructions];

/// The medians of all repetitions.
#[derive(Debug, Clone, Serialize)]
pub struct FunctionsReport {
    machine: Machine,
    repetitions: u32,
    warm: u32,
    latency_ms: u64,
    tables: Vec<Table>,
    /// For the plot.
    #[serde(skip)]
    pub measurements: Measurements,
}

impl FunctionsReport {
    pub fn new(machine: Machine, options: &FunctionsOptions, measurements: Measurements) -> Self {
        let mut tables = vec![
            table(&measurements, "Cold start", &STARTS),
            table(&measurements, "Warm invocation", &INVOCATIONS),
        ];
        if options.instructions {
            tables.push(table(&measurements, "Instructions", &INSTRUCTIONS));
        }
        tables.push(goals::table(&measurements, options));
        let FunctionsOptions { repeat: repetitions, warm, latency_ms, .. } = *options;
        Self { machine, repetitions, warm, latency_ms, tables, measurements }
    }
}

fn table(measurements: &Measurements, titled: &'static str, figures: &[Figure]) -> Table {
    let columns: Vec<_> = figures.iter().map(|figure| figure.column()).collect();
    let mut table = Table::new(titled, "Function", &columns);
    for (function, implementation) in measurements.all() {
        let cells = figures.iter().map(|figure| measurements.median(function, implementation, *figure));
        table.add(title(function, implementation), cells);
    }
    table
}

impl fmt::Display for FunctionsReport {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { machine, repetitions, warm, latency_ms, tables, .. } = self;
        writeln!(
            formatter,
            "{machine}; medians of {repetitions} paired repetitions, {warm} invocations after the first in each; \
             distant services take {latency_ms} ms a call."
        )?;
        tables.iter().try_for_each(|table| write!(formatter, "\n{table}"))
    }
}
