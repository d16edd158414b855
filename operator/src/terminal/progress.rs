//! A progress bar on stderr; nothing if stderr is not a terminal.

use indicatif::{ProgressBar, ProgressStyle};

/// A bar with `length` steps, or with an unknown number.
pub fn progress(length: Option<u64>, what: &'static str) -> ProgressBar {
    let (bar, template) = match length {
        Some(length) => (ProgressBar::new(length), "{msg} {bar:32} {pos}/{len} {per_sec} {eta}"),
        None => (ProgressBar::new_spinner(), "{spinner} {msg} {pos} {per_sec}"),
    };
    let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
    bar.with_style(style).with_message(what)
}
