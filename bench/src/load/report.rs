//! The results as tables and as curves for the plot.

use std::{fmt, ops::Range};

use serde::Serialize;

use super::{
    backlog::{BacklogResult, HandlingRate, ROUND, Round},
    disk::DiskPace,
    fixture::MemorySample,
    history::History,
    latency::Latency,
    slow_disk::SlowDisk,
    submit::Shape,
};
use crate::{
    machine::Machine,
    report::Report,
    table::{Table, grouped},
};

/// The upper ends of the ranges of waiting tasks that are shown separately.
const SLICES: [u32; 5] = [1_000, 10_000, 100_000, 300_000, 1_000_000];
/// How many points a latency curve has.
const POINTS: u32 = 50;

/// The results of one repetition.
pub struct Repetition {
    disk: DiskPace,
    rounds: Vec<Round>,
    alongside: Table,
    whole: Table,
    history: Table,
    slow_disk: Table,
    curves: Option<Curves>,
}

/// The curves of one backlog.
#[derive(Debug, Clone, Serialize)]
pub struct Curves {
    /// The size of the backlog.
    pub tasks: u32,
    /// Latencies by the number of waiting tasks, for each load shape.
    pub latencies: Vec<(String, Vec<Point>)>,
    /// Memory and waiting tasks over time.
    pub samples: Vec<MemorySample>,
}

/// Latencies while about this many tasks waited.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Point {
    pub waiting: f64,
    pub p50_ms: f64,
    pub p99_ms: f64,
}

/// The medians of all repetitions.
#[derive(Debug, Clone, Serialize)]
pub struct LoadReport {
    #[serde(flatten)]
    report: Report,
    /// The largest backlog of the last repetition.
    pub curves: Option<Curves>,
}

const PER_SYNC: (&str, usize) = ("per disk sync", 2);
const MILLISECONDS: [(&str, usize); 4] = [("p50 ms", 2), ("p99 ms", 2), ("p99.9 ms", 2), ("max ms", 1)];

impl Repetition {
    pub fn on(disk: DiskPace) -> Self {
        let reads = [("reads", 0), ("read p50 ms", 1), ("read p99 ms", 1)];
        let alongside = [&MILLISECONDS[..], &reads].concat();
        let whole = [
            ("handled/s", 0),
            PER_SYNC,
            ("CPU us per task", 0),
            ("MiB empty", 1),
            ("MiB full", 1),
            ("MiB max", 1),
            ("file MiB", 0),
        ];
        let rates = [
            ("start s", 2),
            ("accepted/s", 0),
            ("CPU us per task", 0),
            ("handled/s", 0),
            ("CPU us per task", 0),
        ];
        let history = [&rates, &MILLISECONDS[..], &whole[5..]].concat();
        Self {
            disk,
            rounds: Vec::new(),
            alongside: Table::new("Accepting steadily during other work", "Waiting, during", &alongside),
            whole: Table::new("Accepting and handling a whole backlog", "Waiting", &whole),
            history: Table::new("With completed records", "Completed records", &history),
            slow_disk: Table::new(
                "Accepting a burst on a slower disk",
                "Added per sync",
                &[&[("accepted/s", 0), ("syncs/s", 0), ("accepts per sync", 1)], &MILLISECONDS[..]].concat(),
            ),
            curves: None,
        }
    }

    /// Adds the result of a backlog.
    pub fn add_backlog(&mut self, tasks: u32, result: BacklogResult) -> anyhow::Result<()> {
        let waiting = grouped(tasks.into(), 0);
        for beside in &result.alongside {
            let [p50, p99, ..] = beside.reads.figures();
            let any = beside.reads.count() > 0;
            let reads = [beside.reads.count() as f64, p50, p99].map(|figure| any.then_some(figure));
            let name = format!("{waiting}, {}", beside.activity.as_str());
            self.alongside.add(name, beside.accept.figures().map(Some).into_iter().chain(reads));
        }
        let [before, all, most] = result.resident_mib;
        let HandlingRate { per_second, processor_us } = result.handled;
        let per_sync = per_second / self.disk.best();
        let figures = [per_second, per_sync, processor_us, before, all, most, result.files_mib];
        self.whole.add(waiting, figures.map(Some));
        if self.curves.as_ref().is_none_or(|curves| curves.tasks < tasks) {
            self.curves = Some(Curves::of(tasks, &result)?);
        }
        self.rounds.extend(result.rounds);
        Ok(())
    }

    /// Adds the result with completed records.
    pub fn add_history(&mut self, history: &History) {
        let HandlingRate { per_second, processor_us } = history.handled;
        let rates = [
            history.start.as_secs_f64(),
            history.accepted_per_second,
            history.processor_us,
            per_second,
            processor_us,
        ];
        let memory = [history.resident_peak_mib, history.files_mib];
        let figures = rates.into_iter().chain(history.accept.figures()).chain(memory);
        self.history.add(grouped(history.completed.into(), 0), figures.map(Some));
    }

    /// Adds the result of a burst on a slower disk.
    pub fn add_slow_disk(&mut self, result: &SlowDisk) {
        let (accepted, syncs) = (result.accepted_per_second, result.syncs_per_second);
        let figures = [accepted, syncs, accepted / syncs].into_iter().chain(result.accept.figures());
        self.slow_disk.add(format!("{} ms", result.delay.as_millis()), figures.map(Some));
    }

    fn disk(&self) -> Table {
        let mut table = Table::new("Disk alone", "4 KiB write and sync", &[("syncs/s", 0)]);
        table.add("appended to a file".to_owned(), [Some(self.disk.added)]);
        table.add("overwritten in place".to_owned(), [Some(self.disk.written_over)]);
        table
    }

    /// The rounds of all backlogs, by load shape and by the number of waiting tasks.
    fn accepting(&self) -> anyhow::Result<Table> {
        let rates = [("accepts", 0), ("accepted/s", 0), PER_SYNC, ("CPU us per task", 0)];
        let columns = [&rates, &MILLISECONDS[..]].concat();
        let mut table = Table::new("Accepting by backlog", "Load, waiting", &columns);
        for shape in shapes(&self.rounds) {
            let mut from = 0;
            for to in SLICES {
                let rounds = || within(&self.rounds, shape, from..to);
                let latency = latency(rounds())?;
                if latency.count() > 0 {
                    let accepts = latency.count() as f64;
                    let rate = accepts / rounds().map(Round::seconds).sum::<f64>();
                    let spent: f64 = rounds().map(|round| round.processor_seconds).sum();
                    let name = format!("{shape}, {} to {}", grouped(from.into(), 0), grouped(to.into(), 0));
                    let figures = [accepts, rate, rate / self.disk.best(), spent * 1e6 / accepts];
                    table.add(name, figures.into_iter().chain(latency.figures()).map(Some));
                }
                from = to;
            }
        }
        Ok(table)
    }
}

impl Round {
    /// From the time when its first task was due to its last response.
    fn seconds(&self) -> f64 {
        let first = self.accepted.iter().map(|accepted| accepted.answered - accepted.took).min();
        let last = self.accepted.iter().map(|accepted| accepted.answered).max();
        first.zip(last).map_or(0.0, |(first, last)| (last - first).as_secs_f64())
    }
}

/// In order of first use.
fn shapes(rounds: &[Round]) -> Vec<Shape> {
    let mut shapes = Vec::new();
    for round in rounds {
        if !shapes.contains(&round.shape) {
            shapes.push(round.shape);
        }
    }
    shapes
}

/// The rounds with this load shape and this many waiting tasks before them.
fn within(rounds: &[Round], shape: Shape, waiting: Range<u32>) -> impl Iterator<Item = &Round> {
    rounds.iter().filter(move |round| round.shape == shape && waiting.contains(&round.waiting))
}

fn latency<'a>(rounds: impl Iterator<Item = &'a Round>) -> anyhow::Result<Latency> {
    Latency::of(rounds.flat_map(|round| &round.accepted).map(|accepted| accepted.took))
}

impl Curves {
    fn of(tasks: u32, result: &BacklogResult) -> anyhow::Result<Self> {
        let width = tasks.div_ceil(POINTS).max(2 * ROUND);
        let mut latencies = Vec::new();
        for shape in shapes(&result.rounds) {
            let mut points = Vec::new();
            for from in (0..tasks).step_by(width as usize) {
                let latency = latency(within(&result.rounds, shape, from..from + width))?;
                let [p50_ms, p99_ms, ..] = latency.figures();
                let waiting = f64::from(from) + f64::from(width) / 2.0;
                points.extend((latency.count() > 0).then_some(Point { waiting, p50_ms, p99_ms }));
            }
            latencies.push((shape.to_string(), points));
        }
        Ok(Self { tasks, latencies, samples: result.samples.clone() })
    }
}

impl LoadReport {
    pub fn new(machine: Machine, repetitions: Vec<Repetition>) -> anyhow::Result<Self> {
        let (count, mut tables, mut curves) = (repetitions.len(), [const { Vec::new() }; 6], None);
        for repetition in repetitions {
            let (disk, accepting) = (repetition.disk(), repetition.accepting()?);
            let Repetition { whole, alongside, history, slow_disk, curves: last, .. } = repetition;
            let of_this = [disk, accepting, slow_disk, whole, alongside, history];
            for (tables, table) in tables.iter_mut().zip(of_this) {
                tables.push(table);
            }
            curves = last;
        }
        let tables = tables.into_iter().filter_map(Table::median).collect();
        Ok(Self { report: Report { machine, repetitions: count, tables }, curves })
    }
}

impl fmt::Display for LoadReport {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.report.fmt(formatter)
    }
}
