//! Makes another program's text harmless before it is shown in a terminal, a page or JSON.
//!
//! The text must not move the cursor, change colours, start a new line or be displayed in another order.

use std::{iter::Peekable, str::Chars};

const ESCAPE: char = '\u{1B}';
/// The one-character start of a control sequence (CSI).
const CONTROL_SEQUENCE: char = '\u{9B}';
const BELL: char = '\u{7}';
/// The one-character end of a control string (ST).
const STRING_TERMINATOR: char = '\u{9C}';

/// One line of visible text: no control character, no terminal escape sequence, no bidirectional control and no other
/// invisible character; each run of spaces and line breaks is one space.
pub fn harmless(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            ESCAPE => skip_escape_sequence(&mut characters),
            CONTROL_SEQUENCE => skip_control_sequence(&mut characters),
            _ if is_invisible(character) => {}
            _ if character.is_whitespace() || character.is_control() => {
                if !line.is_empty() && !line.ends_with(' ') {
                    line.push(' ');
                }
            }
            _ => line.push(character),
        }
    }
    line.truncate(line.trim_end().len());
    line
}

/// Cuts a text to at most `bytes_max` bytes, between characters.
pub fn cut_to_bytes(text: &mut String, bytes_max: usize) {
    text.truncate(text.floor_char_boundary(bytes_max));
}

/// Skips what follows an escape character (ECMA-48, sections 5.3 to 5.6).
fn skip_escape_sequence(characters: &mut Peekable<Chars<'_>>) {
    match characters.peek() {
        Some('[') => {
            characters.next();
            skip_control_sequence(characters);
        }
        Some(']' | 'P' | 'X' | '^' | '_') => {
            characters.next();
            skip_control_string(characters);
        }
        Some(' '..='/') => {
            while characters.next_if(|next| (' '..='/').contains(next)).is_some() {}
            characters.next_if(|next| ('0'..='~').contains(next));
        }
        Some('0'..='~') => {
            characters.next();
        }
        _ => {}
    }
}

/// Skips the parameters and the final character of a control sequence.
fn skip_control_sequence(characters: &mut Peekable<Chars<'_>>) {
    while characters.next_if(|next| (' '..='?').contains(next)).is_some() {}
    characters.next_if(|next| ('@'..='~').contains(next));
}

/// Skips a control string. It ends at the end of its line at the latest, so that an unterminated one hides nothing else.
fn skip_control_string(characters: &mut Peekable<Chars<'_>>) {
    while let Some(character) = characters.next_if(|next| !matches!(next, '\n' | '\r')) {
        match character {
            BELL | STRING_TERMINATOR => return,
            ESCAPE => {
                characters.next_if_eq(&'\\');
                return;
            }
            _ => {}
        }
    }
}

/// Bidirectional controls, joiners, fillers, tags and noncharacters: they are not visible, and can change how the text
/// around them is displayed.
fn is_invisible(character: char) -> bool {
    let code = u32::from(character);
    code & 0xFFFE == 0xFFFE
        || matches!(
            character,
            '\u{AD}'
                | '\u{34F}'
                | '\u{61C}'
                | '\u{115F}'..='\u{1160}'
                | '\u{17B4}'..='\u{17B5}'
                | '\u{180B}'..='\u{180F}'
                | '\u{200B}'..='\u{200F}'
                | '\u{202A}'..='\u{202E}'
                | '\u{2060}'..='\u{206F}'
                | '\u{3164}'
                | '\u{FDD0}'..='\u{FDEF}'
                | '\u{FE00}'..='\u{FE0F}'
                | '\u{FEFF}'
                | '\u{FFA0}'
                | '\u{FFF0}'..='\u{FFFB}'
                | '\u{1BCA0}'..='\u{1BCA3}'
                | '\u{1D173}'..='\u{1D17A}'
                | '\u{E0000}'..='\u{E0FFF}'
        )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn harmless_text_is_unchanged() {
        for text in ["", "no such account", "naïve 價格 ۱۲ 👍", "a < b && c", "{\"detail\":\"x\"}"] {
            assert_eq!(harmless(text), text);
        }
    }

    #[test]
    fn line_breaks_and_blanks_become_one_space() {
        for (text, expected) in [
            ("a\nfailure      forged", "a failure forged"),
            ("\r\n a\r\nb\tc\u{B}d\u{C}e\u{85}f\u{2028}g\u{2029}h ", "a b c d e f g h"),
            ("a\0\u{1}\u{7F}\u{80}b\u{8}", "a b"),
            (" \n\t ", ""),
        ] {
            assert_eq!(harmless(text), expected, "{text:?}");
        }
    }

    #[test]
    fn terminal_escape_sequences_are_removed_completely() {
        for (text, expected) in [
            ("\u{1B}[31mred\u{1B}[0m", "red"),
            ("\u{9B}2Jgone", "gone"),
            ("\u{1B}]0;title\u{7}rest", "rest"),
            ("\u{1B}]8;;http://x\u{1B}\\link", "link"),
            ("\u{1B}P1$r\u{9C}rest", "rest"),
            ("\u{1B}(Bset \u{1B}cfull", "set full"),
            ("\u{1B}]never ends\nnext line", "next line"),
            ("end\u{1B}", "end"),
            ("\u{1B}\u{1B}[1mx", "x"),
        ] {
            assert_eq!(harmless(text), expected, "{text:?}");
        }
    }

    #[test]
    fn invisible_characters_are_removed() {
        assert_eq!(harmless("\u{FEFF}a\u{202E}b\u{2066}c\u{200B}d\u{E0041}e\u{AD}f\u{FFFE}g"), "abcdefg");
    }

    #[test]
    fn a_text_is_cut_between_characters() {
        for (bytes, expected) in [(0, ""), (1, ""), (2, "é"), (3, "é"), (9, "éé")] {
            let mut text = "éé".to_owned();
            cut_to_bytes(&mut text, bytes);
            assert_eq!(text, expected);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn any_text_becomes_one_visible_line(text in any::<String>()) {
            let line = harmless(&text);
            prop_assert!(!line.chars().any(|it| it.is_control() || is_invisible(it)), "{line:?}");
            prop_assert!(line.trim() == line && !line.contains("  "), "{line:?}");
            prop_assert_eq!(harmless(&line), line);
        }
    }
}
