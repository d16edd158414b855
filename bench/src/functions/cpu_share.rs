//! A share of one processor, as Lambda gives a function by its memory.

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
/// In each of these it gets its share and then stands still, as by the bandwidth of Linux's own scheduler.
const PERIOD: Duration = Duration::from_millis(20);
const LOOK_AGAIN: Duration = Duration::from_micros(50);

/// Holds a process to its share until it is dropped.
pub struct Share {
    over: Arc<AtomicBool>,
    periods: Option<JoinHandle<()>>,
}

impl Share {
    /// The share of a function with so much memory.
    pub fn of_memory(id: u32, memory_mb: u32) -> Self {
        let over = Arc::new(AtomicBool::new(false));
        let quota = PERIOD * memory_mb / MB_OF_ONE_CPU;
        let flag = Arc::clone(&over);
        let periods =
            thread::spawn(move || while !flag.load(Ordering::Relaxed) && period(id, quota).is_some() {});
        Self { over, periods: Some(periods) }
    }
}

/// None when the process is no more.
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
        thread::sleep(LOOK_AGAIN);
    }
    Some(())
}

impl Drop for Share {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Relaxed);
        if let Some(periods) = self.periods.take() {
            let _ = periods.join();
        }
    }
}
