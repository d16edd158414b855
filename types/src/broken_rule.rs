//! What is wrong with a payload, for its sender. A message quotes the schema, which its author publishes, and nothing of
//! the payload but names of its members.

use std::borrow::Cow;

use jsonschema::{
    JsonType, ValidationError,
    error::{TypeKind, ValidationErrorKind as Kind},
    paths::LocationSegment,
};
use serde_json::Value;
use shared::{Violation, payload_pointer};

/// A part of a schema is quoted up to this length.
const QUOTED_CHARACTERS_MAX: usize = 200;

/// A missing or an unexpected member has its own pointer.
pub(crate) fn violations_of(error: &ValidationError<'_>) -> Vec<Violation> {
    let at = |member: Option<&str>| {
        let path = error.instance_path().into_iter().map(|segment| match segment {
            LocationSegment::Property(name) => name,
            LocationSegment::Index(index) => Cow::Owned(index.to_string()),
        });
        payload_pointer(path.chain(member.map(Cow::Borrowed)))
    };
    let unexpected = |names: &[String]| {
        names.iter().map(|name| Violation::new(at(Some(name)), "is not allowed here")).collect()
    };
    match error.kind() {
        Kind::Required { property } => {
            vec![Violation::new(at(property.as_str()), "is required")]
        }
        Kind::AdditionalProperties { unexpected: names }
        | Kind::UnevaluatedProperties { unexpected: names } => unexpected(names),
        kind => vec![Violation::new(at(None), message(kind))],
    }
}

fn message(kind: &Kind) -> String {
    match kind {
        Kind::Type { kind } => format!("must be {}", types(kind)),
        Kind::Enum { options } => format!("must be one of {}", list(options)),
        Kind::Constant { expected_value } => format!("must be {}", quoted(&expected_value.to_string())),
        Kind::Minimum { limit } => format!("must be at least {limit}"),
        Kind::Maximum { limit } => format!("must be at most {limit}"),
        Kind::ExclusiveMinimum { limit } => format!("must be more than {limit}"),
        Kind::ExclusiveMaximum { limit } => format!("must be less than {limit}"),
        Kind::MultipleOf { multiple_of } => format!("must be a multiple of {multiple_of}"),
        Kind::MinLength { limit } => format!("must have at least {limit} characters"),
        Kind::MaxLength { limit } => format!("must have at most {limit} characters"),
        Kind::MinItems { limit } => format!("must have at least {limit} items"),
        Kind::MaxItems { limit } => format!("must have at most {limit} items"),
        Kind::AdditionalItems { limit } => format!("must have at most {limit} items"),
        Kind::MinProperties { limit } => format!("must have at least {limit} members"),
        Kind::MaxProperties { limit } => format!("must have at most {limit} members"),
        Kind::Pattern { pattern } => format!("must match the pattern {}", quoted(pattern)),
        Kind::Format { format } => format!("must have the format {}", quoted(format)),
        Kind::UniqueItems => "must not hold the same item twice".to_owned(),
        Kind::Contains => "must hold an item, or as many, as the schema says (contains)".to_owned(),
        Kind::FalseSchema => "is not allowed here".to_owned(),
        Kind::PropertyNames { .. } => "has a member whose name is not allowed (propertyNames)".to_owned(),
        other => format!("does not fit the schema ({})", quoted(other.keyword())),
    }
}

fn types(kind: &TypeKind) -> String {
    let name = |one: JsonType| match one {
        JsonType::Array => "an array",
        JsonType::Boolean => "true or false",
        JsonType::Integer => "a whole number",
        JsonType::Null => "null",
        JsonType::Number => "a number",
        JsonType::Object => "an object",
        JsonType::String => "a string",
    };
    match kind {
        TypeKind::Single(one) => name(*one).to_owned(),
        TypeKind::Multiple(several) => several.iter().map(name).collect::<Vec<_>>().join(" or "),
    }
}

fn list(options: &Value) -> String {
    let options = options.as_array().map(Vec::as_slice).unwrap_or_default();
    quoted(&options.iter().map(Value::to_string).collect::<Vec<_>>().join(", "))
}

fn quoted(text: &str) -> String {
    match text.char_indices().nth(QUOTED_CHARACTERS_MAX) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
