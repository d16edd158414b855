//! A verification in sentences, which the command line and the console print alike.

use serde::Serialize;

use super::{
    CLOCK_TOLERANCE, OrderSource, OrderViolation, Overtaking, TaskException, UnprovenCase, UnprovenReason,
    Verification,
};
use crate::counted;

/// The sentences of a verification.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct VerificationReport {
    /// How many records were read, and how many of their tasks are completed, wait and were not judged.
    pub counts: String,
    /// Whether the order was kept, and what proves it.
    pub verdict: String,
    /// One sentence for each violation.
    pub violations: Vec<String>,
    /// One sentence for each possible violation.
    pub unproven: Vec<String>,
    /// One sentence for each explained exception.
    pub exceptions: Vec<String>,
}

impl From<&Verification> for VerificationReport {
    fn from(found: &Verification) -> Self {
        Self {
            counts: counts(found),
            verdict: verdict(found),
            violations: found.violations.iter().map(violation).collect(),
            unproven: found.unproven.iter().map(unproven_case).collect(),
            exceptions: found.exceptions.iter().map(exception).collect(),
        }
    }
}

fn counts(found: &Verification) -> String {
    let (records, completed, waiting) = (counted(found.records, "record"), found.completed, found.waiting);
    let not_judged = match found.not_judged {
        0 => String::new(),
        count => format!(", {count} not checked because they started, or were sent again, during the check"),
    };
    format!("{records}: {completed} completed, {waiting} waiting{not_judged}")
}

fn verdict(found: &Verification) -> String {
    let by = match found.order {
        OrderSource::Departures => "by the numbers in the data file".to_owned(),
        OrderSource::Clocks => format!("by clocks, with a tolerance of {} s", CLOCK_TOLERANCE.num_seconds()),
    };
    match (found.violations.len(), found.unproven.len()) {
        (0, 0) => {
            format!("in order: no task began before every task accepted before it had left the line ({by})")
        }
        (0, unproven) => format!(
            "in order, except {} that the records neither prove nor rule out ({by})",
            counted(unproven, "case")
        ),
        (violations, _) => format!("NOT in order: {} ({by})", counted(violations, "violation")),
    }
}

fn violation(violation: &OrderViolation) -> String {
    match violation {
        OrderViolation::Overtook(overtaking) => overtook(overtaking, "began"),
        OrderViolation::MissingFromTheLine { task_id, status } => format!(
            "{task_id} is {status}, and the line is empty: `dead-letters reconcile` sends its message again"
        ),
    }
}

fn unproven_case(unproven: &UnprovenCase) -> String {
    match unproven {
        UnprovenCase::Overtook { overtaking, reason } => {
            format!("{}: {}", overtook(overtaking, "may have begun"), explanation(*reason))
        }
        UnprovenCase::MissingFromTheLine { task_id, status } => format!(
            "{task_id} is {status}, and the line seems to be empty, by counts that can be late: `dead-letters \
             reconcile` finds out"
        ),
    }
}

fn exception(exception: &TaskException) -> String {
    let place = exception.first_sequence_number.map_or_else(|| "-".to_owned(), |place| place.to_string());
    format!("{} at {place}: {}: {}", exception.task_id, exception.status, exception.cause)
}

fn overtook(overtaking: &Overtaking, began: &str) -> String {
    let Overtaking { task_id, started_at, overtaken, finished_at } = overtaking;
    let end =
        finished_at.map_or_else(|| "has not left the line".to_owned(), |at| format!("left the line at {at}"));
    format!("{task_id} {began} at {started_at}, before {overtaken}, which {end}")
}

fn explanation(reason: UnprovenReason) -> String {
    match reason {
        UnprovenReason::WithinClockTolerance => {
            format!("the two clocks may differ by this much ({} s)", CLOCK_TOLERANCE.num_seconds())
        }
        UnprovenReason::ByOperatorClock => {
            "the end time comes from the clock of an operator's machine".to_owned()
        }
        UnprovenReason::WrittenWithoutNumbers => {
            "an earlier version of Taskline recorded only times; a clock that was set looks the same"
                .to_owned()
        }
        UnprovenReason::PossiblyMovedBySqs => {
            "SQS may have moved the other task to the dead-letter queue: `dead-letters reconcile` finds out"
                .to_owned()
        }
    }
}

#[cfg(test)]
mod tests {
    use shared::{Status, TaskId, Timestamp};

    use super::*;

    fn task_id(seed: u8) -> TaskId {
        TaskId::fresh(Timestamp::UNIX_EPOCH, &[seed; 10])
    }

    fn overtaking(finished_at: Option<Timestamp>) -> Overtaking {
        Overtaking {
            task_id: task_id(2),
            started_at: Timestamp::UNIX_EPOCH,
            overtaken: task_id(1),
            finished_at,
        }
    }

    #[test]
    fn the_verdict_names_the_evidence_for_the_order() {
        let mut found =
            Verification { records: 1_200, completed: 1_199, waiting: 1, ..Verification::default() };
        let report = VerificationReport::from(&found);
        assert_eq!(report.counts, "1,200 records: 1199 completed, 1 waiting");
        assert!(report.verdict.starts_with("in order: no task began"), "{}", report.verdict);
        assert!(report.verdict.ends_with("(by clocks, with a tolerance of 1 s)"), "{}", report.verdict);
        found.order = OrderSource::Departures;
        assert!(VerificationReport::from(&found).verdict.ends_with("(by the numbers in the data file)"));
    }

    #[test]
    fn violations_and_unproven_cases_are_counted_in_the_verdict_and_explained() {
        let reason = UnprovenReason::WithinClockTolerance;
        let mut found = Verification {
            not_judged: 2,
            unproven: vec![UnprovenCase::Overtook {
                overtaking: overtaking(Some(Timestamp::UNIX_EPOCH)),
                reason,
            }],
            ..Verification::default()
        };
        let report = VerificationReport::from(&found);
        assert!(
            report
                .counts
                .ends_with("2 not checked because they started, or were sent again, during the check")
        );
        assert!(report.verdict.starts_with("in order, except 1 case that"), "{}", report.verdict);
        let epoch = "1970-01-01 00:00:00 UTC";
        assert_eq!(
            report.unproven,
            [format!(
                "{} may have begun at {epoch}, before {}, which left the line at {epoch}: the two clocks may differ by \
                 this much (1 s)",
                task_id(2),
                task_id(1)
            )]
        );
        found.violations = vec![
            OrderViolation::Overtook(overtaking(None)),
            OrderViolation::MissingFromTheLine { task_id: task_id(3), status: Status::Accepted },
        ];
        let report = VerificationReport::from(&found);
        assert!(report.verdict.starts_with("NOT in order: 2 violations ("), "{}", report.verdict);
        assert!(report.violations[0].ends_with("which has not left the line"), "{}", report.violations[0]);
        assert!(report.violations[1].contains("is accepted, and the line is empty"));
    }
}
