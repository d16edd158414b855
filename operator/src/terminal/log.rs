//! The log of a long-running program: lines on stderr, filtered by `RUST_LOG`.

use std::io::{self, IsTerminal};

use shared::setting::{InvalidSetting, Lookup};
use tracing_subscriber::{EnvFilter, filter::LevelFilter};

const NAME: &str = "RUST_LOG";
/// The targets of our own lines.
const TARGETS: &str = "api, local, operator, processor";

/// Starts the log. A line that can't be written, because the disk is full or the reader is gone, is dropped. If the subscriber
/// reported that, it would panic in the thread that logs.
///
/// # Errors
/// [`InvalidSetting`] if `RUST_LOG` is invalid.
pub fn log_to_stderr(lookup: Lookup<'_>) -> Result<(), InvalidSetting> {
    let filter = filter(&lookup(NAME).unwrap_or_else(|| "info".to_owned()))?;
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr)
        .with_ansi(io::stderr().is_terminal())
        .with_target(false)
        .log_internal_errors(false)
        .init();
    Ok(())
}

/// Stricter than the library, which takes a misspelt level for the name of a target and then logs nothing.
fn filter(text: &str) -> Result<EnvFilter, InvalidSetting> {
    let invalid = |what: &str| {
        let problem = format!(
            "{what}: it must be error, warn, info, debug, trace or off, or a list such as warn,processor=debug \
             (targets: {TARGETS}, and those of libraries)"
        );
        InvalidSetting::new(NAME, problem)
    };
    for part in text.split(',') {
        let part = part.trim();
        // The library parses an empty text as a level.
        let is_level = !part.is_empty() && part.parse::<LevelFilter>().is_ok();
        if !is_level && !part.contains('=') {
            return Err(invalid(&format!("contains {part:?}, which is not a level")));
        }
        if part.split(['=', '[', ':']).next() == Some("taskline") {
            return Err(invalid("names the target taskline, which does not exist"));
        }
    }
    EnvFilter::try_new(text).map_err(|_| invalid("can't be read"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_level_or_a_list_is_accepted_and_anything_else_is_refused_with_the_valid_values() {
        for text in ["info", "INFO", "off", "trace", "warn,processor=debug", "hyper=off, info", "api=0", "2"]
        {
            assert!(filter(text).is_ok(), "{text}");
        }
        for text in
            ["loud", "inof", "info,loud", "processor=loud", "info,", ",", "", "=", "a=b=c", "taskline=debug"]
        {
            let refused = filter(text).unwrap_err();
            assert_eq!(refused.name, NAME);
            assert!(refused.problem.contains("error, warn, info, debug"), "{text}: {refused}");
        }
    }
}
