//! progress: a bar on stderr for long work, where somebody watches; nothing where nobody does.

use indicatif::{ProgressBar, ProgressStyle};

/// A bar of `length` steps, or of an unknown number.
pub fn progress(length: Option<u64>, what: &'static str) -> ProgressBar {
    let (bar, template) = match length {
        Some(length) => (ProgressBar::new(length), "{msg} {bar:32} {pos}/{len} {per_sec} {eta}"),
        None => (ProgressBar::new_spinner(), "{spinner} {msg} {pos} {per_sec}"),
    };
    let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
    bar.with_style(style).with_message(what)
}
