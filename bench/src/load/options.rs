//! What is measured, and within which bounds.

use std::{
    future::Future,
    io::{self, Write},
    num::NonZeroU32,
    path::PathBuf,
    time::Duration,
};

use anyhow::Context;
use clap::{Parser, value_parser};

/// Measures `taskline local`, the program beside this one, under load: steady and in a burst, with many tasks waiting and
/// behind many completed records. Everything that was accepted must be handled, in order, or it fails.
#[derive(Debug, Clone, Parser)]
#[command(name = "load")]
pub struct Plan {
    /// How many tasks wait in the end; a backlog of each is built and handled
    #[arg(long, value_delimiter = ',', default_value = "10000,100000", value_parser = value_parser!(u32).range(1..=1_000_000))]
    pub tasks: Vec<u32>,
    /// Steady: how many tasks a second
    #[arg(long, default_value = "1000")]
    pub rate: NonZeroU32,
    /// How many clients submit at a time
    #[arg(long, default_value_t = 32, value_parser = value_parser!(u32).range(1..=1_000))]
    pub clients: u32,
    /// Behind how many completed records a thousand and more tasks are accepted and handled, rising
    #[arg(long, value_delimiter = ',', default_value = "0,100000,1000000", value_parser = value_parser!(u32).range(..=10_000_000))]
    pub completed: Vec<u32>,
    /// How often all is measured; the figures are medians
    #[arg(long, default_value_t = 1, value_parser = value_parser!(u32).range(1..=25))]
    pub repeat: u32,
    /// How long one phase may take, in seconds
    #[arg(long, default_value_t = 300)]
    pub phase_seconds_max: u64,
    /// Write the figures as JSON
    #[arg(long)]
    pub json: bool,
    /// Write the tables into DIR/load.md, between its marks, and the plot to DIR/load.svg
    #[arg(long, value_name = "DIR")]
    pub docs: Option<PathBuf>,
}

impl Plan {
    /// Ends with what `phase` ends with, or says that it took too long.
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

    /// How far it is, to who waits.
    pub(super) fn tell(&self, what: &str) {
        let _ = writeln!(io::stderr(), "{what}");
    }
}
