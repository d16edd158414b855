//! Limits a process to a share of one processor, as Lambda does by a function's memory.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process};

use crate::process::Process;

/// A function of 1,769 MB has one CPU: <https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html>.
const MB_OF_ONE_CPU: u32 = 1769;
/// In each period the process runs for its share and is then stopped, like the CPU bandwidth control of Linux.
const PERIOD: Duration = Duration::from_millis(20);
const POLL_INTERVAL: Duration = Duration::from_micros(50);

/// Limits a process until this is dropped.
pub struct CpuShare {
    over: Arc<AtomicBool>,
    periods: Option<JoinHandle<()>>,
}

impl CpuShare {
    /// The share of a function with this memory.
    pub fn of_memory(id: u32, memory_mb: u32) -> Self {
        let over = Arc::new(AtomicBool::new(false));
        let quota = PERIOD * memory_mb / MB_OF_ONE_CPU;
        let flag = Arc::clone(&over);
        let periods =
            thread::spawn(move || while !flag.load(Ordering::Relaxed) && period(id, quota).is_some() {});
        Self { over, periods: Some(periods) }
    }
}

/// Returns `None` when the process has ended.
fn period(id: u32, quota: Duration) -> Option<()> {
    let pid = Pid::from_raw(id.try_into().ok()?)?;
    let end = Instant::now() + PERIOD;
    let used_before = Process(id).processor_time().ok()?;
    while Instant::now() < end {
        if Process(id).processor_time().ok()?.saturating_sub(used_before) >= quota {
            kill_process(pid, Signal::STOP).ok()?;
            thread::sleep(end.saturating_duration_since(Instant::now()));
            return kill_process(pid, Signal::CONT).ok();
        }
        thread::sleep(POLL_INTERVAL);
    }
    Some(())
}

impl Drop for CpuShare {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Relaxed);
        if let Some(periods) = self.periods.take() {
            let _ = periods.join();
        }
    }
}
