//! Characters that no text of a task may hold.

use std::collections::BTreeSet;

/// The code points of characters, each once; `None` if there are none.
pub(crate) fn names_of(characters: impl Iterator<Item = char>) -> Option<String> {
    let characters: BTreeSet<char> = characters.collect();
    let names: Vec<String> =
        characters.iter().map(|&character| format!("U+{:04X}", u32::from(character))).collect();
    (!names.is_empty()).then(|| names.join(", "))
}

/// NUL, which breaks databases and C code, and noncharacters.
pub(crate) fn is_forbidden(character: char) -> bool {
    character == '\0' || is_noncharacter(character)
}

/// Unicode's noncharacters, some of which XML and so SQS refuse.
pub(crate) fn is_noncharacter(character: char) -> bool {
    let code_point = u32::from(character);
    (0xFDD0..=0xFDEF).contains(&code_point) || code_point & 0xFFFE == 0xFFFE
}
