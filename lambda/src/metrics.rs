//! Metrics in CloudWatch's embedded format: a JSON object on stdout, from which CloudWatch extracts metrics without an API
//! call.

use std::io::{self, Write};

use ::metrics::describe_histogram;
use metrics_cloudwatch_embedded::{Builder, Collector};
use shared::metric::{METRICS, NAMESPACE, PIPELINE, Unit};
use tracing::warn;

/// The metrics since the last flush.
pub struct Metrics(&'static Collector);

/// The process has a metrics recorder already.
#[derive(Debug, thiserror::Error)]
#[error("failed to start the metrics: {0}")]
pub struct MetricsError(String);

impl Metrics {
    /// Starts recording metrics of the pipeline with this name; once per process.
    ///
    /// # Errors
    /// [`MetricsError`] the second time.
    pub fn start(pipeline: &str) -> Result<Self, MetricsError> {
        let builder =
            Builder::new().cloudwatch_namespace(NAMESPACE).with_dimension(PIPELINE, pipeline.to_owned());
        let collector = builder.init().map_err(|error| MetricsError(error.to_string()))?;
        // The recorder stores units by name, so this sets the unit for counters too.
        for (name, unit) in METRICS {
            let unit = match unit {
                Unit::Count => ::metrics::Unit::Count,
                Unit::Seconds => ::metrics::Unit::Seconds,
                Unit::Milliseconds => ::metrics::Unit::Milliseconds,
            };
            describe_histogram!(name, unit, "");
        }
        Ok(Self(collector))
    }

    /// Writes the metrics to stdout. A run that is killed before this loses its metrics, never its record.
    pub fn flush(&self) {
        if let Err(error) = self.flush_to(io::stdout().lock()) {
            warn!(error = &error as &dyn std::error::Error, "failed to write metrics");
        }
    }

    fn flush_to(&self, writer: impl Write) -> io::Result<()> {
        self.0.flush(writer)
    }
}

#[cfg(test)]
mod tests {
    use ::metrics::{counter, histogram};
    use serde_json::{Value, json};
    use shared::metric::{COMPLETED, HANDLE_DURATION};

    use super::*;

    /// One test for all, since a process has one recorder.
    #[test]
    fn metrics_are_written_once_as_one_object_in_the_embedded_format() {
        let metrics = Metrics::start("dev").unwrap();
        assert!(Metrics::start("dev").is_err());
        counter!(COMPLETED).increment(2);
        histogram!(HANDLE_DURATION).record(12.5);
        let mut written = Vec::new();
        metrics.flush_to(&mut written).unwrap();
        let text = String::from_utf8(written).unwrap();
        assert_eq!(text.lines().count(), 1, "{text}");
        let mut object: Value = serde_json::from_str(&text).unwrap();
        assert!(object["_aws"]["Timestamp"].take().is_u64());
        let expected = json!({
            "_aws": {"Timestamp": null, "CloudWatchMetrics": [{
                "Namespace": "Taskline",
                "Dimensions": [["Pipeline"]],
                "Metrics": [{"Name": "Completed", "Unit": "Count"},
                    {"Name": "HandleDuration", "Unit": "Milliseconds"}],
            }]},
            "Pipeline": "dev",
            "Completed": 2,
            "HandleDuration": [12.5],
        });
        assert_eq!(object, expected);
        let mut again = Vec::new();
        metrics.flush_to(&mut again).unwrap();
        assert!(again.is_empty());
    }
}
