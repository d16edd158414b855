//! Why a text is no usable schema.

/// A text is no usable schema, as a phrase that follows its name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidSchema {
    /// It is not JSON.
    #[error("is not JSON (line {line}, column {column})")]
    NotJson {
        /// From 1.
        line: usize,
        /// From 1.
        column: usize,
    },
    /// It accepts nothing.
    #[error("is false, so it accepts no payload: no task of the type could be submitted")]
    AcceptsNothing,
    /// A part of it can't be used.
    #[error("is not a usable JSON Schema{}: {problem}", at(.pointer))]
    Unusable {
        /// To the part.
        pointer: String,
        /// What is wrong with it.
        problem: String,
    },
    /// This program can't check payloads.
    #[error(
        "can't be checked: this function was built without JSON Schemas. Build it with --features lambda,schemas, as `npm run deploy` does"
    )]
    NotBuiltIn,
}

fn at(pointer: &str) -> String {
    if pointer.is_empty() { String::new() } else { format!(" at {pointer}") }
}
