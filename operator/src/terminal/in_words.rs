//! The text of an error.

/// The error and its causes. What AWS says stands in two of them alike, and is said once.
pub fn in_words(error: &anyhow::Error) -> String {
    let mut words: Vec<String> = error.chain().map(ToString::to_string).collect();
    words.dedup();
    words.join(": ")
}
