//! The results of one repetition for one function.

use std::time::Duration;

use super::{instructions::Instructions, measure::FunctionTimes};

/// What is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Figure {
    ColdMs,
    InitMs,
    FirstMs,
    ColdAtSmallestMs,
    ColdCpuMs,
    PeakMib,
    ZipMb,
    WarmP50Us,
    WarmP99Us,
    WarmCpuUs,
    Calls,
    DistantP50Ms,
    DistantPerSecond,
    ColdMillionInstructions,
    WarmThousandInstructions,
}

impl Figure {
    /// Its column's title with the unit, and its decimal places.
    pub fn column(self) -> (&'static str, usize) {
        match self {
            Self::ColdMs => ("cold ms", 1),
            Self::InitMs => ("of which init ms", 1),
            Self::FirstMs => ("first event ms", 1),
            Self::ColdAtSmallestMs => ("cold at 128 MB ms", 1),
            Self::ColdCpuMs => ("cold CPU ms", 1),
            Self::PeakMib => ("peak MiB", 1),
            Self::ZipMb => ("zip MB", 2),
            Self::WarmP50Us => ("p50 us", 0),
            Self::WarmP99Us => ("p99 us", 0),
            Self::WarmCpuUs => ("CPU us", 0),
            Self::Calls => ("calls", 1),
            Self::DistantP50Ms => ("distant p50 ms", 2),
            Self::DistantPerSecond => ("distant tasks/s", 0),
            Self::ColdMillionInstructions => ("cold, million instructions", 2),
            Self::WarmThousandInstructions => ("warm, thousand instructions", 0),
        }
    }
}

/// The results of one repetition for one function.
#[derive(Debug, Clone)]
pub struct Figures {
    sample: FunctionTimes,
    instructions: Option<Instructions>,
    zipped_bytes: u64,
}

impl Figures {
    pub fn new(sample: FunctionTimes, instructions: Option<Instructions>, zipped_bytes: u64) -> Self {
        Self { sample, instructions, zipped_bytes }
    }

    /// One of the values. Instructions are absent unless they were counted.
    pub fn get(&self, figure: Figure) -> Option<f64> {
        let sample = &self.sample;
        let distant = median(&sample.distant);
        Some(match figure {
            Figure::ColdMs => ms(sample.init + sample.first),
            Figure::InitMs => ms(sample.init),
            Figure::FirstMs => ms(sample.first),
            Figure::ColdAtSmallestMs => ms(sample.init + sample.first_at_smallest),
            Figure::ColdCpuMs => ms(sample.cold_cpu),
            Figure::PeakMib => sample.peak_memory_mib,
            Figure::ZipMb => self.zipped_bytes as f64 / 1e6,
            Figure::WarmP50Us => 1e3 * ms(median(&sample.warm)),
            Figure::WarmP99Us => 1e3 * ms(quantile(&sample.warm, 99)),
            Figure::WarmCpuUs => 1e3 * ms(sample.warm_cpu),
            Figure::Calls => sample.calls_per_invocation,
            Figure::DistantP50Ms => ms(distant),
            Figure::DistantPerSecond => 1.0 / distant.as_secs_f64(),
            Figure::ColdMillionInstructions => self.instructions?.cold as f64 / 1e6,
            Figure::WarmThousandInstructions => self.instructions?.warm as f64 / 1e3,
        })
    }
}

fn ms(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}

fn median(sorted: &[Duration]) -> Duration {
    quantile(sorted, 50)
}

fn quantile(sorted: &[Duration], percent: usize) -> Duration {
    let at = (sorted.len() * percent / 100).min(sorted.len().saturating_sub(1));
    sorted.get(at).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quantile_is_one_of_the_measured_values() {
        let sorted: Vec<_> = (1..=200).map(Duration::from_millis).collect();
        assert_eq!(quantile(&sorted, 50).as_millis(), 101);
        assert_eq!(quantile(&sorted, 99).as_millis(), 199);
        assert_eq!(quantile(&sorted[..1], 99).as_millis(), 1);
    }
}
