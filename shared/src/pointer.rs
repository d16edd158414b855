//! JSON pointers (RFC 6901) to members of a request, for its sender.

use std::borrow::Cow;

use crate::noncharacter::is_forbidden;

/// The name of an unknown field is echoed up to this length.
const NAME_CHARACTERS_ECHOED: usize = 100;

/// A pointer into a deep payload is cut after this many characters.
const POINTER_CHARACTERS_MAX: usize = 300;

/// The pointer to a place in the payload of a request: names and indexes from its top. It is cut if it is long.
pub fn payload_pointer<'a>(path: impl IntoIterator<Item = Cow<'a, str>>) -> String {
    let mut pointer = String::from("/payload");
    for segment in path {
        push_segment(&mut pointer, &segment);
    }
    if let Some((end, _)) = pointer.char_indices().nth(POINTER_CHARACTERS_MAX) {
        pointer.truncate(end);
        pointer.push('…');
    }
    pointer
}

/// The RFC 6901 pointer to a member of the document, cut if its name is long.
pub(crate) fn pointer(name: &str) -> String {
    let mut pointer = String::new();
    push_segment(&mut pointer, name);
    pointer
}

/// Appends a name to a pointer, cut if it is long.
fn push_segment(pointer: &mut String, name: &str) {
    pointer.push('/');
    for character in name.chars().take(NAME_CHARACTERS_ECHOED) {
        match character {
            '~' => pointer.push_str("~0"),
            '/' => pointer.push_str("~1"),
            _ if character.is_control() || is_forbidden(character) => pointer.push('\u{FFFD}'),
            _ => pointer.push(character),
        }
    }
    if name.chars().nth(NAME_CHARACTERS_ECHOED).is_some() {
        pointer.push('…');
    }
}
