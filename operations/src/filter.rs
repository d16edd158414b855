//! Which dead letters: by what they failed of, how long they are dead, and what is known of their tasks.

use shared::{FailureClass, Priority, Status, TaskRecord, Timestamp};
use unicode_normalization::UnicodeNormalization;

/// Lets a dead letter through that is all that is asked for; by default every one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Its last failure is of this class.
    pub class: Option<FailureClass>,
    /// Its last failure is of this code.
    pub code: Option<String>,
    /// It was given up before.
    pub died_before: Option<Timestamp>,
    /// It was given up after.
    pub died_after: Option<Timestamp>,
    /// Its task is of this priority.
    pub priority: Option<Priority>,
    /// This caller submitted it.
    pub submitter: Option<String>,
    /// Its title holds this text, in whatever case.
    pub title: Option<String>,
}

impl Filter {
    /// Whether it asks for nothing in particular.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Whether a record is a dead letter that is let through. One whose redrive was interrupted is.
    pub fn admits(&self, record: &TaskRecord) -> bool {
        let Self { class, code, died_before, died_after, priority, submitter, title } = self;
        let failure = record.last_failure();
        let task = record.task();
        let died = record.finished_at;
        matches!(record.status, Status::DeadLettered | Status::Redriving)
            && class.is_none_or(|wanted| failure.is_some_and(|failure| failure.class == wanted))
            && code.as_ref().is_none_or(|wanted| failure.is_some_and(|failure| failure.code == *wanted))
            && died_before.is_none_or(|moment| died.is_some_and(|died| died <= moment))
            && died_after.is_none_or(|moment| died.is_some_and(|died| died >= moment))
            && priority.is_none_or(|wanted| task.is_some_and(|task| task.priority() == wanted))
            && submitter.as_ref().is_none_or(|wanted| record.submitted_by.as_str() == wanted)
            && title.as_ref().is_none_or(|text| task.is_some_and(|task| holds(task.title(), text)))
    }
}

fn holds(title: &str, text: &str) -> bool {
    folded(title).contains(&folded(text))
}

/// The same for texts that differ in case, or in how their letters are composed, and in nothing else: a canonical caseless
/// match (Unicode 3.13, D145). Upper case first joins what has one lower case too many, such as `ς` and `ß`.
fn folded(text: &str) -> String {
    let upper_case = text.nfd().flat_map(|dead_letter| match dead_letter {
        // Its upper case is that of `i`, and it is another letter.
        'ı' => vec![dead_letter],
        _ => dead_letter.to_uppercase().collect(),
    });
    upper_case.flat_map(char::to_lowercase).nfc().collect()
}

#[cfg(test)]
mod tests {
    use shared::lifecycle::record_native_dead_letter;

    use super::*;
    use crate::fixture::{at, record, undecodable};

    /// Given up at second 9, for a failure of class crashed.
    fn dead_letter() -> TaskRecord {
        record_native_dead_letter(&record(Status::Processing, 1), "ann", at(9)).unwrap()
    }

    #[test]
    fn a_filter_that_asks_for_nothing_admits_every_dead_letter_and_nothing_else() {
        assert!(Filter::default().is_empty());
        for status in Status::ALL {
            let is_dead = matches!(status, Status::DeadLettered | Status::Redriving);
            assert_eq!(Filter::default().admits(&record(status, 1)), is_dead, "{status}");
        }
    }

    #[test]
    fn each_thing_asked_for_must_be_so() {
        let any = Filter::default;
        let asked = [
            (Filter { class: Some(FailureClass::Crashed), ..any() }, true),
            (Filter { class: Some(FailureClass::Permanent), ..any() }, false),
            (Filter { code: Some("receive_count_exceeded".to_owned()), ..any() }, true),
            (Filter { code: Some("receive_count".to_owned()), ..any() }, false),
            (Filter { died_before: Some(at(9)), ..any() }, true),
            (Filter { died_before: Some(at(8)), ..any() }, false),
            (Filter { died_after: Some(at(9)), ..any() }, true),
            (Filter { died_after: Some(at(10)), ..any() }, false),
            (Filter { priority: Some(Priority::High), ..any() }, true),
            (Filter { priority: Some(Priority::Low), ..any() }, false),
            (Filter { submitter: Some("local".to_owned()), ..any() }, true),
            (Filter { submitter: Some("loca".to_owned()), ..any() }, false),
            (Filter { title: Some("the PLANTS".to_owned()), ..any() }, true),
            (Filter { title: Some("animals".to_owned()), ..any() }, false),
        ];
        for (filter, admits) in asked {
            assert_eq!(filter.admits(&dead_letter()), admits, "{filter:?}");
            assert!(!filter.is_empty());
            assert!(!filter.admits(&record(Status::Completed, 1)), "{filter:?}");
        }
    }

    #[test]
    fn a_title_is_found_in_whatever_case_and_however_its_letters_are_composed() {
        for (title, text) in [
            ("Café Noir", "cafe\u{301}"),
            ("Cafe\u{301} Noir", "CAFÉ"),
            ("Große Straße", "STRASSE"),
            ("GROSSE STRASSE", "straße"),
            ("ΟΔΟΣ", "οδος"),
            ("οδός", "ΟΔΌΣ"),
            ("İstanbul", "İSTANBUL"),
            ("\u{FB01}sh", "FISH"),
            ("한글", "\u{1112}\u{1161}\u{11AB}"),
            ("\u{1E69}", "S\u{307}\u{323}"),
        ] {
            assert!(holds(title, text), "{title} {text}");
        }
        for (title, text) in [("Cafe", "café"), ("ısı", "isi"), ("abc", "abcd")] {
            assert!(!holds(title, text), "{title} {text}");
        }
    }

    #[test]
    fn what_is_not_known_of_a_dead_letter_is_not_what_is_asked_for() {
        let nothing_known = undecodable(Status::DeadLettered);
        let any = Filter::default;
        for filter in [
            Filter { class: Some(FailureClass::Undecodable), ..any() },
            Filter { code: Some(String::new()), ..any() },
            Filter { died_before: Some(at(99)), ..any() },
            Filter { died_after: Some(at(0)), ..any() },
            Filter { priority: Some(Priority::High), ..any() },
            Filter { title: Some(String::new()), ..any() },
        ] {
            assert!(!filter.admits(&nothing_known), "{filter:?}");
        }
    }
}
