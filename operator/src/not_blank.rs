//! Parses the text of an option that must not be empty.

/// An empty value usually comes from a shell variable that is not set. It would select everything, or nothing.
pub fn not_blank(text: &str) -> Result<String, &'static str> {
    if text.trim().is_empty() { Err("it is empty") } else { Ok(text.to_owned()) }
}
