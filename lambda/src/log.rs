//! Logs: one JSON object per line on stdout, with all fields at its root for CloudWatch Logs Insights.
//!
//! `timestamp` and `level` have the names that Lambda's log filter requires. Taskline logs no payload; libraries log warnings
//! only, because some of them log whole requests.

use std::{error::Error, fmt};

use json_subscriber::JsonLayer;
use shared::setting::{InvalidSetting, Lookup};
use tracing::{
    Level, Subscriber, error,
    field::{Field, Visit},
    level_filters::LevelFilter,
};
use tracing_subscriber::{
    Layer, filter::Targets, fmt::MakeWriter, fmt::time::SystemTime, layer::SubscriberExt,
    registry::LookupSpan, util::SubscriberInitExt,
};

/// Libraries that handle requests, as prefixes of their log targets.
const LIBRARIES: [&str; 7] = ["aws_", "h2", "hyper", "lambda_http", "lambda_runtime", "reqwest", "rustls"];

/// Starts logging at `LOG_LEVEL` (`info` by default).
///
/// # Errors
/// [`InvalidSetting`] when the level is invalid; logging has then started at `info`.
pub fn start(lookup: Lookup<'_>) -> Result<(), InvalidSetting> {
    let level = level(lookup);
    let lines = lines(std::io::stdout).with_filter(filter(*level.as_ref().unwrap_or(&Level::INFO)));
    tracing_subscriber::registry().with(lines).init();
    // The standard hook writes plain text. The panic's message is not logged, because it can quote a task.
    std::panic::set_hook(Box::new(|panic| {
        let location = panic.location().map(ToString::to_string);
        error!(location, "panicked");
    }));
    level.map(drop)
}

fn level(lookup: Lookup<'_>) -> Result<Level, InvalidSetting> {
    match lookup("LOG_LEVEL").as_deref() {
        None => Ok(Level::INFO),
        Some("error") => Ok(Level::ERROR),
        Some("warn") => Ok(Level::WARN),
        Some("info") => Ok(Level::INFO),
        Some("debug") => Ok(Level::DEBUG),
        Some(_) => Err(InvalidSetting::new("LOG_LEVEL", "must be error, warn, info or debug")),
    }
}

fn filter(level: Level) -> Targets {
    let libraries = LevelFilter::from_level(level).min(LevelFilter::WARN);
    Targets::new().with_default(level).with_targets(LIBRARIES.map(|library| (library, libraries)))
}

fn lines<S, W>(writer: W) -> JsonLayer<S, W>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    W: for<'w> MakeWriter<'w> + 'static,
{
    let mut lines = JsonLayer::new(writer);
    lines.with_timer("timestamp", SystemTime);
    lines.with_level("level");
    lines.with_top_level_flattened_span_list();
    lines.with_flattened_event();
    lines.add_dynamic_field("error_causes", |event, _| {
        let mut causes = Causes(Vec::new());
        event.record(&mut causes);
        (!causes.0.is_empty()).then_some(causes.0)
    });
    lines
}

/// The causes of an error, outermost first; the error's field has only its own message.
struct Causes(Vec<String>);

impl Visit for Causes {
    fn record_error(&mut self, _field: &Field, error: &(dyn Error + 'static)) {
        let mut cause = error.source();
        while let Some(error) = cause {
            self.0.push(error.to_string());
            cause = error.source();
        }
    }

    fn record_debug(&mut self, _field: &Field, _value: &dyn fmt::Debug) {}
}

#[cfg(test)]
mod tests {
    use std::{
        io::Write,
        sync::{Arc, Mutex},
    };

    use tracing::{debug, info, info_span, subscriber::with_default};

    use super::*;

    #[derive(Clone, Default)]
    struct Buffer(Arc<Mutex<Vec<u8>>>);

    impl Write for Buffer {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    fn logged(level: Level, log: impl FnOnce()) -> Vec<String> {
        let buffer = Buffer::default();
        let writer = buffer.clone();
        let lines = lines(move || writer.clone()).with_filter(filter(level));
        with_default(tracing_subscriber::registry().with(lines), log);
        let bytes = buffer.0.lock().unwrap().clone();
        String::from_utf8(bytes).unwrap().lines().map(str::to_owned).collect()
    }

    #[test]
    fn a_line_has_its_time_level_message_and_every_field_at_its_root() {
        let lines = logged(Level::INFO, || {
            let invocation = info_span!("invocation", request_id = "r", cold_start = true).entered();
            let process = info_span!("process", task_id = "t", request_id = "r").entered();
            info!(attempt = 2, "completed");
            drop(process);
            info!("answered");
            drop(invocation);
        });
        let [inner, outer] = lines.as_slice() else { panic!("{lines:?}") };
        let line: serde_json::Value = serde_json::from_str(inner).unwrap();
        let fields = ["level", "message", "request_id", "task_id"].map(|name| line[name].as_str().unwrap());
        assert_eq!(fields, ["INFO", "completed", "r", "t"]);
        assert_eq!((line["attempt"].as_u64(), line["cold_start"].as_bool()), (Some(2), Some(true)));
        assert!(chrono::DateTime::parse_from_rfc3339(line["timestamp"].as_str().unwrap()).is_ok(), "{inner}");
        assert_eq!(inner.matches("request_id").count(), 1, "{inner}");
        assert!(outer.contains("request_id") && !outer.contains("task_id"), "{outer}");
    }

    #[test]
    fn an_error_is_logged_with_its_causes() {
        #[derive(Debug, thiserror::Error)]
        #[error("failed to use the queue")]
        struct Outer(#[source] std::io::Error);
        let lines = logged(Level::INFO, || {
            let error = Outer(std::io::Error::other("connection refused"));
            error!(error = &error as &dyn Error, "answered 503");
        });
        let line: serde_json::Value = serde_json::from_str(&lines[0]).unwrap();
        assert_eq!(line["error"], "failed to use the queue");
        assert_eq!(line["error_causes"], serde_json::json!(["connection refused"]));
    }

    #[test]
    fn libraries_log_warnings_only() {
        let lines = logged(Level::DEBUG, || {
            debug!(target: "aws_smithy_runtime::client", "the whole request");
            info!(target: "lambda_runtime", "the whole event");
            debug!(target: "processor::claim", "ours");
        });
        assert!(matches!(lines.as_slice(), [line] if line.contains("ours")), "{lines:?}");
    }

    #[test]
    fn an_invalid_level_is_refused() {
        assert_eq!(level(&|_| Some("loud".to_owned())).unwrap_err().name, "LOG_LEVEL");
        assert_eq!(level(&|_| None), Ok(Level::INFO));
        for (text, wanted) in [("error", Level::ERROR), ("warn", Level::WARN), ("debug", Level::DEBUG)] {
            assert_eq!(level(&|_| Some(text.to_owned())), Ok(wanted));
        }
    }
}
