//! What a process takes of memory, processor and disk.

use std::{fs, path::Path, time::Duration};

use anyhow::Context;

use crate::machine::{kib, read};

/// Of times in `/proc`, on every Linux that users see (USER_HZ).
const TICKS_PER_SECOND: f64 = 100.0;

/// A process that runs.
#[derive(Debug, Clone, Copy)]
pub struct Process(pub u32);

impl Process {
    /// Resident memory now, in MiB.
    pub fn resident_mib(self) -> anyhow::Result<f64> {
        self.status("VmRSS")
    }

    /// The most it ever was.
    pub fn resident_peak_mib(self) -> anyhow::Result<f64> {
        self.status("VmHWM")
    }

    /// Processor time it took until now, in seconds: unlike an answer's time, hardly another one's doing.
    pub fn processor_seconds(self) -> anyhow::Result<f64> {
        let stat = read(&format!("/proc/{}/stat", self.0))?;
        // The second field is a name in parentheses, which can hold anything; the 14th and 15th are what is wanted.
        let fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace();
        let ticks = fields.skip(11).take(2).map(str::parse::<u64>).sum::<Result<u64, _>>()?;
        Ok(ticks as f64 / TICKS_PER_SECOND)
    }

    /// The same to the nanosecond, of those of its threads that still run.
    pub fn processor_time(self) -> anyhow::Result<Duration> {
        let mut nanoseconds = 0;
        for thread in fs::read_dir(format!("/proc/{}/task", self.0))? {
            // The first figure is the time on a processor: Documentation/scheduler/sched-stats.rst.
            let statistics = fs::read_to_string(thread?.path().join("schedstat"))?;
            let on_processor = statistics.split_whitespace().next().context("an empty schedstat")?;
            nanoseconds += on_processor.parse::<u64>()?;
        }
        Ok(Duration::from_nanos(nanoseconds))
    }

    fn status(self, name: &str) -> anyhow::Result<f64> {
        Ok(kib(&read(&format!("/proc/{}/status", self.0))?, name)? as f64 / 1024.0)
    }
}

/// The size of all files in a folder, in MiB.
pub fn files_mib(folder: &Path) -> anyhow::Result<f64> {
    let sizes = folder.read_dir()?.map(|entry| Ok(entry?.metadata()?.len()));
    Ok(sizes.sum::<anyhow::Result<u64>>()? as f64 / 1024.0 / 1024.0)
}
