//! The memory, processor time and disk space of a process.

use std::{fs, path::Path, time::Duration};

use anyhow::Context;

use crate::machine::{kib, read};

/// Unit of the times in `/proc` (USER_HZ), the same on every usual Linux.
const TICKS_PER_SECOND: f64 = 100.0;

/// A running process.
#[derive(Debug, Clone, Copy)]
pub struct Process(pub u32);

impl Process {
    /// Resident memory now, in MiB.
    pub fn resident_mib(self) -> anyhow::Result<f64> {
        self.status("VmRSS")
    }

    /// Peak resident memory, in MiB.
    pub fn resident_peak_mib(self) -> anyhow::Result<f64> {
        self.status("VmHWM")
    }

    /// Processor time so far, in seconds. Unlike latency, it hardly depends on the machine's other load.
    pub fn processor_seconds(self) -> anyhow::Result<f64> {
        let stat = read(&format!("/proc/{}/stat", self.0))?;
        // The second field is a name in parentheses, which can contain anything; the 14th and 15th are the times.
        let fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace();
        let ticks = fields.skip(11).take(2).map(str::parse::<u64>).sum::<Result<u64, _>>()?;
        Ok(ticks as f64 / TICKS_PER_SECOND)
    }

    /// The same in nanoseconds, for the threads that still run.
    pub fn processor_time(self) -> anyhow::Result<Duration> {
        let mut nanoseconds = 0;
        for thread in fs::read_dir(format!("/proc/{}/task", self.0))? {
            // The first value is the time on a processor: Documentation/scheduler/sched-stats.rst.
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
