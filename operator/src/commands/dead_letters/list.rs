//! `taskline dead-letters list`.

use std::io;

use serde_json::json;
use shared::{
    TaskRecord, one_line,
    ports::{Cursor, PortError},
};

use crate::{
    arguments::Filter,
    misuse::Misused,
    target::PipelineOperations,
    terminal::{Format, Outcome, print_data, print_json, say, shell_word},
    view::Summary,
};

pub async fn list(
    filter: &Filter,
    after: Option<Cursor>,
    limit: u32,
    operations: &PipelineOperations,
    format: Format,
) -> anyhow::Result<Outcome> {
    let filter = filter.at(operations.clock.now());
    let found = operations.dead_letters(&filter, after, limit as usize).await.map_err(misused_cursor)?;
    match format {
        Format::Json => {
            let dead_letters: Vec<_> = found.dead_letters.iter().map(Summary::from).collect();
            print_json(&json!({"dead_letters": dead_letters, "next": found.next}))?;
        }
        Format::Text => print_table(&found.dead_letters)?,
    }
    match &found.next {
        Some(Cursor(next)) => say(format!("More may follow: the same with --after {}", shell_word(next))),
        None if found.dead_letters.is_empty() => say("There are no dead letters here."),
        None => {}
    }
    Ok(Outcome::Done)
}

/// A cursor is the operator's to bring: one that the store did not give is misused.
fn misused_cursor(error: PortError) -> anyhow::Error {
    match error {
        PortError::Unavailable { what: "the cursor", .. } => {
            Misused::because("--after: this is no cursor that `dead-letters list` gave as the next").into()
        }
        error => error.into(),
    }
}

/// A line a dead letter.
pub fn print_table(dead_letters: &[TaskRecord]) -> io::Result<()> {
    for dead_letter in dead_letters {
        let place =
            dead_letter.first_sequence_number.map_or_else(|| "-".to_owned(), |place| place.to_string());
        let failure = dead_letter.last_failure();
        let why =
            failure.map_or_else(String::new, |f| one_line(&format!("{} {}: {}", f.class, f.code, f.message)));
        let died = dead_letter.finished_at.map_or_else(|| "-".to_owned(), |at| at.to_rfc3339());
        print_data(format!(
            "{place:>8}  {}  {died}  attempt {}  {why}",
            dead_letter.task_id, dead_letter.attempt
        ))?;
    }
    Ok(())
}

/// The first of many lines: a preview is read by a person.
pub fn print_preview(dead_letters: &[TaskRecord]) -> io::Result<()> {
    const SHOWN: usize = 20;
    print_table(&dead_letters[..dead_letters.len().min(SHOWN)])?;
    if dead_letters.len() > SHOWN {
        say(format!("... and {} more.", dead_letters.len() - SHOWN));
    }
    Ok(())
}
