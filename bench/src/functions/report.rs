//! What was measured, as tables of medians.

use std::fmt;

use serde::Serialize;

use super::{
    Plan,
    figures::{Figure, Figures},
    goals,
    kind::{Function, Kind, title},
    subject::Subject,
};
use crate::{
    machine::Machine,
    table::{Table, median},
};

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
pub struct Report {
    machine: Machine,
    repetitions: u32,
    warm: u32,
    latency_ms: u64,
    tables: Vec<Table>,
    /// For the plot.
    #[serde(skip)]
    pub measured: Measured,
}

/// Everything that was measured of some functions: of each, its figures in every repetition.
#[derive(Debug, Clone)]
pub struct Measured(Vec<(Function, Kind, Vec<Figures>)>);

impl Report {
    /// Puts it into tables.
    pub fn new(machine: Machine, plan: &Plan, measured: Measured) -> Self {
        let mut tables =
            vec![measured.table("Cold start", &STARTS), measured.table("Warm invocation", &INVOCATIONS)];
        if plan.instructions {
            tables.push(measured.table("Instructions", &INSTRUCTIONS));
        }
        tables.push(goals::table(&measured, plan));
        let Plan { repeat: repetitions, warm, latency_ms, .. } = *plan;
        Self { machine, repetitions, warm, latency_ms, tables, measured }
    }
}

impl Measured {
    /// Of no function yet.
    pub fn empty() -> Self {
        Self(Vec::new())
    }

    /// Adds a function's figures, one for each repetition.
    pub fn add(&mut self, subject: &Subject, figures: Vec<Figures>) {
        self.0.push((subject.function, subject.kind, figures));
    }

    /// The functions.
    pub fn all(&self) -> impl Iterator<Item = (Function, Kind)> {
        self.0.iter().map(|(function, kind, _)| (*function, *kind))
    }

    /// The median of a function's figure.
    pub fn median(&self, function: Function, kind: Kind, figure: Figure) -> Option<f64> {
        median(self.of(function, kind)?.iter().filter_map(|figures| figures.get(figure)).collect())
    }

    /// How many times as much a function has as the same of another kind: the median of what it is in each repetition.
    pub fn ratio(&self, function: Function, kind: Kind, of: Kind, figure: Figure) -> Option<f64> {
        let pairs = self.of(function, kind)?.iter().zip(self.of(function, of)?);
        median(pairs.filter_map(|(these, those)| Some(these.get(figure)? / those.get(figure)?)).collect())
    }

    fn of(&self, function: Function, kind: Kind) -> Option<&[Figures]> {
        let found = self.0.iter().find(|(of, by, _)| (*of, *by) == (function, kind));
        found.map(|(_, _, figures)| &figures[..])
    }

    fn table(&self, titled: &'static str, figures: &[Figure]) -> Table {
        let columns: Vec<_> = figures.iter().map(|figure| figure.column()).collect();
        let mut table = Table::new(titled, "Function", &columns);
        for (function, kind) in self.all() {
            let cells = figures.iter().map(|figure| self.median(function, kind, *figure));
            table.add(title(function, kind), cells);
        }
        table
    }
}

impl fmt::Display for Report {
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
