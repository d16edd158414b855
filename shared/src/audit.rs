//! The audit trail: who changed a task, when and why.

use serde::{Deserialize, Deserializer, Serialize};
use unicode_normalization::UnicodeNormalization;

use crate::{
    Timestamp,
    limits::{OPERATOR_CHARACTERS_MAX, REASON_CHARACTERS_MAX},
    visible::is_visible,
};

/// A change to a task or to the line that the processor did not make.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AuditAction {
    /// A dead letter was sent to the line again.
    Redrive,
    /// SQS moved a dead letter back to the line (StartMessageMoveTask).
    NativeRedrive,
    /// SQS moved the message to the dead-letter queue (its redrive policy).
    NativeDeadLetter,
    /// A dead or held task was given up permanently.
    Discard,
    /// The submitter cancelled the task.
    Cancel,
    /// A held task was resumed.
    Resume,
    /// The task's content was replaced.
    Amend,
    /// A held task was sent to the dead-letter queue.
    Skip,
    /// A task that was recorded but missing from the line was enqueued again.
    Enqueue,
    /// The line was paused. The entry belongs to no task and is stored with the line.
    PauseLine,
    /// The line was resumed. The entry is stored with the line.
    ResumeLine,
}

/// An entry of the audit trail: one change and its author.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditEntry {
    /// The change.
    pub action: AuditAction,
    /// When the change was made.
    pub at: Timestamp,
    /// Who made it: an operator's name, a caller, `api` or `sqs`.
    #[serde(deserialize_with = "read_line")]
    pub by: String,
    /// The reason that the author gave.
    #[serde(deserialize_with = "read_line")]
    pub reason: String,
}

impl AuditEntry {
    /// An entry. Author and reason are each made one harmless line and cut to [`OPERATOR_CHARACTERS_MAX`] and
    /// [`REASON_CHARACTERS_MAX`].
    pub fn new(action: AuditAction, at: Timestamp, by: &str, reason: &str) -> Self {
        let cut = |text: &str, max| one_line(&one_line(text).chars().take(max).collect::<String>());
        Self { action, at, by: cut(by, OPERATOR_CHARACTERS_MAX), reason: cut(reason, REASON_CHARACTERS_MAX) }
    }
}

/// Why an operator makes a change: one line of 1 to [`REASON_CHARACTERS_MAX`] characters, at least one of them visible.
///
/// White space, line breaks and control characters become single spaces, and characters that set the direction of text are
/// removed, so that a reason can't imitate another audit entry. A text that is then empty or too long is refused. The
/// command line and the console use this one rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason(String);

/// Why a text is not accepted as a reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidReason {
    /// It has no visible character.
    #[error("a reason can't be empty: it is kept in the audit trail")]
    Empty,
    /// It is longer than the limit.
    #[error("a reason has at most {REASON_CHARACTERS_MAX} characters, this one has {0}")]
    TooLong(usize),
}

impl Reason {
    /// Parses an operator's text.
    ///
    /// # Errors
    /// [`InvalidReason`].
    pub fn parse(text: &str) -> Result<Self, InvalidReason> {
        let line = one_line(text);
        if !line.chars().any(is_visible) {
            return Err(InvalidReason::Empty);
        }
        match line.chars().count() {
            count if count > REASON_CHARACTERS_MAX => Err(InvalidReason::TooLong(count)),
            _ => Ok(Self(line)),
        }
    }

    /// A reason that Taskline gives, not an operator.
    pub fn of_the_program(text: &'static str) -> Self {
        Self(one_line(text))
    }

    /// The reason as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The text as one line without invisible separators and direction changes, in NFC and trimmed.
pub fn one_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for character in text.chars().filter(|character| !sets_direction(*character)).nfc() {
        match is_blank(character) {
            true if line.is_empty() || line.ends_with(' ') => {}
            true => line.push(' '),
            false => line.push(character),
        }
    }
    line.truncate(line.trim_end().len());
    line
}

/// Whether the character makes a terminal or browser reorder the text around it (Unicode property Bidi_Control).
pub fn sets_direction(character: char) -> bool {
    matches!(
        character,
        '\u{061C}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}'
    )
}

/// White space, controls, and letters and symbols without a visible glyph.
fn is_blank(character: char) -> bool {
    let is_drawn_as_nothing =
        matches!(character, '\u{115F}' | '\u{1160}' | '\u{2800}' | '\u{3164}' | '\u{FFA0}');
    character.is_whitespace() || character.is_control() || is_drawn_as_nothing
}

/// Other programs and earlier versions write to the store too, so entries are made harmless when they are read.
fn read_line<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let text = String::deserialize(deserializer)?;
    let is_plain = text.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ')
        && !text.contains("  ")
        && text.trim().len() == text.len();
    Ok(if is_plain { text } else { one_line(&text) })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Stores compare a record that they read, and so made harmless again, with the one to write.
        #[test]
        fn a_harmless_line_is_unchanged(text in "[ -~é\u{301}\u{200F}\u{202E}\u{A0}\n\u{85}]{0,40}", long in any::<bool>()) {
            let text = if long { text.repeat(40) } else { text };
            let line = one_line(&text);
            prop_assert_eq!(one_line(&line), line.clone());
            let entry = AuditEntry::new(AuditAction::Skip, Timestamp::UNIX_EPOCH, &text, &text);
            let read: AuditEntry = serde_json::from_value(serde_json::to_value(&entry).unwrap()).unwrap();
            prop_assert_eq!(read, entry);
        }
    }

    #[test]
    fn author_and_reason_are_cut_to_their_limits() {
        let long = "é".repeat(1_000);
        let entry = AuditEntry::new(AuditAction::Discard, Timestamp::UNIX_EPOCH, &long, &long);
        assert_eq!(entry.by.chars().count(), OPERATOR_CHARACTERS_MAX);
        assert_eq!(entry.reason.chars().count(), REASON_CHARACTERS_MAX);
    }

    /// Texts that imitate a second entry, and the line that each becomes.
    const FORGED: [(&str, &str); 8] = [
        ("done\naudit  redrive by root: all", "done audit redrive by root: all"),
        ("a\r\nb\rc\u{0B}d\u{0C}e", "a b c d e"),
        ("a\u{85}b\u{2028}c\u{2029}d", "a b c d"),
        ("a\u{1b}[2Jb\u{9b}c\0d\u{7f}e", "a [2Jb c d e"),
        ("\u{202E}ecno\u{202C} \u{2066}x\u{2069}\u{200F}\u{061C}", "ecno x"),
        ("a                                        b", "a b"),
        ("a\u{3000}\u{A0}\u{2800}\u{3164}b", "a b"),
        ("  \t kept \n", "kept"),
    ];

    #[test]
    fn neither_reason_nor_author_can_imitate_another_entry() {
        for (text, line) in FORGED {
            assert_eq!(Reason::parse(text).unwrap().as_str(), line, "{text:?}");
            let entry = AuditEntry::new(AuditAction::Redrive, Timestamp::UNIX_EPOCH, text, text);
            assert_eq!((entry.by.as_str(), entry.reason.as_str()), (line, line), "{text:?}");
        }
    }

    #[test]
    fn an_entry_that_another_program_wrote_is_made_harmless_when_read() {
        for (text, line) in FORGED {
            let json = serde_json::json!({"action": "skip", "at": "1970-01-01T00:00:00Z", "by": text, "reason": text});
            let entry: AuditEntry = serde_json::from_value(json).unwrap();
            assert_eq!((entry.by.as_str(), entry.reason.as_str()), (line, line), "{text:?}");
        }
    }

    #[test]
    fn ordinary_text_is_unchanged() {
        for text in [
            "the receiver was repaired",
            "שלום",
            "naïve café",
            "👩\u{200D}👩\u{200D}👧 ok",
            "a: b; c - \"d\"",
        ] {
            assert_eq!(Reason::parse(text).unwrap().as_str(), text);
        }
        assert_eq!(Reason::parse("cafe\u{301}").unwrap().as_str(), "café");
    }

    #[test]
    fn a_reason_without_a_visible_character_is_refused() {
        for text in
            ["", " ", "\n\t", "\u{A0}", "\u{202E}", "\u{200B}\u{200D}", "\u{FEFF}\u{AD}", "\u{3164}", "\0"]
        {
            assert_eq!(Reason::parse(text), Err(InvalidReason::Empty), "{text:?}");
        }
        for invisible in ('\0'..=char::MAX).filter(|character| !is_visible(*character)) {
            assert_eq!(Reason::parse(&invisible.to_string()), Err(InvalidReason::Empty), "{invisible:?}");
        }
    }

    #[test]
    fn a_reason_is_stored_whole_or_refused() {
        let longest = "é".repeat(REASON_CHARACTERS_MAX);
        let entry = |reason: &Reason| {
            AuditEntry::new(AuditAction::Amend, Timestamp::UNIX_EPOCH, "ann", reason.as_str()).reason
        };
        assert_eq!(entry(&Reason::parse(&longest).unwrap()), longest);
        let longer = format!("{longest}.");
        assert_eq!(Reason::parse(&longer), Err(InvalidReason::TooLong(REASON_CHARACTERS_MAX + 1)));
    }
}
