//! How long answers took.

use std::time::Duration;

use hdrhistogram::Histogram;

/// Percentiles to three digits, from a microsecond up.
#[derive(Debug, Clone)]
pub struct Latency(Histogram<u64>);

impl Latency {
    /// Of answers that took so long.
    ///
    /// # Errors
    /// Never for durations that a phase can hold.
    pub fn of(took: impl IntoIterator<Item = Duration>) -> anyhow::Result<Self> {
        let mut histogram = Histogram::new(3)?;
        for took in took {
            histogram.record(u64::try_from(took.as_micros())?.max(1))?;
        }
        Ok(Self(histogram))
    }

    /// How many answers.
    pub fn count(&self) -> u64 {
        self.0.len()
    }

    /// What so many of a hundred did not exceed, in milliseconds.
    pub fn percentile(&self, percentile: f64) -> f64 {
        self.0.value_at_percentile(percentile) as f64 / 1000.0
    }

    /// The median, the 99th, the 99.9th percentile and the longest, in milliseconds.
    pub fn figures(&self) -> [f64; 4] {
        [50.0, 99.0, 99.9, 100.0].map(|percentile| self.percentile(percentile))
    }
}
