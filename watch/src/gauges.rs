//! What an observation comes to, in numbers, and how it is written.

use std::collections::BTreeMap;

use metrics::histogram;
use shared::metric;

/// The state of a pipeline at one moment. A number that is not known is absent, and is not written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Gauges {
    /// How many tasks were dead-lettered within the last minutes.
    pub new_dead_letters: u64,
    /// How many tasks need attention; at least so many where the index holds more than is read.
    pub needs_attention: u64,
    /// The same by the class of the last failure; only classes that occur.
    pub by_class: BTreeMap<&'static str, u64>,
    /// For how long the first of them has needed attention, in seconds.
    pub needs_attention_age_seconds: u64,
    /// How many lines are held; absent when none was found and not everything was read.
    pub held_lines: Option<u64>,
    /// How many attempts of the task at the head have failed.
    pub head_failed_attempts: u64,
    /// How many messages the dead-letter queue holds beyond the dead letters; absent when not everything was read.
    pub unrecorded_dead_letters: Option<u64>,
    /// Whether the previous canary task is not completed; absent without a canary.
    pub canary_missed: Option<bool>,
}

impl Gauges {
    /// Hands the numbers to the process's metrics. They are recorded as histograms of one value: a gauge would be
    /// written again at the end of every later invocation, also of one that could not read anything, and a watch that
    /// is blind would look alive.
    pub fn record(&self) {
        histogram!(metric::NEW_DEAD_LETTERS).record(self.new_dead_letters as f64);
        histogram!(metric::NEEDS_ATTENTION).record(self.needs_attention as f64);
        for (class, count) in &self.by_class {
            histogram!(metric::NEEDS_ATTENTION, metric::CLASS => *class).record(*count as f64);
        }
        histogram!(metric::NEEDS_ATTENTION_AGE).record(self.needs_attention_age_seconds as f64);
        histogram!(metric::HEAD_FAILED_ATTEMPTS).record(self.head_failed_attempts as f64);
        if let Some(count) = self.held_lines {
            histogram!(metric::HELD_LINES).record(count as f64);
        }
        if let Some(count) = self.unrecorded_dead_letters {
            histogram!(metric::UNRECORDED_DEAD_LETTERS).record(count as f64);
        }
        if let Some(is_missed) = self.canary_missed {
            histogram!(metric::CANARY_MISSED).record(f64::from(u8::from(is_missed)));
        }
    }
}
