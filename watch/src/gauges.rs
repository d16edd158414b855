//! The numbers that the watch emits.

use std::collections::BTreeMap;

use metrics::histogram;
use shared::metric;

/// The state of a pipeline. An unknown number is absent and not emitted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Gauges {
    /// How many tasks were dead-lettered within the last minutes.
    pub new_dead_letters: u64,
    /// How many tasks need attention; a lower bound if the index has more than the watch reads.
    pub needs_attention: u64,
    /// The same per class of the last failure; classes without tasks are absent.
    pub by_class: BTreeMap<&'static str, u64>,
    /// How long the oldest of them has needed attention, in seconds.
    pub needs_attention_age_seconds: u64,
    /// How many lines are held; absent if none was found and not all records were read.
    pub held_lines: Option<u64>,
    /// How many attempts of the task at the head have failed; 0 while the handler is unavailable.
    pub head_failed_attempts: u64,
    /// How long the handler has been unavailable to the task at the head, in seconds.
    pub handler_unavailable_seconds: u64,
    /// How many messages the dead-letter queue has beyond the recorded dead letters; absent if not all records were read.
    pub unrecorded_dead_letters: Option<u64>,
    /// Whether the previous canary task is not completed; absent without canaries.
    pub canary_missed: Option<bool>,
}

impl Gauges {
    /// Records the numbers as metrics of the process. They are histograms of one value: a gauge would be emitted again at the
    /// end of every later invocation, also if that could not read the pipeline.
    pub fn record(&self) {
        histogram!(metric::NEW_DEAD_LETTERS).record(self.new_dead_letters as f64);
        histogram!(metric::NEEDS_ATTENTION).record(self.needs_attention as f64);
        for (class, count) in &self.by_class {
            histogram!(metric::NEEDS_ATTENTION, metric::CLASS => *class).record(*count as f64);
        }
        histogram!(metric::NEEDS_ATTENTION_AGE).record(self.needs_attention_age_seconds as f64);
        histogram!(metric::HEAD_FAILED_ATTEMPTS).record(self.head_failed_attempts as f64);
        histogram!(metric::HANDLER_UNAVAILABLE).record(self.handler_unavailable_seconds as f64);
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
