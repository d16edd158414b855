//! The JSON Schema of a type's payloads.

use jsonschema::{
    PatternOptions, ReferencingError, ValidationError, Validator, error::ValidationErrorKind as Kind,
};
use serde_json::Value;
use shared::{Json, VIOLATIONS_REPORTED_MAX, Violation, harmless};

use crate::{broken_rule::violations_of, invalid_schema::InvalidSchema};

/// The size of a compiled `pattern`. With it, a payload of full length is matched within milliseconds.
const PATTERN_BYTES_MAX: usize = 256 * 1024;
/// How much of the library's explanation is shown.
const PROBLEM_CHARACTERS_MAX: usize = 300;

/// A compiled schema.
pub struct Schema(Validator);

impl Schema {
    /// Compiles a schema, of draft 2020-12 unless its `$schema` names another. References must stay in the text.
    ///
    /// # Errors
    /// [`InvalidSchema`].
    pub fn compile(text: &str) -> Result<Self, InvalidSchema> {
        let schema: Value = serde_json::from_str(text)
            .map_err(|error| InvalidSchema::NotJson { line: error.line(), column: error.column() })?;
        if schema == Value::Bool(false) {
            return Err(InvalidSchema::AcceptsNothing);
        }
        let patterns = PatternOptions::regex().size_limit(PATTERN_BYTES_MAX);
        let options = jsonschema::options()
            .offline()
            .with_pattern_options(patterns)
            .should_validate_formats(true)
            .should_ignore_unknown_formats(false);
        options.build(&schema).map(Self).map_err(|error| InvalidSchema::Unusable {
            pointer: error.instance_path().to_string(),
            problem: harmless(&problem(&error)).chars().take(PROBLEM_CHARACTERS_MAX).collect(),
        })
    }

    /// The rules of the schema that a payload breaks, up to 50. A task without a payload breaks the one that there is one.
    pub fn violations(&self, payload: Option<&Json>) -> Vec<Violation> {
        let Some(payload) = payload else {
            return vec![Violation::new("/payload", "is required for this type")];
        };
        let value: Value = match serde_json::from_str(payload.as_str()) {
            Ok(value) => value,
            // It was checked to be JSON. A number is all that can be wrong with it.
            Err(error) => {
                let place = format!("line {}, column {} of the payload", error.line(), error.column());
                let problem = format!("holds a number that is too large to be checked ({place})");
                return vec![Violation::new("/payload", problem)];
            }
        };
        // It allocates nothing, unlike the list of what is wrong.
        if self.0.is_valid(&value) {
            return Vec::new();
        }
        let mut violations: Vec<_> =
            self.0.iter_errors(&value).flat_map(|error| violations_of(&error)).collect();
        violations.dedup();
        violations.truncate(VIOLATIONS_REPORTED_MAX);
        violations
    }
}

/// The library's explanations of these name its own options.
fn problem(error: &ValidationError<'_>) -> String {
    match error.kind() {
        Kind::Referencing(ReferencingError::Unretrievable { uri, .. }) => {
            format!("its reference to {uri} leaves the file: put what it refers to into $defs")
        }
        Kind::Referencing(ReferencingError::UnknownSpecification { specification }) => {
            format!("its $schema {specification} is not a known draft")
        }
        Kind::Format { format } if format == "regex" => {
            "it must be a regular expression without lookahead, lookbehind and back-references, whose cost has no bound"
                .to_owned()
        }
        _ => error.to_string(),
    }
}

#[cfg(test)]
mod tests;
