//! `taskline verify`.

use crate::{
    pipeline::PipelineOperations,
    terminal::{Format, Outcome, print_data, print_json},
};
use operations::{CLOCK_TOLERANCE, Doubt, Order, Overtaking, Unproven, Verification, Violation};

/// Fails when a promise is broken; an explained exception is none.
pub async fn run(operations: &PipelineOperations, format: Format) -> anyhow::Result<Outcome> {
    let found = operations.verify().await?;
    let outcome = if found.violations.is_empty() { Outcome::Done } else { Outcome::Failed };
    if format == Format::Json {
        print_json(&found)?;
        return Ok(outcome);
    }
    let (records, completed, waiting) = (found.records, found.completed, found.waiting);
    print_data(format!("{records} records: {completed} completed, {waiting} waiting"))?;
    for exception in &found.exceptions {
        let place = exception.first_sequence_number.map_or_else(|| "-".to_owned(), |place| place.to_string());
        print_data(format!(
            "exception  {} at {place}: {}: {}",
            exception.task_id, exception.status, exception.cause
        ))?;
    }
    for unproven in &found.unproven {
        print_data(format!("unproven   {}", doubtful(unproven)))?;
    }
    for violation in &found.violations {
        print_data(format!("VIOLATION  {}", describe(violation)))?;
    }
    if found.not_judged > 0 {
        let count = found.not_judged;
        print_data(format!(
            "not judged {count} that began, or were sent again, while the records were read"
        ))?;
    }
    print_data(verdict(&found))?;
    Ok(outcome)
}

fn verdict(found: &Verification) -> String {
    let by = match found.order {
        Order::Departures => "by the data file's own count".to_owned(),
        Order::Clocks => {
            format!("by clocks that are taken to differ by {} s at the most", CLOCK_TOLERANCE.num_seconds())
        }
    };
    match (found.violations.len(), found.unproven.len()) {
        (0, 0) => {
            format!("in order: no task began before every task accepted before it had left the line ({by})")
        }
        (0, 1) => format!("in order, but for 1 case that the records can neither prove nor rule out ({by})"),
        (0, unproven) => {
            format!(
                "in order, but for {unproven} cases that the records can neither prove nor rule out ({by})"
            )
        }
        (..) => format!("NOT in order ({by})"),
    }
}

fn describe(violation: &Violation) -> String {
    match violation {
        Violation::Overtook(overtaking) => overtook(overtaking, "began"),
        Violation::MissingFromTheLine { task_id, status } => {
            format!("{task_id} is {status}, and the line is empty: see `dead-letters reconcile`")
        }
    }
}

fn doubtful(unproven: &Unproven) -> String {
    match unproven {
        Unproven::Overtook { overtaking, doubt } => {
            format!("{}: {}", overtook(overtaking, "may have begun"), reason(*doubt))
        }
        Unproven::MissingFromTheLine { task_id, status } => format!(
            "{task_id} is {status}, and the line seems to be empty, by counts that lag behind: see `dead-letters \
             reconcile`"
        ),
    }
}

fn overtook(overtaking: &Overtaking, began: &str) -> String {
    let Overtaking { task_id, started_at, overtaken, finished_at } = overtaking;
    let end = finished_at.map_or_else(|| "has not left the line".to_owned(), |at| format!("left it at {at}"));
    format!("{task_id} {began} at {started_at}, before {overtaken}, which {end}")
}

fn reason(doubt: Doubt) -> String {
    match doubt {
        Doubt::WithinClockTolerance => {
            format!("the two clocks may differ by as much ({} s)", CLOCK_TOLERANCE.num_seconds())
        }
        Doubt::NotedByAnOperator => "the end was noted by the clock of an operator's machine".to_owned(),
        Doubt::WrittenWithoutNumbers => {
            "an earlier version wrote both, with nothing but the time; a clock that was set looks the same"
                .to_owned()
        }
        Doubt::PerhapsMovedBySqs => {
            "the queue may have moved it to the dead-letter queue by itself: see `dead-letters reconcile`"
                .to_owned()
        }
    }
}
