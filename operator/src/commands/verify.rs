//! `taskline verify`.

use crate::{
    target::PipelineOperations,
    terminal::{ExitStatus, Format, print_data, print_json},
};
use operations::{
    CLOCK_TOLERANCE, OrderSource, OrderViolation, Overtaking, UnprovenCase, UnprovenReason, Verification,
    counted,
};

/// Fails if the order was violated. An explained exception is no violation.
pub async fn run(operations: &PipelineOperations, format: Format) -> anyhow::Result<ExitStatus> {
    let found = operations.verify().await?;
    let outcome = if found.violations.is_empty() { ExitStatus::Done } else { ExitStatus::Failed };
    if format == Format::Json {
        print_json(&found)?;
        return Ok(outcome);
    }
    let (records, completed, waiting) = (found.records, found.completed, found.waiting);
    print_data(format!("{}: {completed} completed, {waiting} waiting", counted(records, "record")))?;
    for exception in &found.exceptions {
        let place = exception.first_sequence_number.map_or_else(|| "-".to_owned(), |place| place.to_string());
        print_data(format!(
            "exception  {} at {place}: {}: {}",
            exception.task_id, exception.status, exception.cause
        ))?;
    }
    for unproven in &found.unproven {
        print_data(format!("unproven   {}", unproven_case(unproven)))?;
    }
    for violation in &found.violations {
        print_data(format!("VIOLATION  {}", describe(violation)))?;
    }
    if found.not_judged > 0 {
        let count = found.not_judged;
        print_data(format!(
            "not checked {count} that started, or were sent again, while the records were read"
        ))?;
    }
    print_data(verdict(&found))?;
    Ok(outcome)
}

fn verdict(found: &Verification) -> String {
    let by = match found.order {
        OrderSource::Departures => "by the numbers in the data file".to_owned(),
        OrderSource::Clocks => {
            format!("by clocks, with a tolerance of {} s", CLOCK_TOLERANCE.num_seconds())
        }
    };
    match (found.violations.len(), found.unproven.len()) {
        (0, 0) => {
            format!("in order: no task began before every task accepted before it had left the line ({by})")
        }
        (0, 1) => format!("in order, except 1 case that the records neither prove nor rule out ({by})"),
        (0, unproven) => {
            format!("in order, except {unproven} cases that the records neither prove nor rule out ({by})")
        }
        (..) => format!("NOT in order ({by})"),
    }
}

fn describe(violation: &OrderViolation) -> String {
    match violation {
        OrderViolation::Overtook(overtaking) => overtook(overtaking, "began"),
        OrderViolation::MissingFromTheLine { task_id, status } => {
            format!("{task_id} is {status}, and the line is empty: see `dead-letters reconcile`")
        }
    }
}

fn unproven_case(unproven: &UnprovenCase) -> String {
    match unproven {
        UnprovenCase::Overtook { overtaking, reason } => {
            format!("{}: {}", overtook(overtaking, "may have begun"), reason_in_words(*reason))
        }
        UnprovenCase::MissingFromTheLine { task_id, status } => format!(
            "{task_id} is {status}, and the line seems to be empty, by counts that lag behind: see `dead-letters \
             reconcile`"
        ),
    }
}

fn overtook(overtaking: &Overtaking, began: &str) -> String {
    let Overtaking { task_id, started_at, overtaken, finished_at } = overtaking;
    let end =
        finished_at.map_or_else(|| "has not left the line".to_owned(), |at| format!("left the line at {at}"));
    format!("{task_id} {began} at {started_at}, before {overtaken}, which {end}")
}

fn reason_in_words(reason: UnprovenReason) -> String {
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
            "SQS may have moved it to the dead-letter queue: see `dead-letters reconcile`".to_owned()
        }
    }
}
