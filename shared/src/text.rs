//! Cleans a text: the result is plain text in which no HTML parser finds markup.
//!
//! Entities are decoded until none is left: cleaning repeats until nothing changes, so that no tag is hidden under another
//! layer of encoding.

use thiserror::Error;
use unicode_normalization::UnicodeNormalization;

use crate::markup::without_markup;

/// Ordinary text needs two or three rounds. Only crafted text needs more, and each round parses the text.
const ROUNDS_MAX: usize = 10;

/// Whether a text can have several lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TextKind {
    /// Line breaks and tabs become spaces.
    Line,
    /// Line breaks become LF, and tabs are kept.
    Block,
}

/// The text has too many layers of markup and entities.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("holds markup or entities nested too deeply")]
pub struct NestedTooDeeply;

/// Plain text without markup, entities, control characters and bidirectional overrides, in NFC and trimmed.
///
/// Words that a line break, a separator or an element separated stay separated.
///
/// The result contains no `<` before a letter, `/`, `!` or `?`, so that text appended to it can't complete a tag. A `<`
/// that starts no complete tag (`a<b`, `<ann@example.org>`) is kept, followed by a space. A complete tag is removed even if
/// it was meant as text: `Vec<String>` becomes `Vec`, `a<b and c>d` becomes `ad`, and the text after an unclosed `<script>`
/// or `<!--` is removed. As in a browser, `&reg;` and `&region;` both start with `®`; `&region` and `&region=` are kept.
///
/// # Errors
/// [`NestedTooDeeply`].
pub fn clean(text: &str, kind: TextKind) -> Result<String, NestedTooDeeply> {
    let mut before = clean_once(text, kind);
    for _ in 1..ROUNDS_MAX {
        let after = clean_once(&before, kind);
        if after == before {
            return Ok(after);
        }
        before = after;
    }
    Err(NestedTooDeeply)
}

fn clean_once(text: &str, kind: TextKind) -> String {
    // Controls are removed before parsing, or `<scr\u{1}ipt>` would be read as text.
    let text = without_controls(text, kind);
    let text = without_markup(&text);
    let text: String = text.nfc().collect();
    text.trim().to_owned()
}

fn without_controls(text: &str, kind: TextKind) -> String {
    let text = text.replace("\r\n", "\n");
    text.chars().filter_map(|character| keep(character, kind)).collect()
}

fn keep(character: char, kind: TextKind) -> Option<char> {
    match (character, kind) {
        _ if is_line_break(character) => Some(if kind == TextKind::Line { ' ' } else { '\n' }),
        ('\t', TextKind::Block) => Some(character),
        ('\t', TextKind::Line) => Some(' '),
        // The information separators of ASCII.
        ('\u{1C}'..='\u{1F}', _) => Some(' '),
        // Bidirectional controls, which display text in another order.
        ('\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}', _) => None,
        _ if character.is_control() => None,
        _ => Some(character),
    }
}

/// The newline functions of Unicode (The Unicode Standard, section 5.8): LF, VT, FF, CR, NEL, LS and PS.
fn is_line_break(character: char) -> bool {
    matches!(character, '\n'..='\r' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn block(text: &str) -> String {
        clean(text, TextKind::Block).unwrap()
    }

    fn line(text: &str) -> String {
        clean(text, TextKind::Line).unwrap()
    }

    #[test]
    fn ordinary_text_is_unchanged() {
        for text in [
            "R&D",
            "AT&T",
            "a < b",
            "1 < 2 && 3 > 2",
            "a <= b, c <- d, I <3 it, << and >>",
            "https://x.example/?a=1&copy=2&b=3",
            "https://x.example/?lt=1&lt=2&gte=3&amplitude=4&quot=5&reg",
            "let r = &region",
            "&;&#;&#x;&unknown;",
            "{\"key\": 'value'} # -- ; \\ `code`",
            "zażółć gęślą jaźń, 日本語, 👩\u{200D}👩\u{200D}👧, שלום",
            "no\u{A0}break",
            "two\n\n\tlines",
            "ends with <",
            "ends with &",
        ] {
            assert_eq!(block(text), text);
        }
    }

    #[test]
    fn entities_are_decoded() {
        for (text, expected) in [
            ("1 &lt; 2", "1 < 2"),
            ("R&amp;D", "R&D"),
            ("R&amp;amp;amp;D", "R&D"),
            ("&copy; 2026 &eacute;", "© 2026 é"),
            ("&quot;x&quot; &#39;y&#x27;", "\"x\" 'y'"),
            ("&lt 3 &gt 2 &amp 1", "< 3 > 2 & 1"),
            ("a&nbsp;b", "a\u{A0}b"),
            ("&amp;nbsp;&amp;lt;", "<"),
            ("?a=1&amp;copy=2", "?a=1&copy=2"),
            ("a&#13;&#10;b", "a\nb"),
            ("&#0;", "\u{FFFD}"),
            ("&#xD800;", "\u{FFFD}"),
        ] {
            assert_eq!(block(text), expected, "{text}");
        }
    }

    #[test]
    fn markup_is_removed_and_its_text_is_kept() {
        for (text, expected) in [
            ("<b>bold</b> and <a href='x'>linked</a>", "bold and linked"),
            ("one<wbr/>two", "onetwo"),
            ("a <!-- comment --> b", "a  b"),
            ("a <!DOCTYPE html><?php x ?></ x></> b", "a  b"),
            ("<title>t</title><textarea>a</textarea><xmp>x</xmp><template>y</template>", "t\na\nx\ny"),
            ("<table>one<tr><td>two</table><select>three</select>", "one\ntwo\nthree"),
            ("<plaintext>a<b>c", "ac"),
            ("<svg><style><img src=x></style></svg>left", "left"),
            ("<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\">left", "\">left"),
        ] {
            assert_eq!(block(text), expected, "{text}");
        }
    }

    #[test]
    fn no_layer_of_encoding_hides_a_script() {
        let script = "<script>alert(1)</script>";
        let mut texts = vec![
            script.to_owned(),
            "&#60;script&#62;alert(1)&#60;/script&#62;".to_owned(),
            "&#x3c;script&#X3E;alert(1)&#x3c/script&#x3e".to_owned(),
            "&LT;script&GT;alert(1)&lt/script&gt".to_owned(),
            "&#38;lt;script&#38;gt;alert(1)&#38;lt;/script&#38;gt;".to_owned(),
            "<scr\u{1}ipt>alert(1)</scr\u{202E}ipt>".to_owned(),
        ];
        let mut layered = script.to_owned();
        for _ in 0..20 {
            layered = layered.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
            texts.push(layered.clone());
        }
        for text in texts {
            assert_eq!(block(&text), "", "{text}");
        }
    }

    #[test]
    fn nested_tags_leave_only_text() {
        for (text, expected) in [
            ("<scr<script></script>ipt>alert(1)", "< script>alert(1)"),
            ("<scr<b>ipt>alert(1)</scr<b>ipt>", "< script>alert(1)< /script>"),
            ("<<b>script>alert(1)<<b>/script>", ""),
            ("<<<b>b>b>x", "x"),
            // A Greek question mark, which NFC makes a semicolon.
            ("&copy\u{37E} &amp;copy\u{37E}", "© ©"),
            ("&lt\u{37E}script>", "<;script>"),
        ] {
            assert_eq!(block(text), expected, "{text}");
        }
    }

    #[test]
    fn an_incomplete_tag_is_kept_with_a_space() {
        for (text, expected) in [
            ("a<b", "a< b"),
            ("if i<n then i=\"0\"", "if i< n then i=\"0\""),
            ("Ann <ann@example.org>", "Ann < ann@example.org>"),
            ("see <https://x.example/?a=1>", "see < https://x.example/?a=1>"),
            ("<img src=x onerror=alert(1)//", "< img src=x onerror=alert(1)//"),
            ("a <!-- b", "a < !-- b"),
            ("a </b", "a < /b"),
            ("a </", "a < /"),
        ] {
            assert_eq!(block(text), expected, "{text}");
        }
    }

    #[test]
    fn a_complete_tag_is_removed_even_if_it_was_meant_as_text() {
        for (text, expected) in [
            ("Vec<String> and a<b and c>d", "Vec and ad"),
            ("move the <script> tag down", "move the"),
            ("a <!-- b > c", "a"),
            ("&region;", "®ion;"),
        ] {
            assert_eq!(block(text), expected, "{text}");
        }
    }

    #[test]
    fn every_line_break_separates_words() {
        for line_break in [
            "\n",
            "\r",
            "\r\n",
            "\u{B}",
            "\u{C}",
            "\u{85}",
            "\u{2028}",
            "\u{2029}",
            "&#10;",
            "&#13;",
            "&#11;",
            "&#xC;",
            "&NewLine;",
            "&#x2028;",
            "&amp;#8233;",
            "<br>",
        ] {
            let text = format!("a{line_break}b");
            assert_eq!((line(&text), block(&text)), ("a b".to_owned(), "a\nb".to_owned()), "{text:?}");
        }
        assert_eq!(block("a\n\r\nb\n"), "a\n\nb");
        for separator in ["\u{1C}", "\u{1D}", "\u{1E}", "\u{1F}", "&#31;"] {
            let text = format!("a{separator}b");
            assert_eq!((line(&text), block(&text)), ("a b".to_owned(), "a b".to_owned()), "{text:?}");
        }
        assert_eq!((line("a\tb&Tab;c"), block("a\tb&Tab;c")), ("a b c".to_owned(), "a\tb\tc".to_owned()));
    }

    #[test]
    fn controls_and_bidirectional_overrides_are_removed() {
        assert_eq!(block("a\0\u{7}\u{1B}[31m\u{7F}\u{80}\u{9F}b"), "a[31mb");
        assert_eq!(block("a\u{202A}\u{202E}\u{2066}\u{2069}b&#x202E;"), "ab");
    }

    #[test]
    fn text_is_composed() {
        assert_eq!(block("e\u{301} e\u{1}\u{301}"), "é é");
    }

    #[test]
    fn text_nested_too_deeply_is_refused() {
        let chain = format!("&{}lt;", "#38;".repeat(ROUNDS_MAX));
        assert_eq!(clean(&chain, TextKind::Block), Err(NestedTooDeeply));
    }

    /// Each of these takes quadratic time or worse in a parser that follows the elements' rules.
    #[test]
    fn hostile_text_becomes_plain_or_is_refused() {
        let fill = |unit: &str| unit.repeat(10_000 / unit.len());
        let units = [
            "<",
            "&",
            "<b>",
            "<a<a",
            "<a>",
            "</b>",
            "<b><p>x",
            "<table><b>",
            "&#38;",
            "&amp;",
            "&ampamp",
            "<!--",
            "<b a=",
        ];
        let unclosed: String = (0..600).map(|number| format!("<b a{number}>")).collect();
        let mut texts: Vec<String> = units.into_iter().map(fill).collect();
        texts.extend([
            format!("&{}", fill("#38;")),
            format!("&{}", fill("amp")),
            format!("<{}", fill("a")),
            format!("{}{}", "<".repeat(5_000), "b>".repeat(2_500)),
            format!("{}{}", "<div>".repeat(1_000), "</x>".repeat(1_250)),
            // Quadratic time in a parser that follows the elements' rules.
            format!("<div>{unclosed}</div>{}", "<p>x".repeat(1_000)),
        ]);
        for text in texts {
            let cleaned = clean(&text, TextKind::Block).unwrap_or_default();
            assert!(opens_nothing(&cleaned), "{}", text.chars().take(20).collect::<String>());
        }
    }

    fn opens_nothing(text: &str) -> bool {
        text.split('<').skip(1).all(|after| {
            !after.starts_with(|next: char| next.is_ascii_alphabetic() || matches!(next, '/' | '!' | '?'))
        })
    }

    /// Characters with a meaning to a parser, a terminal or Unicode; or any characters.
    fn piece() -> impl Strategy<Value = String> {
        let telling = [
            "<p>", "</p>", "<br/>", "<td>", "<b>", "<", ">", "&", "&lt;", "&#60;", "p>", "<scr", "ipt>",
            "script", "<!--", "-->", "&#11;", "&#31;", "&#12;", "&amp;", "#13;", "\u{B}", "\u{C}", "\u{1F}",
            "\u{85}", "\r", "\n", "\t", " ", "\u{2028}", "\u{202E}", "e", "\u{301}", "\u{338}", "\u{1100}",
            "\u{1161}", "\u{3164}", "\u{37E}",
        ];
        prop_oneof![4 => prop::sample::select(telling.to_vec()).prop_map(str::to_owned), 1 => "\\PC{0,3}"]
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        /// If cleaning changed a cleaned text, an operator who amends one text of a task would change the other too.
        #[test]
        fn a_cleaned_text_is_unchanged_by_cleaning(pieces in prop::collection::vec(piece(), 0..12)) {
            let text = pieces.concat();
            for kind in [TextKind::Line, TextKind::Block] {
                if let Ok(cleaned) = clean(&text, kind) {
                    prop_assert_eq!(clean(&cleaned, kind), Ok(cleaned), "{:?}", text);
                }
            }
        }

        #[test]
        fn removing_all_layers_of_amp_at_once_equals_removing_them_one_by_one(layers in 0_usize..6, tail in "[a-z;#&= ]{0,8}") {
            let text = format!("&{}{tail}", "amp;".repeat(layers));
            let mut long_way = text.clone();
            for _ in 0..layers {
                long_way = long_way.replace("&amp;", "&");
            }
            prop_assert_eq!(clean(&text, TextKind::Block), clean(&long_way, TextKind::Block));
        }
    }
}
