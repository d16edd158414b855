//! `taskline verify`.

use crate::{
    desk::Violation,
    pipeline::PipelineDesk,
    terminal::{Format, Outcome, print_data, print_json},
};

/// Fails when a promise is broken; an explained exception is none.
pub async fn run(desk: &PipelineDesk, format: Format) -> anyhow::Result<Outcome> {
    let found = desk.verify().await?;
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
    for violation in &found.violations {
        print_data(format!("VIOLATION  {}", describe(violation)))?;
    }
    print_data(match outcome {
        Outcome::Done => "in order: no task began before every task accepted before it had left the line",
        _ => "NOT in order",
    })?;
    Ok(outcome)
}

fn describe(violation: &Violation) -> String {
    match violation {
        Violation::Overtook { task_id, started_at, overtaken, finished_at } => {
            let end = finished_at
                .map_or_else(|| "has not left the line".to_owned(), |at| format!("left it at {at}"));
            format!("{task_id} began at {started_at}, before {overtaken}, which {end}")
        }
        Violation::MissingFromTheLine { task_id, status } => {
            format!("{task_id} is {status}, and the line is empty: see `dead-letters reconcile`")
        }
    }
}
