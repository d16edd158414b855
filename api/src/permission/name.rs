//! The name of a scope or a role.

use std::{fmt, str::FromStr};

use shared::limits::PERMISSION_NAME_CHARACTERS_MAX;

/// API Gateway writes these around and between roles when it passes a list as text, so a name contains none of them. The
/// other characters are allowed in a scope (RFC 6749, section 3.3) and in a quoted string of a header.
const DELIMITERS: [char; 3] = [',', '[', ']'];

/// A scope or a role: one word without characters that need quoting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PermissionName(String);

/// The text is not a valid name of a scope or a role.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "is 1 to {PERMISSION_NAME_CHARACTERS_MAX} visible ASCII characters without blanks, quotes, backslashes, commas and brackets"
)]
pub struct InvalidPermissionName;

impl PermissionName {
    pub(super) fn constant(name: &'static str) -> Self {
        Self(name.to_owned())
    }

    /// Whether an element of a token's claim is this permission. The comparison is case-sensitive.
    pub(super) fn is(&self, word: &str) -> bool {
        self.0 == word
    }

    /// Whether this name is a word of a list that API Gateway passed as text, with or without brackets.
    pub fn is_in_text(&self, list: &str) -> bool {
        list.split(|character| character == ' ' || character == '"' || DELIMITERS.contains(&character))
            .any(|word| self.is(word))
    }
}

impl FromStr for PermissionName {
    type Err = InvalidPermissionName;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let is_allowed = |character: char| {
            character.is_ascii_graphic()
                && !['"', '\\'].contains(&character)
                && !DELIMITERS.contains(&character)
        };
        match text.len() {
            1..=PERMISSION_NAME_CHARACTERS_MAX if text.chars().all(is_allowed) => Ok(Self(text.to_owned())),
            _ => Err(InvalidPermissionName),
        }
    }
}

impl fmt::Display for PermissionName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_that_providers_use_are_accepted() {
        for name in [
            "tasks/read",
            "read:tasks",
            "Tasks.Read",
            "api://1f3a/Tasks.Read",
            "https://a.example/x.write",
            "a",
        ] {
            assert_eq!(name.parse::<PermissionName>().unwrap().to_string(), name);
        }
    }

    #[test]
    fn a_name_that_can_be_read_as_two_or_breaks_a_header_is_refused() {
        for name in ["", " ", "a b", "a\tb", "a\nb", "[a", "a]", "a,b", "a\"b", "a\\b", "é", "a\u{7f}"] {
            assert_eq!(name.parse::<PermissionName>(), Err(InvalidPermissionName), "{name:?}");
        }
        assert!("a".repeat(PERMISSION_NAME_CHARACTERS_MAX).parse::<PermissionName>().is_ok());
        assert!("a".repeat(PERMISSION_NAME_CHARACTERS_MAX + 1).parse::<PermissionName>().is_err());
    }

    #[test]
    fn a_name_is_found_in_a_list_as_text_only_as_a_whole_word() {
        let name: PermissionName = "Tasks.Read".parse().unwrap();
        for list in [
            "Tasks.Read",
            "[Tasks.Read]",
            "[a Tasks.Read]",
            "[Tasks.Read b]",
            r#"["a","Tasks.Read"]"#,
            "a,Tasks.Read",
        ] {
            assert!(name.is_in_text(list), "{list}");
        }
        for list in ["", "[]", "[Tasks.Reader]", "[xTasks.Read]", "tasks.read", "[Tasks Read]"] {
            assert!(!name.is_in_text(list), "{list}");
        }
    }
}
