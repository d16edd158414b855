//! The types of errors of a function that no further attempt will fix.

use std::str::FromStr;

use shared::{harmless, limits::FAILURE_NAME_CHARACTERS_MAX};

/// Names of errors, as the function's runtime writes them: `ValueError`, `java.lang.IllegalArgumentException`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ErrorTypes(Vec<String>);

/// The text is no list of error types.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "must be names of error types with commas between them, such as ValueError,NotFound; each has 1 to \
     {FAILURE_NAME_CHARACTERS_MAX} visible characters"
)]
pub struct InvalidErrorTypes;

impl ErrorTypes {
    /// Whether `error_type` is one of them.
    pub fn contains(&self, error_type: &str) -> bool {
        self.0.iter().any(|listed| listed == error_type)
    }
}

impl FromStr for ErrorTypes {
    type Err = InvalidErrorTypes;

    fn from_str(text: &str) -> Result<Self, InvalidErrorTypes> {
        let names: Vec<String> = text.split(',').map(|name| name.trim().to_owned()).collect();
        match names.iter().all(|name| is_a_name(name)) {
            true => Ok(Self(names)),
            false => Err(InvalidErrorTypes),
        }
    }
}

/// A failure's code is stored harmless and cut, so no other name could ever be compared with success.
fn is_a_name(name: &str) -> bool {
    !name.is_empty() && name.chars().count() <= FAILURE_NAME_CHARACTERS_MAX && harmless(name) == name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_separated_by_commas_and_compared_exactly() {
        let types: ErrorTypes = "ValueError, java.lang.IllegalStateException".parse().unwrap();
        assert!(types.contains("ValueError") && types.contains("java.lang.IllegalStateException"));
        for other in ["valueerror", "Value", "", "ValueError,"] {
            assert!(!types.contains(other), "{other:?}");
        }
        assert!(!ErrorTypes::default().contains(""));
    }

    #[test]
    fn an_empty_name_and_one_that_no_failure_can_have_are_refused() {
        for text in ["", ",", "A,", "A,,B", "A\u{1b}[1m", "A\nB", &"n".repeat(101)] {
            assert_eq!(text.parse::<ErrorTypes>(), Err(InvalidErrorTypes), "{text:?}");
        }
    }
}
