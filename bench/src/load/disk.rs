//! The disk alone: how many pages per second it can sync, as a reference for the pipeline's rates.

use std::{fs::File, os::unix::fs::FileExt, path::Path, time::Instant};

/// The size of SQLite's pages.
const PAGE: [u8; 4096] = [0xa5; 4096];
const SYNCS: u32 = 100;
/// The fastest of this many measurements counts, because other load only makes the disk slower.
const ROUNDS: u32 = 20;

/// Pages written and synced one by one, per second.
#[derive(Debug, Clone, Copy)]
pub struct DiskPace {
    /// At the end of a file, like SQLite's log while it grows.
    pub added: f64,
    /// Over existing pages, like SQLite's log after that.
    pub written_over: f64,
}

impl DiskPace {
    /// Measures the disk of `folder`.
    pub fn measure(folder: &Path) -> anyhow::Result<Self> {
        let mut fastest = Self { added: 0.0, written_over: 0.0 };
        for _ in 0..ROUNDS {
            let file = tempfile::tempfile_in(folder)?;
            fastest.added = fastest.added.max(syncs_per_second(&file)?);
            fastest.written_over = fastest.written_over.max(syncs_per_second(&file)?);
        }
        Ok(fastest)
    }

    /// The faster of the two.
    pub fn best(self) -> f64 {
        self.added.max(self.written_over)
    }
}

fn syncs_per_second(file: &File) -> anyhow::Result<f64> {
    let started = Instant::now();
    for number in 0..u64::from(SYNCS) {
        file.write_all_at(&PAGE, number * PAGE.len() as u64)?;
        file.sync_data()?;
    }
    Ok(f64::from(SYNCS) / started.elapsed().as_secs_f64())
}
