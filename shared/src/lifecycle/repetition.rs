//! repetition: whether a dead letter would fail the same way again, as far as anybody can know.
//!
//! A failure repeats if neither the task nor its handler changed. Only the handler's own word counts for the latter: a
//! service behind a webhook changes without Taskline's code, and without anybody telling Taskline.

use crate::{FailureClass, HandlerVersion, TaskRecord, Timestamp};

use super::Refusal;

/// What is known of the handler that would run a task now.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PresentHandler {
    /// The version of the code that the pipeline runs; absent where it is not known.
    pub code_version: Option<String>,
    /// What the service that handles tasks told since the failure; absent where no task is known to be completed since.
    pub reported: Option<Told>,
}

/// What a service that handles tasks told by those that it completed since a failure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Told {
    /// A version, with the task that was completed last.
    Version {
        /// Which.
        version: String,
        /// When that task was completed.
        at: Timestamp,
        /// Whether it was a dead letter before. If such a task refused the others by what it told, the first of many that
        /// are redriven would stop them.
        was_redriven: bool,
    },
    /// None with the task that was completed last.
    NoVersion {
        /// What it told last, with another task before that one.
        before: Option<String>,
    },
}

impl Told {
    /// The version that was told last, if one was.
    fn version(&self) -> Option<&str> {
        match self {
            Self::Version { version, .. } => Some(version),
            Self::NoVersion { before } => before.as_deref(),
        }
    }
}

/// Whether a redriven task would fail the same way again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Repetition {
    /// Not as far as is known: the cause may be over, or the task or its handler is another one.
    Unexpected,
    /// If its handler did not change. Whether it did is not known, for this reason.
    Unknown(String),
    /// It would, for this reason.
    Expected(Refusal),
}

/// Judges a dead letter by its last failure.
pub fn repetition(record: &TaskRecord, present: &PresentHandler) -> Repetition {
    let Some(failure) = record.last_failure() else {
        return Repetition::Unexpected;
    };
    let is_amended =
        record.amendment.as_ref().is_some_and(|amendment| amendment.after_attempt >= failure.attempt);
    if !failure.class.is_deterministic() || is_amended {
        return Repetition::Unexpected;
    }
    let expected = |unchanged: String| {
        Repetition::Expected(Refusal::WouldFailAgain { code: failure.code.clone(), unchanged })
    };
    // A panic is one of the code, whatever service handles tasks.
    let is_of_code = matches!(failure.class, FailureClass::Panicked | FailureClass::Undecodable);
    match &failure.handler_version {
        Some(HandlerVersion::Reported(version)) if !is_of_code => match &present.reported {
            Some(told) if told.version().is_some_and(|latest| latest != version) => Repetition::Unexpected,
            Some(Told::Version { at, was_redriven: false, .. }) => {
                let at = at.to_rfc3339();
                expected(format!("the same handler, version {version}, completed another task at {at}"))
            }
            Some(Told::Version { at, was_redriven: true, .. }) => Repetition::Unknown(format!(
                "the handler reported version {version} with this failure, and the same one with a redriven task that it \
                 completed at {}: whether the cause is over is unknown",
                at.to_rfc3339()
            )),
            Some(Told::NoVersion { .. }) => Repetition::Unknown(format!(
                "the handler reported version {version} with this failure, and none with the task that was completed \
                 last: whether it changed is unknown"
            )),
            None => Repetition::Unknown(format!(
                "the handler reported version {version} with this failure, and no version is known since: whether it \
                 changed is unknown"
            )),
        },
        None if !is_of_code => Repetition::Unknown(
            "the handler has not reported a version: whether it changed is unknown".to_owned(),
        ),
        _ => match &present.code_version {
            Some(version) if *version == failure.code_version => {
                expected(format!("the same code, version {version}, still runs"))
            }
            Some(_) => Repetition::Unexpected,
            None => Repetition::Unknown(format!(
                "the code that failed was of version {}: which version runs now is unknown",
                failure.code_version
            )),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        AuditAction, Failure,
        lifecycle::{
            amend,
            fixture::{VERSION, at, dead_lettered, dead_lettered_by, entry, task},
        },
    };

    /// A dead letter that a handler of this version refused at second 2.
    fn failed_by(version: Option<HandlerVersion>) -> TaskRecord {
        let mut dead_letter = dead_lettered();
        dead_letter.failures[0].handler_version = version;
        dead_letter
    }

    fn reported(version: &str) -> Option<HandlerVersion> {
        Some(HandlerVersion::Reported(version.to_owned()))
    }

    fn running(version: &str) -> PresentHandler {
        PresentHandler { code_version: Some(version.to_owned()), reported: None }
    }

    fn having_told(told: Told) -> PresentHandler {
        PresentHandler { reported: Some(told), ..running(VERSION) }
    }

    fn completed_by(version: &str) -> PresentHandler {
        having_told(Told::Version { version: version.to_owned(), at: at(9), was_redriven: false })
    }

    fn is_expected(record: &TaskRecord, present: &PresentHandler) -> bool {
        matches!(repetition(record, present), Repetition::Expected(Refusal::WouldFailAgain { .. }))
    }

    fn is_unknown(record: &TaskRecord, present: &PresentHandler) -> bool {
        matches!(repetition(record, present), Repetition::Unknown(_))
    }

    #[test]
    fn a_handler_that_reports_no_version_may_have_changed() {
        for present in [PresentHandler::default(), running(VERSION), completed_by("1")] {
            assert!(is_unknown(&failed_by(None), &present));
        }
    }

    #[test]
    fn a_handler_that_completed_a_task_since_with_the_same_version_has_not_changed() {
        let dead_letter = failed_by(reported("1"));
        assert!(is_expected(&dead_letter, &completed_by("1")));
        assert_eq!(repetition(&dead_letter, &completed_by("2")), Repetition::Unexpected);
    }

    #[test]
    fn a_redriven_task_tells_that_the_handler_changed_but_stops_no_other() {
        let dead_letter = failed_by(reported("1"));
        let redriven = |version: &str| {
            having_told(Told::Version { version: version.to_owned(), at: at(9), was_redriven: true })
        };
        assert_eq!(repetition(&dead_letter, &redriven("2")), Repetition::Unexpected);
        let Repetition::Unknown(reason) = repetition(&dead_letter, &redriven("1")) else { unreachable!() };
        assert!(reason.contains("the same one with a redriven task"), "{reason}");
    }

    #[test]
    fn a_handler_that_falls_silent_is_judged_by_another_version_that_it_told_before() {
        let dead_letter = failed_by(reported("1"));
        let silent =
            |before: Option<&str>| having_told(Told::NoVersion { before: before.map(str::to_owned) });
        assert_eq!(repetition(&dead_letter, &silent(Some("2"))), Repetition::Unexpected);
        for before in [None, Some("1")] {
            let Repetition::Unknown(reason) = repetition(&dead_letter, &silent(before)) else {
                unreachable!()
            };
            assert!(reason.contains("none with the task that was completed last"), "{reason}");
        }
    }

    #[test]
    fn where_nothing_is_known_to_be_completed_since_nothing_is_known_of_the_present() {
        let Repetition::Unknown(reason) = repetition(&failed_by(reported("1")), &running(VERSION)) else {
            unreachable!()
        };
        assert!(reason.contains("no version is known since"), "{reason}");
    }

    #[test]
    fn a_version_that_a_service_reports_is_never_compared_with_that_of_the_code() {
        assert!(is_unknown(&failed_by(reported(VERSION)), &running(VERSION)));
        assert!(is_unknown(&failed_by(reported("1")), &running("2")));
    }

    #[test]
    fn a_handler_in_the_code_changes_with_the_code() {
        let dead_letter = failed_by(Some(HandlerVersion::OfCode));
        assert!(is_expected(&dead_letter, &running(VERSION)));
        assert_eq!(repetition(&dead_letter, &running("newer")), Repetition::Unexpected);
        assert!(is_unknown(&dead_letter, &PresentHandler::default()));
    }

    #[test]
    fn a_panic_is_one_of_the_code_whatever_version_a_service_reports() {
        for version in [None, reported("1")] {
            let mut dead_letter = dead_lettered_by(FailureClass::Panicked);
            dead_letter.failures[0].handler_version = version;
            assert!(is_expected(&dead_letter, &running(VERSION)));
            assert_eq!(repetition(&dead_letter, &running("newer")), Repetition::Unexpected);
        }
    }

    #[test]
    fn a_cause_that_may_be_over_and_a_task_that_was_amended_are_expected_to_succeed() {
        for class in [FailureClass::Transient, FailureClass::Overran, FailureClass::Crashed] {
            assert_eq!(repetition(&dead_lettered_by(class), &running(VERSION)), Repetition::Unexpected);
        }
        let amended = amend(&dead_lettered(), task("other"), entry(AuditAction::Amend), at(4)).unwrap();
        assert_eq!(repetition(&amended, &running(VERSION)), Repetition::Unexpected);
    }

    #[test]
    fn an_amendment_made_before_the_last_failure_does_not_excuse_it() {
        let mut dead_letter =
            amend(&dead_lettered(), task("other"), entry(AuditAction::Amend), at(4)).unwrap();
        dead_letter.attempt += 1;
        let again = Failure { attempt: dead_letter.attempt, ..dead_letter.failures[0].clone() };
        dead_letter.failures.push(again);
        assert!(is_expected(&dead_letter, &running(VERSION)));
    }
}
