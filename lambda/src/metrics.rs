//! Metrics in CloudWatch's embedded format: a JSON object on stdout, of which CloudWatch makes metrics. They cost the
//! function no call.

use std::io::{self, Write};

use ::metrics::describe_histogram;
use metrics_cloudwatch_embedded::{Builder, Collector};
use shared::metric::{METRICS, NAMESPACE, PIPELINE, Unit};
use tracing::warn;

/// What was counted and timed since the last flush.
pub struct Metrics(&'static Collector);

/// Another recorder is in place already.
#[derive(Debug, thiserror::Error)]
#[error("failed to start the metrics: {0}")]
pub struct MetricsError(String);

impl Metrics {
    /// Starts to count for the pipeline of this name; once per process.
    ///
    /// # Errors
    /// [`MetricsError`] the second time.
    pub fn start(pipeline: &str) -> Result<Self, MetricsError> {
        let builder =
            Builder::new().cloudwatch_namespace(NAMESPACE).with_dimension(PIPELINE, pipeline.to_owned());
        let collector = builder.init().map_err(|error| MetricsError(error.to_string()))?;
        // The recorder keeps a unit by the metric's name alone, whichever kind it is.
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

    /// Writes what came together to stdout. A run that is killed before loses its counts, never its record.
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

    /// One test, since a process has one recorder.
    #[test]
    fn what_was_counted_is_one_object_in_the_embedded_format_and_is_counted_once() {
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
