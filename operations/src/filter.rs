//! Selects dead letters by their failure, their age and their task.

use shared::{FailureClass, Priority, Status, TaskRecord, Timestamp};
use unicode_normalization::UnicodeNormalization;

/// Selects dead letters that match all members; by default all of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// The class of the last failure.
    pub class: Option<FailureClass>,
    /// The code of the last failure.
    pub code: Option<String>,
    /// Given up at this time or before.
    pub died_before: Option<Timestamp>,
    /// Given up at this time or later.
    pub died_after: Option<Timestamp>,
    pub priority: Option<Priority>,
    pub task_type: Option<String>,
    /// The caller that submitted the task.
    pub submitter: Option<String>,
    /// The title contains this text, ignoring case.
    pub title: Option<String>,
}

impl Filter {
    /// Whether it selects every dead letter.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Whether a record is a dead letter that the filter selects. A task whose redrive was interrupted is a dead letter.
    pub fn admits(&self, record: &TaskRecord) -> bool {
        let Self { class, code, died_before, died_after, priority, task_type, submitter, title } = self;
        let failure = record.last_failure();
        let task = record.task();
        let died = record.finished_at;
        matches!(record.status, Status::DeadLettered | Status::Redriving)
            && class.is_none_or(|wanted| failure.is_some_and(|failure| failure.class == wanted))
            && code.as_ref().is_none_or(|wanted| failure.is_some_and(|failure| failure.code == *wanted))
            && died_before.is_none_or(|moment| died.is_some_and(|died| died <= moment))
            && died_after.is_none_or(|moment| died.is_some_and(|died| died >= moment))
            && priority.is_none_or(|wanted| task.is_some_and(|task| task.priority() == wanted))
            && task_type
                .as_ref()
                .is_none_or(|wanted| task.is_some_and(|task| task.task_type().as_str() == wanted))
            && submitter.as_ref().is_none_or(|wanted| record.submitted_by.as_str() == wanted)
            && title.as_ref().is_none_or(|text| task.is_some_and(|task| contains(task.title(), text)))
    }
}

fn contains(title: &str, text: &str) -> bool {
    folded(title).contains(&folded(text))
}

/// Folds the text for a canonical caseless match (Unicode 3.13, D145): texts that differ only in case or in the composition of
/// their characters become equal. Converting to upper case first unites letters with several lower cases, such as `ς`, and `ß`.
fn folded(text: &str) -> String {
    let upper_case = text.nfd().flat_map(|character| match character {
        // A separate letter, although its upper case is that of `i`.
        'ı' => vec![character],
        _ => character.to_uppercase().collect(),
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
    fn an_empty_filter_selects_every_dead_letter_and_nothing_else() {
        assert!(Filter::default().is_empty());
        for status in Status::ALL {
            let is_dead = matches!(status, Status::DeadLettered | Status::Redriving);
            assert_eq!(Filter::default().admits(&record(status, 1)), is_dead, "{status}");
        }
    }

    #[test]
    fn every_member_of_a_filter_must_match() {
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
            (Filter { task_type: Some("task".to_owned()), ..any() }, true),
            (Filter { task_type: Some("tas".to_owned()), ..any() }, false),
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
    fn a_title_matches_in_any_case_and_composition() {
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
            assert!(contains(title, text), "{title} {text}");
        }
        for (title, text) in [("Cafe", "café"), ("ısı", "isi"), ("abc", "abcd")] {
            assert!(!contains(title, text), "{title} {text}");
        }
    }

    #[test]
    fn an_unknown_property_of_a_dead_letter_matches_no_filter() {
        let nothing_known = undecodable(Status::DeadLettered);
        let any = Filter::default;
        for filter in [
            Filter { class: Some(FailureClass::Undecodable), ..any() },
            Filter { code: Some(String::new()), ..any() },
            Filter { died_before: Some(at(99)), ..any() },
            Filter { died_after: Some(at(0)), ..any() },
            Filter { priority: Some(Priority::High), ..any() },
            Filter { task_type: Some("task".to_owned()), ..any() },
            Filter { title: Some(String::new()), ..any() },
        ] {
            assert!(!filter.admits(&nothing_known), "{filter:?}");
        }
    }
}
