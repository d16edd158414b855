//! Under which name a change on this machine is kept.

use std::env;

use shared::one_line;

/// The user's name as the session has it, else the number by which the system knows the user.
pub fn on_this_machine() -> String {
    let name = ["USER", "LOGNAME"].into_iter().find_map(|variable| name(&env::var(variable).ok()?));
    name.unwrap_or_else(|| format!("uid {}", rustix::process::getuid().as_raw()))
}

/// None where nobody could see it.
fn name(text: &str) -> Option<String> {
    let name = one_line(text);
    name.chars().any(char::is_alphanumeric).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_one_line_with_something_in_it() {
        assert_eq!(name("ann"), Some("ann".to_owned()));
        assert_eq!(name("ann\nby root"), Some("ann by root".to_owned()));
        for text in ["", " ", "\n", "\u{200B}", "\u{202E}", "-"] {
            assert_eq!(name(text), None, "{text:?}");
        }
    }
}
