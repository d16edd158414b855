//! The disk by itself: how often it syncs a page, to hold against it what the pipeline does on it.

use std::{fs::File, os::unix::fs::FileExt, path::Path, time::Instant};

/// As SQLite writes it.
const PAGE: [u8; 4096] = [0xa5; 4096];
const SYNCS: u32 = 100;
/// The fastest of so many counts: what others do on the disk meanwhile makes it slower and never faster.
const ROUNDS: u32 = 20;

/// Pages written and synced one by one, a second.
#[derive(Debug, Clone, Copy)]
pub struct DiskPace {
    /// To the end of a file, as SQLite's log is written until it is as long as it gets.
    pub added: f64,
    /// Over what is there, as it is written from then on.
    pub written_over: f64,
}

impl DiskPace {
    /// Of the disk that holds `folder`.
    pub fn measure(folder: &Path) -> anyhow::Result<Self> {
        let mut fastest = Self { added: 0.0, written_over: 0.0 };
        for _ in 0..ROUNDS {
            let file = tempfile::tempfile_in(folder)?;
            fastest.added = fastest.added.max(syncs_per_second(&file)?);
            fastest.written_over = fastest.written_over.max(syncs_per_second(&file)?);
        }
        Ok(fastest)
    }

    /// The faster of both.
    pub fn best(self) -> f64 {
        self.added.max(self.written_over)
    }
}

fn syncs_per_second(file: &File) -> anyhow::Result<f64> {
    let begun = Instant::now();
    for number in 0..u64::from(SYNCS) {
        file.write_all_at(&PAGE, number * PAGE.len() as u64)?;
        file.sync_data()?;
    }
    Ok(f64::from(SYNCS) / begun.elapsed().as_secs_f64())
}
