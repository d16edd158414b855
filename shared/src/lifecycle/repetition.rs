//! repetition: whether a dead letter would fail the same way again.
//!
//! A deterministic failure repeats if neither the task nor its handler has changed. Only the version that the handler reports
//! tells whether it has changed: a service behind a webhook is deployed independently of Taskline.

use crate::{FailureClass, HandlerVersion, TaskRecord, Timestamp};

use super::Refusal;

/// What is known about the handler that would run a task now.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PresentHandler {
    /// The version of the binary that the pipeline runs; absent if it is unknown.
    pub code_version: Option<String>,
    /// The version that the handler's service reported since the failure; absent if no completed task since is known.
    pub reported: Option<ReportedVersion>,
}

/// The version that the handler's service reported with the tasks that it completed since a failure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReportedVersion {
    /// It reported a version with the last completed task.
    Known {
        /// The version.
        version: String,
        /// When that task was completed.
        at: Timestamp,
        /// Whether that task was redriven. A redriven task does not prove that the others would fail: else the first of many
        /// redriven tasks would block the rest.
        was_redriven: bool,
    },
    /// It reported no version with the last completed task.
    Missing {
        /// The version that it reported last, with an earlier task.
        before: Option<String>,
    },
}

impl ReportedVersion {
    /// The version that was reported last, if any.
    fn version(&self) -> Option<&str> {
        match self {
            Self::Known { version, .. } => Some(version),
            Self::Missing { before } => before.as_deref(),
        }
    }
}

/// Whether a redriven task would fail the same way again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Repetition {
    /// Not expected: the cause may be over, or the task or its handler has changed.
    Unexpected,
    /// Unknown whether the handler has changed, for this reason.
    Unknown(String),
    /// Expected, for this reason.
    Expected(Refusal),
}

/// Decides by the last failure of a dead letter.
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
    // A panic comes from the binary, not from the handler's service.
    let is_of_code = matches!(failure.class, FailureClass::Panicked | FailureClass::Undecodable);
    match &failure.handler_version {
        Some(HandlerVersion::Reported(version)) if !is_of_code => match &present.reported {
            Some(reported) if reported.version().is_some_and(|latest| latest != version) => {
                Repetition::Unexpected
            }
            Some(ReportedVersion::Known { at, was_redriven: false, .. }) => {
                let at = at.to_rfc3339();
                expected(format!("the same handler, version {version}, completed another task at {at}"))
            }
            Some(ReportedVersion::Known { at, was_redriven: true, .. }) => Repetition::Unknown(format!(
                "the handler reported version {version} with this failure, and the same one with a redriven task that it \
                 completed at {}: whether the cause is over is unknown",
                at.to_rfc3339()
            )),
            Some(ReportedVersion::Missing { .. }) => Repetition::Unknown(format!(
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

    /// A dead letter that a handler of this version failed at second 2.
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

    fn having_reported(version: ReportedVersion) -> PresentHandler {
        PresentHandler { reported: Some(version), ..running(VERSION) }
    }

    fn completed_by(version: &str) -> PresentHandler {
        having_reported(ReportedVersion::Known {
            version: version.to_owned(),
            at: at(9),
            was_redriven: false,
        })
    }

    fn is_expected(record: &TaskRecord, present: &PresentHandler) -> bool {
        matches!(repetition(record, present), Repetition::Expected(Refusal::WouldFailAgain { .. }))
    }

    fn is_unknown(record: &TaskRecord, present: &PresentHandler) -> bool {
        matches!(repetition(record, present), Repetition::Unknown(_))
    }

    #[test]
    fn a_handler_that_reports_no_version_is_unknown() {
        for present in [PresentHandler::default(), running(VERSION), completed_by("1")] {
            assert!(is_unknown(&failed_by(None), &present));
        }
    }

    #[test]
    fn a_handler_that_reported_the_same_version_since_has_not_changed() {
        let dead_letter = failed_by(reported("1"));
        assert!(is_expected(&dead_letter, &completed_by("1")));
        assert_eq!(repetition(&dead_letter, &completed_by("2")), Repetition::Unexpected);
    }

    #[test]
    fn a_redriven_task_proves_a_change_but_not_that_others_fail() {
        let dead_letter = failed_by(reported("1"));
        let redriven = |version: &str| {
            having_reported(ReportedVersion::Known {
                version: version.to_owned(),
                at: at(9),
                was_redriven: true,
            })
        };
        assert_eq!(repetition(&dead_letter, &redriven("2")), Repetition::Unexpected);
        let Repetition::Unknown(reason) = repetition(&dead_letter, &redriven("1")) else { unreachable!() };
        assert!(reason.contains("the same one with a redriven task"), "{reason}");
    }

    #[test]
    fn a_handler_that_stops_reporting_is_judged_by_its_last_reported_version() {
        let dead_letter = failed_by(reported("1"));
        let silent = |before: Option<&str>| {
            having_reported(ReportedVersion::Missing { before: before.map(str::to_owned) })
        };
        assert_eq!(repetition(&dead_letter, &silent(Some("2"))), Repetition::Unexpected);
        for before in [None, Some("1")] {
            let Repetition::Unknown(reason) = repetition(&dead_letter, &silent(before)) else {
                unreachable!()
            };
            assert!(reason.contains("none with the task that was completed last"), "{reason}");
        }
    }

    #[test]
    fn without_a_completed_task_since_the_handler_is_unknown() {
        let Repetition::Unknown(reason) = repetition(&failed_by(reported("1")), &running(VERSION)) else {
            unreachable!()
        };
        assert!(reason.contains("no version is known since"), "{reason}");
    }

    #[test]
    fn a_reported_version_is_never_compared_with_the_version_of_the_code() {
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
    fn a_panic_is_judged_by_the_version_of_the_code() {
        for version in [None, reported("1")] {
            let mut dead_letter = dead_lettered_by(FailureClass::Panicked);
            dead_letter.failures[0].handler_version = version;
            assert!(is_expected(&dead_letter, &running(VERSION)));
            assert_eq!(repetition(&dead_letter, &running("newer")), Repetition::Unexpected);
        }
    }

    #[test]
    fn a_temporary_cause_and_an_amended_task_are_not_expected_to_repeat() {
        for class in FailureClass::ALL.into_iter().filter(|class| !class.is_deterministic()) {
            assert_eq!(repetition(&dead_lettered_by(class), &running(VERSION)), Repetition::Unexpected);
        }
        let amended = amend(&dead_lettered(), task("other"), entry(AuditAction::Amend), at(4)).unwrap();
        assert_eq!(repetition(&amended, &running(VERSION)), Repetition::Unexpected);
    }

    #[test]
    fn an_amendment_before_the_last_failure_does_not_count() {
        let mut dead_letter =
            amend(&dead_lettered(), task("other"), entry(AuditAction::Amend), at(4)).unwrap();
        dead_letter.attempt += 1;
        let again = Failure { attempt: dead_letter.attempt, ..dead_letter.failures[0].clone() };
        dead_letter.failures.push(again);
        assert!(is_expected(&dead_letter, &running(VERSION)));
    }
}
