//! The log of a program that serves: lines on stderr, as many as `RUST_LOG` asks for.

use std::io::{self, IsTerminal};

use shared::setting::{InvalidSetting, Lookup};
use tracing_subscriber::{EnvFilter, filter::LevelFilter};

const NAME: &str = "RUST_LOG";
/// By which our own lines are found.
const TARGETS: &str = "api, local, operator, processor";

/// Starts it. A line that can't be written, be it that the disk is full or the reader gone, is lost and nothing else: told
/// to report that, the subscriber would panic in whatever thread it is.
///
/// # Errors
/// [`InvalidSetting`] when `RUST_LOG` can't be used.
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

/// Stricter than the library, which takes a misspelt level for the name of a target, and then logs nothing.
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
        // The library takes nothing for a level, too.
        let is_level = !part.is_empty() && part.parse::<LevelFilter>().is_ok();
        if !is_level && !part.contains('=') {
            return Err(invalid(&format!("holds {part:?}, which is no level")));
        }
        if part.split(['=', '[', ':']).next() == Some("taskline") {
            return Err(invalid("names the target taskline, which is none"));
        }
    }
    EnvFilter::try_new(text).map_err(|_| invalid("can't be read"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_level_or_a_list_is_taken_and_anything_else_named_with_what_is_valid() {
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
