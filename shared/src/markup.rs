//! Removes markup from a text: elements, comments and entities. Words that only an element separated stay separated.
//!
//! ammonia parses the HTML, because hand-written parsers make sanitisers leak.

use std::{borrow::Cow, collections::HashSet, sync::LazyLock};

use ammonia::Builder;

/// Elements whose content is not meant for readers. They are removed with their content; all others leave their text.
const HIDDEN_ELEMENTS: [&str; 6] = ["iframe", "noembed", "noframes", "noscript", "script", "style"];

/// Elements that HTML displays on separate lines (HTML, section 15.3, and the parts of tables, lists and selects).
const BLOCKS: [&str; 57] = [
    "address",
    "article",
    "aside",
    "blockquote",
    "body",
    "caption",
    "center",
    "col",
    "colgroup",
    "dd",
    "details",
    "dialog",
    "dir",
    "div",
    "dl",
    "dt",
    "fieldset",
    "figcaption",
    "figure",
    "footer",
    "form",
    "frame",
    "frameset",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "head",
    "header",
    "hgroup",
    "hr",
    "html",
    "legend",
    "li",
    "listing",
    "main",
    "menu",
    "nav",
    "ol",
    "optgroup",
    "option",
    "p",
    "plaintext",
    "pre",
    "search",
    "section",
    "summary",
    "table",
    "tbody",
    "tfoot",
    "thead",
    "title",
    "tr",
    "ul",
    "xmp",
];

/// Elements that HTML displays as boxes beside each other, and elements whose content it displays elsewhere, in part, or
/// as a fallback.
const BOXES: [&str; 16] = [
    "audio", "button", "canvas", "datalist", "input", "marquee", "meter", "object", "progress", "select",
    "svg", "td", "template", "textarea", "th", "video",
];

/// Character references that HTML reads without a semicolon and that could form a tag.
const BARE_REFERENCES: [&str; 8] = ["amp", "AMP", "gt", "GT", "lt", "LT", "quot", "QUOT"];

/// Marks the edge of a block: adjacent edges become one line break. The marks are control characters, because the text
/// contains none at this point; one that a reference (`&#11;`) makes is a line break or a separator anyway.
const BLOCK_EDGE: char = '\u{B}';
/// Marks a `<br>`, which becomes a line break.
const BREAK: char = '\u{C}';
/// Marks the edge of a box, which becomes a space.
const BOX_EDGE: char = '\u{1F}';

static STRIPPER: LazyLock<Builder<'static>> = LazyLock::new(|| {
    let mut builder = Builder::empty();
    builder.clean_content_tags(HashSet::from(HIDDEN_ELEMENTS));
    builder
});

/// Removes one layer of markup and entities from `text`, which must contain no control characters but LF and tabs.
pub fn without_markup(text: &str) -> Cow<'_, str> {
    if !text.contains(['<', '&']) {
        return Cow::Borrowed(text);
    }
    let (html, has_markup) = as_html(text);
    if !has_markup {
        return Cow::Owned(unescape(&html));
    }
    Cow::Owned(settle_edges(unescape(&STRIPPER.clean(&html).to_string())))
}

/// The replacement of a `<` or `&` in the HTML that the parser gets.
struct Piece<'a> {
    html: &'static str,
    is_markup: bool,
    /// The text after the piece.
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

/// The text as HTML, with each `<` and `&` escaped that is not markup, and whether it contains markup.
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

/// Replaces the `&` before `rest`. All layers of `&amp;amp;…` are removed at once: removing one per round would be slow and
/// exceed the limit of rounds.
fn ampersand(mut rest: &str) -> Piece<'_> {
    while let Some(shorter) = rest.strip_prefix("amp;") {
        rest = shorter;
    }
    if is_reference(rest) { Piece::markup("&", rest) } else { Piece::text("&amp;", rest) }
}

/// Whether an `&` before `rest` starts a reference. In `R&D`, `?a=1&copy=2` and `?a=1&lt=2` it is text.
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

/// Replaces the `<` before `rest`; `closes` tells whether a `>` follows anywhere.
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
        // Renamed to an element that HTML has no rules for. The rules for known elements reorder the text of tables, drop
        // that of selects, search the start of each end tag and reopen each unclosed <b>, in quadratic time or worse.
        Some(name) => Piece::markup(start_of_unknown(name), named),
    }
}

/// The replacement for the start of a tag of this name: the mark of its edge, if it has one, and the start of an element
/// that HTML has no rules for.
fn start_of_unknown(name: &str) -> &'static str {
    let is_one_of = |names: &[&str]| names.iter().any(|known| known.eq_ignore_ascii_case(name));
    if is_one_of(&BLOCKS) {
        "\u{B}<x-"
    } else if is_one_of(&["br"]) {
        "\u{C}<x-"
    } else if is_one_of(&BOXES) {
        "\u{1F}<x-"
    } else {
        "<x-"
    }
}

/// Replaces the `<` of comments, declarations and malformed end tags. Before anything else, `<` is text in HTML too.
fn not_an_element(rest: &str, closes: bool) -> Piece<'_> {
    match (rest.starts_with(['/', '!', '?']), closes) {
        (true, true) => Piece::markup("<", rest),
        (true, false) => Piece::text("&lt; ", rest),
        (false, _) => Piece::text("&lt;", rest),
    }
}

/// The name at the start of `tag`, if it can be meant as an element. HTML would also read `ann@example.org` and `https:` as
/// element names.
fn element_name(tag: &str) -> Option<&str> {
    let end = tag.find(|character: char| !character.is_ascii_alphanumeric() && character != '-')?;
    let (name, after) = tag.split_at(end);
    after.starts_with([' ', '\t', '\n', '/', '>']).then_some(name)
}

/// The escapes that ammonia's serialiser writes. Its output contains no other `&`.
const ESCAPES: [(&str, &str); 4] = [("&lt;", "<"), ("&gt;", ">"), ("&nbsp;", "\u{A0}"), ("&amp;", "&")];

/// Reverts the escapes of the serialiser, and no others.
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

/// Replaces the marks of edges by line breaks and spaces. Adjacent marks, with the spaces between them, become one.
fn settle_edges(text: String) -> String {
    if !text.contains([BLOCK_EDGE, BREAK, BOX_EDGE]) {
        return text;
    }
    let mut settled = String::with_capacity(text.len());
    let mut rest = text.as_str();
    while let Some(start) = rest.find(is_space_or_edge) {
        let (words, from_run) = rest.split_at(start);
        let end = from_run.find(|character| !is_space_or_edge(character)).unwrap_or(from_run.len());
        let (run, after) = from_run.split_at(end);
        settled.push_str(words);
        settled.push_str(&settle(run));
        rest = after;
    }
    settled.push_str(rest);
    settled
}

fn is_space_or_edge(character: char) -> bool {
    matches!(character, ' ' | '\t' | '\n' | BLOCK_EDGE | BREAK | BOX_EDGE)
}

fn settle(run: &str) -> Cow<'_, str> {
    match run.matches(BREAK).count() {
        0 if run.contains(BLOCK_EDGE) => Cow::Borrowed("\n"),
        0 if run.contains(BOX_EDGE) => Cow::Borrowed(" "),
        0 => Cow::Borrowed(run),
        breaks => Cow::Owned("\n".repeat(breaks)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hidden_elements_are_removed_with_their_content() {
        for name in HIDDEN_ELEMENTS.into_iter().chain(["SCRIPT", "Style"]) {
            assert_eq!(without_markup(&format!("a<{name} x=y>alert('<p>')</{name}>b")), "ab", "{name}");
        }
    }

    #[test]
    fn words_that_an_element_separates_stay_separated() {
        for (html, expected) in [
            ("<p>a</p><p>b</p>", "\na\nb\n"),
            ("<P CLASS=\"x\">a</P >\n\n <P>b", "\na\nb"),
            ("a<p>b", "a\nb"),
            ("a</p>b", "a\nb"),
            ("a<br>b", "a\nb"),
            ("a<BR />\nb", "a\nb"),
            ("a<br><br/>b", "a\n\nb"),
            ("a</br>b", "a\nb"),
            ("<p>a<br></p><p>b", "\na\nb"),
            ("a<hr>b", "a\nb"),
            ("<div><div>a</div></div><div>b</div>", "\na\nb\n"),
            ("<ul><li>a<li>b</ul>c", "\na\nb\nc"),
            ("<ol>\n  <li>a</li>\n  <li>b</li>\n</ol>", "\na\nb\n"),
            ("<h1>a</h1>b<h6>c</h6>d", "\na\nb\nc\nd"),
            ("<dl><dt>a<dd>b</dl>", "\na\nb\n"),
            ("<table><tr><td>a</td><td>b</td></tr><tr><th>c<th>d</table>", "\na b\nc d\n"),
            ("<tr>\n<td>a</td>\n<td>b</td>\n</tr>", "\na b\n"),
            ("<select><option>a<option>b</select>", "\na\nb "),
            ("<button>a</button><button>b</button>", " a b "),
            ("a<!-- --><p><!-- -->b", "a\nb"),
            ("a<script>x</script><p>b", "a\nb"),
            ("a <p> b", "a\nb"),
            ("<pre>a\n\n  b</pre>", "\na\n\n  b\n"),
        ] {
            assert_eq!(without_markup(html), expected, "{html}");
        }
    }

    #[test]
    fn every_block_and_box_separates_words() {
        for name in BLOCKS.into_iter().chain(BOXES) {
            for html in
                [format!("a<{name}>b"), format!("a</{name}>b"), format!("a<{}/>b", name.to_uppercase())]
            {
                assert!(["a\nb", "a b"].contains(&&*without_markup(&html)), "{html}");
            }
        }
    }

    #[test]
    fn an_inline_element_adds_no_space() {
        for name in [
            "a",
            "abbr",
            "b",
            "bdi",
            "bdo",
            "cite",
            "code",
            "data",
            "del",
            "dfn",
            "em",
            "font",
            "i",
            "img",
            "ins",
            "kbd",
            "label",
            "mark",
            "q",
            "s",
            "samp",
            "small",
            "span",
            "strong",
            "sub",
            "sup",
            "time",
            "tt",
            "u",
            "var",
            "wbr",
            "x-made-up",
        ] {
            assert_eq!(without_markup(&format!("a<{name}>b</{name}>c <{name}> d")), "abc  d", "{name}");
        }
    }

    #[test]
    fn a_tag_inside_an_attribute_a_comment_or_a_script_adds_no_line_break() {
        for html in
            ["a<i title=\"<p>\">b", "a<i title='</p><br>'>b", "a<!-- <br> -->b", "a<script>'<p>'</script>b"]
        {
            assert_eq!(without_markup(html), "ab", "{html}");
        }
    }
}
