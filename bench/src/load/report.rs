//! What was measured, as tables, and as the curves of its plot.

use std::{fmt, ops::Range};

use serde::Serialize;

use super::{
    backlog::{Handled, ROUND, Round, Seen},
    disk::DiskPace,
    history::History,
    latency::Latency,
    pace::Shape,
    slow_disk::SlowDisk,
    stage::Sample,
};
use crate::{
    machine::Machine,
    table::{Table, grouped},
};

/// What is told apart: up to so many waiting.
const SLICES: [u32; 5] = [1_000, 10_000, 100_000, 300_000, 1_000_000];
/// How many points a curve of latencies has.
const POINTS: u32 = 50;

/// Everything once.
pub struct Repetition {
    disk: DiskPace,
    rounds: Vec<Round>,
    alongside: Table,
    whole: Table,
    history: Table,
    slow_disk: Table,
    curves: Option<Curves>,
}

/// A backlog for the plot.
#[derive(Debug, Clone, Serialize)]
pub struct Curves {
    /// How many.
    pub tasks: u32,
    /// Latencies by how many wait, in each shape.
    pub latencies: Vec<(String, Vec<Point>)>,
    /// How it stood, by time.
    pub samples: Vec<Sample>,
}

/// Latencies while about so many waited.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Point {
    /// How many.
    pub waiting: f64,
    /// The median.
    pub p50_ms: f64,
    /// What one of a hundred exceeds.
    pub p99_ms: f64,
}

/// The medians of all repetitions.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// What was measured on.
    pub machine: Machine,
    /// How often.
    pub repetitions: usize,
    /// The figures.
    pub tables: Vec<Table>,
    /// The largest backlog of the last repetition.
    pub curves: Option<Curves>,
}

const PER_SYNC: (&str, usize) = ("per disk sync", 2);
const MILLISECONDS: [(&str, usize); 4] = [("p50 ms", 2), ("p99 ms", 2), ("p99.9 ms", 2), ("max ms", 1)];

impl Repetition {
    /// Nothing yet.
    pub fn on(disk: DiskPace) -> Self {
        let looks = [("reads", 0), ("read p50 ms", 1), ("read p99 ms", 1)];
        let alongside = [&MILLISECONDS[..], &looks].concat();
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

    /// Adds what was seen of a backlog.
    pub fn add_backlog(&mut self, tasks: u32, seen: Seen) -> anyhow::Result<()> {
        let waiting = grouped(tasks.into(), 0);
        for beside in &seen.alongside {
            let [p50, p99, ..] = beside.looks.figures();
            let any = beside.looks.count() > 0;
            let looks = [beside.looks.count() as f64, p50, p99].map(|figure| any.then_some(figure));
            let name = format!("{waiting}, {}", beside.activity.as_str());
            self.alongside.add(name, beside.accept.figures().map(Some).into_iter().chain(looks));
        }
        let [before, all, most] = seen.resident_mib;
        let Handled { per_second, processor_us } = seen.handled;
        let per_sync = per_second / self.disk.best();
        let figures = [per_second, per_sync, processor_us, before, all, most, seen.files_mib];
        self.whole.add(waiting, figures.map(Some));
        if self.curves.as_ref().is_none_or(|curves| curves.tasks < tasks) {
            self.curves = Some(Curves::of(tasks, &seen)?);
        }
        self.rounds.extend(seen.rounds);
        Ok(())
    }

    /// Adds how it was behind completed records.
    pub fn add_history(&mut self, history: &History) {
        let Handled { per_second, processor_us } = history.handled;
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

    /// Adds how a burst was accepted on a slower disk.
    pub fn add_slow_disk(&mut self, seen: &SlowDisk) {
        let (accepted, syncs) = (seen.accepted_per_second, seen.syncs_per_second);
        let figures = [accepted, syncs, accepted / syncs].into_iter().chain(seen.accept.figures());
        self.slow_disk.add(format!("{} ms", seen.delay.as_millis()), figures.map(Some));
    }

    /// What the disk does by itself.
    fn disk(&self) -> Table {
        let mut table = Table::new("Disk alone", "4 KiB write and sync", &[("syncs/s", 0)]);
        table.add("appended to a file".to_owned(), [Some(self.disk.added)]);
        table.add("overwritten in place".to_owned(), [Some(self.disk.written_over)]);
        table
    }

    /// The rounds of all backlogs, by shape and by how many waited.
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
    /// From when its first task was due to its last answer.
    fn seconds(&self) -> f64 {
        let first = self.accepted.iter().map(|accepted| accepted.answered - accepted.took).min();
        let last = self.accepted.iter().map(|accepted| accepted.answered).max();
        first.zip(last).map_or(0.0, |(first, last)| (last - first).as_secs_f64())
    }
}

/// In the order in which they first come.
fn shapes(rounds: &[Round]) -> Vec<Shape> {
    let mut shapes = Vec::new();
    for round in rounds {
        if !shapes.contains(&round.shape) {
            shapes.push(round.shape);
        }
    }
    shapes
}

/// The rounds of one shape before which so many waited.
fn within(rounds: &[Round], shape: Shape, waiting: Range<u32>) -> impl Iterator<Item = &Round> {
    rounds.iter().filter(move |round| round.shape == shape && waiting.contains(&round.waiting))
}

fn latency<'a>(rounds: impl Iterator<Item = &'a Round>) -> anyhow::Result<Latency> {
    Latency::of(rounds.flat_map(|round| &round.accepted).map(|accepted| accepted.took))
}

impl Curves {
    fn of(tasks: u32, seen: &Seen) -> anyhow::Result<Self> {
        let width = tasks.div_ceil(POINTS).max(2 * ROUND);
        let mut latencies = Vec::new();
        for shape in shapes(&seen.rounds) {
            let mut points = Vec::new();
            for from in (0..tasks).step_by(width as usize) {
                let latency = latency(within(&seen.rounds, shape, from..from + width))?;
                let [p50_ms, p99_ms, ..] = latency.figures();
                let waiting = f64::from(from) + f64::from(width) / 2.0;
                points.extend((latency.count() > 0).then_some(Point { waiting, p50_ms, p99_ms }));
            }
            latencies.push((shape.to_string(), points));
        }
        Ok(Self { tasks, latencies, samples: seen.samples.clone() })
    }
}

impl Report {
    /// Of repetitions of the same plan.
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
        Ok(Self { machine, repetitions: count, tables, curves })
    }
}

impl fmt::Display for Report {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let each = match self.repetitions {
            1 => "one repetition".to_owned(),
            count => format!("medians of {count} repetitions"),
        };
        writeln!(formatter, "{}; {each}.", self.machine)?;
        self.tables.iter().try_for_each(|table| write!(formatter, "\n{table}"))
    }
}
