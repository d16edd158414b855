//! The cleaning of one text: whatever was sent, what comes out is plain text that no HTML parser finds markup in.
//!
//! Entities are decoded until none is left, so cleaning goes round until nothing changes: only then is no tag
//! hidden under another layer. The parser is ammonia's, because guessing at HTML by hand is how sanitisers leak.

use std::{borrow::Cow, collections::HashSet, sync::LazyLock};

use ammonia::Builder;
use thiserror::Error;
use unicode_normalization::UnicodeNormalization;

/// Honest text settles in two or three rounds. Only text built to do so needs more, and each costs a parse.
const ROUNDS_MAX: usize = 10;

/// Elements whose content no reader is meant to see. They go whole; of every other element the text stays.
const HIDDEN_ELEMENTS: [&str; 6] = ["iframe", "noembed", "noframes", "noscript", "script", "style"];

/// The references that HTML reads without their semicolon and that could build a tag.
const BARE_REFERENCES: [&str; 8] = ["amp", "AMP", "gt", "GT", "lt", "LT", "quot", "QUOT"];

static STRIPPER: LazyLock<Builder<'static>> = LazyLock::new(|| {
    let mut builder = Builder::empty();
    builder.clean_content_tags(HashSet::from(HIDDEN_ELEMENTS));
    builder
});

/// Whether a text may have more than one line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// Line breaks and tabs become spaces.
    Line,
    /// Line breaks, as LF, and tabs stay.
    Block,
}

/// The text has more layers of markup and entities than anyone writes by accident.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("holds markup or entities nested too deeply")]
pub struct NestedTooDeeply;

/// Plain text without markup, entities, control characters and bidi overrides, in NFC and trimmed.
///
/// In what comes out no `<` stands before a letter, `/`, `!` or `?`, so that text pasted behind it completes no tag.
/// A `<` that opens no whole tag (`a<b`, `<ann@example.org>`) is kept with a space behind it. What reads as a whole
/// tag is taken for one, even if it was meant as text: `Vec<String>` becomes `Vec`, `a<b and c>d` becomes `ad`, and
/// after a `<script>` or `<!--` that nothing closes the rest is gone. `&reg;` and `&region;` both start with `®`,
/// as in a browser; `&region` and `&region=` stay.
pub fn clean(text: &str, shape: Shape) -> Result<String, NestedTooDeeply> {
    let mut before = clean_once(text, shape);
    for _ in 1..ROUNDS_MAX {
        let after = clean_once(&before, shape);
        if after == before {
            return Ok(after);
        }
        before = after;
    }
    Err(NestedTooDeeply)
}

fn clean_once(text: &str, shape: Shape) -> String {
    // Controls go before the parser looks, or `<scr\u{1}ipt>` would pass it as text.
    let text = without_controls(text, shape);
    let text = without_markup(&text);
    let text: String = text.nfc().collect();
    text.trim().to_owned()
}

fn without_controls(text: &str, shape: Shape) -> String {
    let text = text.replace("\r\n", "\n");
    text.chars().filter_map(|character| keep(character, shape)).collect()
}

fn keep(character: char, shape: Shape) -> Option<char> {
    match (character, shape) {
        ('\r' | '\n' | '\t' | '\u{2028}' | '\u{2029}', Shape::Line) => Some(' '),
        ('\r', Shape::Block) => Some('\n'),
        ('\n' | '\t', Shape::Block) => Some(character),
        // They make text read other than it is written.
        ('\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}', _) => None,
        _ if character.is_control() => None,
        _ => Some(character),
    }
}

fn without_markup(text: &str) -> Cow<'_, str> {
    if !text.contains(['<', '&']) {
        return Cow::Borrowed(text);
    }
    let (html, has_markup) = as_html(text);
    Cow::Owned(if has_markup { unescape(&STRIPPER.clean(&html).to_string()) } else { unescape(&html) })
}

/// What a `<` or `&` becomes in the HTML that the parser gets.
struct Piece<'a> {
    html: &'static str,
    is_markup: bool,
    /// The text behind the piece.
    rest: &'a str,
}

impl<'a> Piece<'a> {
    fn text(html: &'static str, rest: &'a str) -> Self {
        Self { html, is_markup: false, rest }
    }

    fn markup(html: &'static str, rest: &'a str) -> Self {
        Self { html, is_markup: true, rest }
    }
}

/// The text as HTML in which each `<` and `&` that is no markup is escaped, and whether any markup is in it.
fn as_html(text: &str) -> (String, bool) {
    let last_close = text.rfind('>').unwrap_or(0);
    let mut html = String::with_capacity(text.len() + text.len() / 8);
    let mut has_markup = false;
    let mut rest = text;
    while let Some(at) = rest.find(['<', '&']) {
        let (plain, special) = rest.split_at(at);
        let after = &special[1..];
        let closes = text.len() - after.len() <= last_close;
        let piece = if special.starts_with('&') { ampersand(after) } else { less_than(after, closes) };
        html.push_str(plain);
        html.push_str(piece.html);
        has_markup |= piece.is_markup;
        rest = piece.rest;
    }
    html.push_str(rest);
    (html, has_markup)
}

/// The `&` before `rest`. All layers of `&amp;amp;…` go at once: one a round would be slow and soon refused.
fn ampersand(mut rest: &str) -> Piece<'_> {
    while let Some(shorter) = rest.strip_prefix("amp;") {
        rest = shorter;
    }
    if is_reference(rest) { Piece::markup("&", rest) } else { Piece::text("&amp;", rest) }
}

/// Whether an `&` before `rest` is a reference. Elsewhere it is text: `R&D`, `?a=1&copy=2`, `?a=1&lt=2`.
fn is_reference(rest: &str) -> bool {
    if let Some(number) = rest.strip_prefix('#') {
        return match number.strip_prefix(['x', 'X']) {
            Some(hex) => hex.starts_with(|digit: char| digit.is_ascii_hexdigit()),
            None => number.starts_with(|digit: char| digit.is_ascii_digit()),
        };
    }
    let end = rest.find(|character: char| !character.is_ascii_alphanumeric()).unwrap_or(rest.len());
    let (name, after) = rest.split_at(end);
    match after.chars().next() {
        Some(';') => !name.is_empty(),
        Some('=') => false,
        _ => BARE_REFERENCES.iter().any(|bare| name.starts_with(bare)),
    }
}

/// The `<` before `rest`, `closes` being whether a `>` follows anywhere.
fn less_than(rest: &str, closes: bool) -> Piece<'_> {
    let named = rest.strip_prefix('/').unwrap_or(rest);
    if !named.starts_with(|first: char| first.is_ascii_alphabetic()) {
        return not_an_element(rest, closes);
    }
    match element_name(named).filter(|_| closes) {
        None => Piece::text("&lt; ", rest),
        Some(name) if HIDDEN_ELEMENTS.iter().any(|hidden| hidden.eq_ignore_ascii_case(name)) => {
            Piece::markup("<", rest)
        }
        // As the start of an element that HTML has no rules for. Its rules reorder the text of tables, drop that of
        // selects, and seek each end tag's start and reopen each unclosed <b>, at a cost that is quadratic or worse.
        Some(_) => Piece::markup("<x-", named),
    }
}

/// The `<` of comments, declarations and broken end tags; before anything else it is text to HTML too.
fn not_an_element(rest: &str, closes: bool) -> Piece<'_> {
    match (rest.starts_with(['/', '!', '?']), closes) {
        (true, true) => Piece::markup("<", rest),
        (true, false) => Piece::text("&lt; ", rest),
        (false, _) => Piece::text("&lt;", rest),
    }
}

/// The name that starts `tag`, if people mean an element by it. HTML would take `ann@example.org` or `https:` for
/// one.
fn element_name(tag: &str) -> Option<&str> {
    let end = tag.find(|character: char| !character.is_ascii_alphanumeric() && character != '-')?;
    let (name, after) = tag.split_at(end);
    after.starts_with([' ', '\t', '\n', '/', '>']).then_some(name)
}

/// What the serialiser writes for these characters of a text. No other `&` is in what it writes.
const ESCAPES: [(&str, &str); 4] = [("&lt;", "<"), ("&gt;", ">"), ("&nbsp;", "\u{A0}"), ("&amp;", "&")];

/// Undoes what the serialiser does to text, and nothing else.
fn unescape(html: &str) -> String {
    let mut text = String::with_capacity(html.len());
    let mut rest = html;
    while let Some(at) = rest.find('&') {
        text.push_str(&rest[..at]);
        let escape = ESCAPES.into_iter().find(|(escaped, _)| rest[at..].starts_with(escaped));
        let (escaped, character) = escape.unwrap_or(("&", "&"));
        text.push_str(character);
        rest = &rest[at + escaped.len()..];
    }
    text.push_str(rest);
    text
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn block(text: &str) -> String {
        clean(text, Shape::Block).unwrap()
    }

    fn line(text: &str) -> String {
        clean(text, Shape::Line).unwrap()
    }

    #[test]
    fn what_people_write_stays_as_it_is() {
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
    fn entities_become_what_they_stand_for() {
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
    fn markup_goes_and_its_text_stays() {
        for (text, expected) in [
            ("<b>bold</b> and <a href='x'>linked</a>", "bold and linked"),
            ("one<br/>two", "onetwo"),
            ("a <!-- comment --> b", "a  b"),
            ("a <!DOCTYPE html><?php x ?></ x></> b", "a  b"),
            ("<title>t</title><textarea>a</textarea><xmp>x</xmp><template>y</template>", "taxy"),
            ("<table>one<tr><td>two</table><select>three</select>", "onetwothree"),
            ("<plaintext>a<b>c", "ac"),
            ("<svg><style><img src=x></style></svg>left", "left"),
            ("<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\">left", "\">left"),
        ] {
            assert_eq!(block(text), expected, "{text}");
        }
    }

    #[test]
    fn hidden_elements_go_with_their_content() {
        for name in HIDDEN_ELEMENTS.into_iter().chain(["SCRIPT", "Style"]) {
            assert_eq!(block(&format!("a<{name} x=y>alert('<b>')</{name}>b")), "ab", "{name}");
        }
    }

    #[test]
    fn no_layer_hides_a_script() {
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
    fn tags_inside_tags_leave_only_text() {
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
    fn what_is_no_whole_tag_is_kept_with_a_space() {
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
    fn what_reads_as_a_whole_tag_is_lost() {
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
    fn a_line_has_no_line_breaks() {
        assert_eq!(line(" a\r\nb\tc\rd\u{2028}e&#10;f&NewLine;"), "a b c d e f");
        assert_eq!(block(" a\r\nb\tc\rd\n"), "a\nb\tc\nd");
    }

    #[test]
    fn controls_and_bidi_overrides_go() {
        assert_eq!(block("a\0\u{7}\u{1B}[31m\u{7F}\u{85}\u{9F}b"), "a[31mb");
        assert_eq!(block("a\u{202A}\u{202E}\u{2066}\u{2069}b&#x202E;"), "ab");
    }

    #[test]
    fn text_is_composed() {
        assert_eq!(block("e\u{301} e\u{1}\u{301}"), "é é");
    }

    #[test]
    fn text_nested_too_deeply_is_refused() {
        let chain = format!("&{}lt;", "#38;".repeat(ROUNDS_MAX));
        assert_eq!(clean(&chain, Shape::Block), Err(NestedTooDeeply));
    }

    /// Each of these takes the square of its length, or worse, from a parser that knows the elements' rules.
    #[test]
    fn hostile_text_comes_out_plain_or_is_refused() {
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
            // What takes the square of the text if the parser knows the elements.
            format!("<div>{unclosed}</div>{}", "<p>x".repeat(1_000)),
        ]);
        for text in texts {
            let cleaned = clean(&text, Shape::Block).unwrap_or_default();
            assert!(opens_nothing(&cleaned), "{}", text.chars().take(20).collect::<String>());
        }
    }

    fn opens_nothing(text: &str) -> bool {
        text.split('<').skip(1).all(|after| {
            !after.starts_with(|next: char| next.is_ascii_alphabetic() || matches!(next, '/' | '!' | '?'))
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        /// The collapse of `&amp;amp;…` takes a short cut: a parser that goes layer by layer ends in the same place.
        #[test]
        fn the_short_cut_ends_where_the_long_way_does(layers in 0_usize..6, tail in "[a-z;#&= ]{0,8}") {
            let text = format!("&{}{tail}", "amp;".repeat(layers));
            let mut long_way = text.clone();
            for _ in 0..layers {
                long_way = long_way.replace("&amp;", "&");
            }
            prop_assert_eq!(clean(&text, Shape::Block), clean(&long_way, Shape::Block));
        }
    }
}
