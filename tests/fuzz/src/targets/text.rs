//! Sanitised text: a task holds no markup for any input, and sanitising it again changes nothing.

use scraper::{Html, Node};
use serde_json::json;
use shared::{Caller, Message, Task, TaskId, Timestamp, Violation, sanitise, validate};
use unicode_normalization::{UnicodeNormalization, is_nfc};

use crate::Target;

pub const TEXT: Target = Target {
    name: "text",
    words: &[
        "<",
        "<",
        ">",
        ">",
        "&",
        "&",
        ";",
        "#",
        "/",
        "!",
        "-",
        "--",
        "?",
        "=",
        "\"",
        "'",
        " ",
        "\n",
        "\r",
        "\t",
        "s",
        "scr",
        "script",
        "ipt",
        "SCRIPT",
        "style",
        "b",
        "a",
        "p",
        "x-",
        "svg",
        "math",
        "table",
        "select",
        "template",
        "textarea",
        "title",
        "iframe",
        "noscript",
        "plaintext",
        "amp",
        "amp;",
        "lt",
        "lt;",
        "gt;",
        "quot",
        "nbsp;",
        "&amp;",
        "&lt;",
        "&gt;",
        "&#60;",
        "&#x3c",
        "&#38;",
        "&copy",
        "&NewLine;",
        "#60;",
        "#x3e",
        "38;",
        "<!--",
        "-->",
        "<![CDATA[",
        "]]>",
        "<b>",
        "</b>",
        "<br/>",
        "<p>",
        "</p>",
        "<td>",
        "<script>",
        "</script>",
        "a<b",
        "\u{301}",
        "\u{338}",
        "e",
        "é",
        "\u{37E}",
        "\u{212A}",
        "\u{958}",
        "\u{A0}",
        "\u{2028}",
        "\u{200B}",
        "\u{FEFF}",
        "\u{1}",
        "\u{B}",
        "\u{C}",
        "\u{1F}",
        "&#11;",
        "&#31;",
        "\u{2029}",
        "\u{3164}",
        "\u{2800}",
        "\u{E0041}",
        "\u{7F}",
        "\u{85}",
        "\u{202E}",
        "\u{2069}",
        "&#xFFFE;",
        "&#0;",
        "&#13;",
        "&#1;",
        "日本",
        "😀",
    ],
    outcomes: &["refused before", "refused", "cleaned", "unchanged"],
    cases: 1_500,
    check,
};

fn check(input: &[u8]) -> &'static str {
    let text = String::from_utf8_lossy(input);
    let Some(cleaned) = task(&text) else { return "refused before" };
    assert_layers_of_amp_make_no_difference(&text);
    assert_text_without_markup_changes_only_in_form(&text.replace('<', "< ").replace('&', "& "));
    let Ok(task) = cleaned else { return "refused" };
    assert_plain(task.title(), 200);
    assert_plain(task.description(), 10_000);
    assert!(!task.title().contains(['\n', '\t']), "a line has lines: {:?}", task.title());
    assert_is_unchanged(&task);
    assert_sqs_takes(&task);
    if task.description() == text { "unchanged" } else { "cleaned" }
}

/// The task of a request with this description, and with the same text, cut, as its title; none if the request is
/// invalid.
fn task(text: &str) -> Option<Result<Task, Vec<Violation>>> {
    let title: String = text.chars().take(200).collect();
    let body = json!({"title": title, "description": text, "priority": "low"});
    validate(body.to_string().as_bytes()).ok().map(sanitise)
}

fn assert_plain(text: &str, characters_max: usize) {
    assert!((1..=characters_max).contains(&text.chars().count()), "{} characters", text.chars().count());
    assert!(!text.contains(is_unwanted), "{text:?} holds a control character");
    assert!(is_nfc(text), "{text:?} is not composed");
    assert_eq!(text.trim(), text);
    assert!(!text.chars().all(is_blank), "{text:?} is blank");
    assert_opens_no_markup(text);
    let mut shown = text.to_owned();
    for layer in 0..10 {
        let html = Html::parse_fragment(&shown);
        assert!(!has_markup(&html), "{layer} layers of entities hide markup in {text:?}");
        let below: String = html.root_element().text().collect();
        if below == shown {
            return;
        }
        shown = below;
    }
}

/// Some invisible characters: enough to notice if the check is missing.
fn is_blank(character: char) -> bool {
    matches!(
        character,
        ' ' | '\n' | '\t' | '\u{A0}' | '\u{200B}' | '\u{FEFF}' | '\u{3164}' | '\u{2800}' | '\u{E0041}'
    )
}

/// Shown as HTML, once or twice, it has no element, comment or anything else but text.
fn has_markup(html: &Html) -> bool {
    // The parser puts every fragment into a separate <html>.
    html.tree.root().descendants().skip(1).any(|node| match node.value() {
        Node::Element(element) => element.name() != "html",
        Node::Comment(_) | Node::Doctype(_) | Node::ProcessingInstruction(_) => true,
        Node::Document | Node::Fragment | Node::Text(_) => false,
    })
}

/// Text that is appended to it completes no tag.
fn assert_opens_no_markup(text: &str) {
    let opens = |next: char| next.is_ascii_alphabetic() || matches!(next, '/' | '!' | '?');
    assert!(!text.split('<').skip(1).any(|after| after.starts_with(opens)), "{text:?} opens a tag");
}

fn is_unwanted(character: char) -> bool {
    let overrides = matches!(character, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}');
    let line_breaks = matches!(character, '\u{2028}' | '\u{2029}');
    overrides || line_breaks || (character.is_control() && character != '\n' && character != '\t')
}

/// Otherwise an operator's amendment of one field would change the other.
fn assert_is_unchanged(task: &Task) {
    let again = validate(&serde_json::to_vec(task).unwrap()).expect("a cleaned task is a valid request");
    assert_eq!(sanitise(again).as_ref(), Ok(task), "sanitising twice differs from sanitising once");
}

/// The characters that a message may hold: "Amazon SQS API Reference", `SendMessage`.
fn assert_sqs_takes(task: &Task) {
    let at = Timestamp::UNIX_EPOCH;
    let message = Message::new(TaskId::fresh(at, &[0; 10]), 0, at, at, Caller::local(), None, task.clone());
    let is_taken = |character: char| matches!(character, '\t' | '\n' | '\r' | ' '..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{1_0000}'..);
    assert!(message.encode().unwrap().chars().all(is_taken));
    assert!(task.title().chars().chain(task.description().chars()).all(is_taken));
}

fn assert_text_without_markup_changes_only_in_form(text: &str) {
    let lines = text.replace("\r\n", "\n");
    let lines = lines.replace(['\r', '\u{B}', '\u{C}', '\u{85}', '\u{2028}', '\u{2029}'], "\n");
    let lines = lines.replace(|separator| ('\u{1C}'..='\u{1F}').contains(&separator), " ");
    let visible: String = lines.chars().filter(|&character| !is_unwanted(character)).nfc().collect();
    if let Some(description) = description(text) {
        assert_eq!(description, visible.trim());
    }
}

fn assert_layers_of_amp_make_no_difference(text: &str) {
    let layers = 2 + text.len() % 7;
    let layered = |layers: usize| text.replace('&', &format!("&{}", "amp;".repeat(layers)));
    if let (Some(often), Some(once)) = (description(&layered(layers)), description(&layered(1))) {
        assert_eq!(often, once, "{layers} layers of &amp; are not one");
    }
}

/// The sanitised text, if it is that of a task.
fn description(text: &str) -> Option<String> {
    let task = task(text)?.ok()?;
    Some(task.description().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_check_for_markup_detects_markup() {
        for text in ["a<b>c", "<!-- -->", "</ x>", "<!x>", "<?x>", "<x-y>"] {
            assert!(has_markup(&Html::parse_fragment(text)), "{text}");
        }
        assert!(!has_markup(&Html::parse_fragment("a < b <3")));
    }
}
