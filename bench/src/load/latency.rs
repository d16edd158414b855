//! Latency of responses.

use std::time::Duration;

use hdrhistogram::Histogram;

/// Percentiles with three significant digits, from one microsecond.
#[derive(Debug, Clone)]
pub struct Latency(Histogram<u64>);

impl Latency {
    /// Fails only for durations that no phase can reach.
    pub fn of(took: impl IntoIterator<Item = Duration>) -> anyhow::Result<Self> {
        let mut histogram = Histogram::new(3)?;
        for took in took {
            histogram.record(u64::try_from(took.as_micros())?.max(1))?;
        }
        Ok(Self(histogram))
    }

    /// How many responses.
    pub fn count(&self) -> u64 {
        self.0.len()
    }

    /// A percentile, in milliseconds.
    pub fn percentile(&self, percentile: f64) -> f64 {
        self.0.value_at_percentile(percentile) as f64 / 1000.0
    }

    /// The 50th, 99th and 99.9th percentile and the maximum, in milliseconds.
    pub fn figures(&self) -> [f64; 4] {
        [50.0, 99.0, 99.9, 100.0].map(|percentile| self.percentile(percentile))
    }
}
