//! The options of `load`.

use std::{
    future::Future,
    io::{self, Write},
    num::NonZeroU32,
    path::PathBuf,
    time::Duration,
};

use anyhow::Context;
use clap::{Parser, value_parser};

/// Measures `taskline local` under load: steady and in bursts, with many tasks waiting and with many completed records. Fails
/// unless every accepted task is handled in order.
#[derive(Debug, Clone, Parser)]
#[command(name = "load")]
pub struct LoadOptions {
    /// How many tasks wait at the end; each backlog is built and handled
    #[arg(long, value_delimiter = ',', default_value = "10000,100000", value_parser = value_parser!(u32).range(1..=1_000_000))]
    pub tasks: Vec<u32>,
    /// The rate of the steady load, in tasks per second
    #[arg(long, default_value = "1000")]
    pub rate: NonZeroU32,
    /// How many clients submit at the same time
    #[arg(long, default_value_t = 32, value_parser = value_parser!(u32).range(1..=1_000))]
    pub clients: u32,
    /// With how many completed records tasks are accepted and handled; in ascending order
    #[arg(long, value_delimiter = ',', default_value = "0,100000,1000000", value_parser = value_parser!(u32).range(..=10_000_000))]
    pub completed: Vec<u32>,
    /// How often to measure; the results are medians
    #[arg(long, default_value_t = 1, value_parser = value_parser!(u32).range(1..=25))]
    pub repeat: u32,
    /// How long one phase may take, in seconds
    #[arg(long, default_value_t = 300)]
    pub phase_seconds_max: u64,
    /// Print the results as JSON
    #[arg(long)]
    pub json: bool,
    /// Write the tables into DIR/load.md, between its marks, and the plot to DIR/load.svg
    #[arg(long, value_name = "DIR")]
    pub docs: Option<PathBuf>,
}

impl LoadOptions {
    /// Awaits `phase`, which fails if it takes too long.
    pub(super) async fn bounded<T>(
        &self,
        name: &str,
        phase: impl Future<Output = anyhow::Result<T>>,
    ) -> anyhow::Result<T> {
        let limit = Duration::from_secs(self.phase_seconds_max);
        let ended = tokio::time::timeout(limit, phase).await;
        ended
            .with_context(|| {
                format!("{name} did not end within {} s (--phase-seconds-max)", limit.as_secs())
            })?
            .with_context(|| name.to_owned())
    }

    /// Prints progress to stderr.
    pub(super) fn report_progress(&self, what: &str) {
        let _ = writeln!(io::stderr(), "{what}");
    }
}
