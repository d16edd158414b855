//! Whether a character is visible.

use icu_properties::props::{
    BinaryProperty, DefaultIgnorableCodePoint, EnumeratedProperty, GeneralCategory,
    PrependedConcatenationMark, WhiteSpace,
};

/// Letters, marks and symbols by Unicode's properties that fonts display as a gap: the object replacement character, a
/// Braille cell without dots, Khitan and Egyptian fillers, and a note without a head.
const BLANKS: [char; 6] = ['\u{2800}', '\u{FFFC}', '\u{13441}', '\u{13442}', '\u{16FE4}', '\u{1D159}'];

/// Whether `character` is visible: not a space, a filler, or a character that only affects how others are displayed.
pub fn is_visible(character: char) -> bool {
    !WhiteSpace::for_char(character)
        && !DefaultIgnorableCodePoint::for_char(character)
        && !is_control_or_format(character)
        && !BLANKS.contains(&character)
}

/// Format characters that enclose digits, such as the Arabic end of ayah, are visible.
fn is_control_or_format(character: char) -> bool {
    match GeneralCategory::for_char(character) {
        GeneralCategory::Control => true,
        GeneralCategory::Format => !PrependedConcatenationMark::for_char(character),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_marks_and_symbols_of_every_script_are_visible() {
        for character in [
            'a',
            '0',
            '-',
            '\u{301}',
            'ß',
            '中',
            '한',
            'ה',
            'ا',
            '\u{94D}',
            '😀',
            '\u{1F3FB}',
            '\u{FFFD}',
            '\u{E000}',
            '\u{6DD}',
            '\u{110BD}',
        ] {
            assert!(is_visible(character), "U+{:04X}", u32::from(character));
        }
    }

    #[test]
    fn spaces_fillers_and_format_characters_are_invisible() {
        for range in [
            '\0'..=' ',
            '\u{7F}'..='\u{A0}',
            // Soft hyphen, combining grapheme joiner, Arabic letter mark.
            '\u{AD}'..='\u{AD}',
            '\u{34F}'..='\u{34F}',
            '\u{61C}'..='\u{61C}',
            // Hangul fillers.
            '\u{115F}'..='\u{1160}',
            '\u{3164}'..='\u{3164}',
            '\u{FFA0}'..='\u{FFA0}',
            // Khmer inherent vowels, Mongolian variation selectors and vowel separator.
            '\u{17B4}'..='\u{17B5}',
            '\u{180B}'..='\u{180F}',
            // Spaces, zero-width and directional characters, invisible operators.
            '\u{1680}'..='\u{1680}',
            '\u{2000}'..='\u{200F}',
            '\u{2028}'..='\u{202F}',
            '\u{205F}'..='\u{206F}',
            '\u{2800}'..='\u{2800}',
            '\u{3000}'..='\u{3000}',
            // Variation selectors, byte order mark, interlinear annotation, object replacement.
            '\u{FE00}'..='\u{FE0F}',
            '\u{FEFF}'..='\u{FEFF}',
            '\u{FFF0}'..='\u{FFFC}',
            // Hieroglyph blanks, the Khitan filler, shorthand and musical format characters.
            '\u{13430}'..='\u{1343F}',
            '\u{13441}'..='\u{13442}',
            '\u{16FE4}'..='\u{16FE4}',
            '\u{1BCA0}'..='\u{1BCA3}',
            '\u{1D159}'..='\u{1D159}',
            '\u{1D173}'..='\u{1D17A}',
            // Tags and variation selectors, and the code points reserved for more of them.
            '\u{E0000}'..='\u{E0FFF}',
        ] {
            for character in range {
                assert!(!is_visible(character), "U+{:04X}", u32::from(character));
            }
        }
    }
}
