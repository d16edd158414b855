//! Logs and metrics of invocations.

use std::sync::atomic::{AtomicBool, Ordering};

use lambda_runtime::Context;
use tracing::{Instrument, info_span};

use crate::metrics::Metrics;

/// Observes each invocation of this process.
pub struct Invocations {
    metrics: Metrics,
    is_cold: AtomicBool,
}

impl Invocations {
    pub(crate) fn new(metrics: Metrics) -> Self {
        Self { metrics, is_cold: AtomicBool::new(true) }
    }

    /// Runs the work of one invocation. Its log lines have the invocation's fields, and its metrics are emitted when it ends.
    pub async fn observe<T>(&self, context: &Context, work: impl Future<Output = T>) -> T {
        let span = info_span!(
            "invocation",
            request_id = context.request_id,
            xray_trace_id = xray_trace_id(context),
            cold_start = self.is_cold.swap(false, Ordering::Relaxed),
        );
        let outcome = work.instrument(span).await;
        self.metrics.flush();
        outcome
    }
}

/// The id in an X-Ray header such as `Root=1-5759e988-bd862e3fe1be46a994272793;Parent=…;Sampled=1`.
pub fn xray_trace_id(context: &Context) -> Option<&str> {
    let header = context.xray_trace_id.as_deref()?;
    header.split(';').find_map(|part| part.trim().strip_prefix("Root="))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_trace_id_is_read_from_the_header() {
        let mut context = Context::default();
        assert_eq!(xray_trace_id(&context), None);
        context.xray_trace_id =
            Some("Self=x; Root=1-5759e988-bd86;Parent=53995c3f42cd8ad8;Sampled=1".to_owned());
        assert_eq!(xray_trace_id(&context), Some("1-5759e988-bd86"));
        context.xray_trace_id = Some("Sampled=0".to_owned());
        assert_eq!(xray_trace_id(&context), None);
    }
}
