//! The text of an error.

/// The error and its causes on one line.
pub fn in_words(error: &anyhow::Error) -> String {
    operations::in_words(error.as_ref())
}
