//! The operator's name in audit entries on this machine.

use std::env;

use shared::one_line;

/// The user name of the session, or else the numeric user id.
pub fn on_this_machine() -> String {
    let name = ["USER", "LOGNAME"].into_iter().find_map(|variable| name(&env::var(variable).ok()?));
    name.unwrap_or_else(|| format!("uid {}", rustix::process::getuid().as_raw()))
}

/// None if the name has no visible character.
fn name(text: &str) -> Option<String> {
    let name = one_line(text);
    name.chars().any(char::is_alphanumeric).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_one_line_with_a_visible_character() {
        assert_eq!(name("ann"), Some("ann".to_owned()));
        assert_eq!(name("ann\nby root"), Some("ann by root".to_owned()));
        for text in ["", " ", "\n", "\u{200B}", "\u{202E}", "-"] {
            assert_eq!(name(text), None, "{text:?}");
        }
    }
}
