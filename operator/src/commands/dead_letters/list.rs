//! `taskline dead-letters list`.

use std::io;

use shared::{TaskRecord, ports::Cursor};

use crate::{
    arguments::Filter,
    pipeline::PipelineDesk,
    terminal::{Format, Outcome, print_data, print_json, say},
    view::Summary,
};

pub async fn list(
    filter: &Filter,
    after: Option<Cursor>,
    limit: u32,
    desk: &PipelineDesk,
    format: Format,
) -> anyhow::Result<Outcome> {
    let filter = filter.at(desk.clock.now());
    let found = desk.dead_letters(&filter, after, limit as usize).await?;
    match format {
        Format::Json => print_json(&found.letters.iter().map(Summary::from).collect::<Vec<_>>())?,
        Format::Text => print_table(&found.letters)?,
    }
    match &found.next {
        Some(Cursor(next)) => say(format!("More may follow: the same with --after {next}")),
        None if found.letters.is_empty() => say("There are no dead letters here."),
        None => {}
    }
    Ok(Outcome::Done)
}

/// A line a letter.
pub fn print_table(letters: &[TaskRecord]) -> io::Result<()> {
    for letter in letters {
        let place = letter.first_sequence_number.map_or_else(|| "-".to_owned(), |place| place.to_string());
        let failure = letter.last_failure();
        let why = failure.map_or_else(String::new, |f| format!("{} {}: {}", f.class, f.code, f.message));
        let died = letter.finished_at.map_or_else(|| "-".to_owned(), |at| at.to_rfc3339());
        print_data(format!("{place:>8}  {}  {died}  attempt {}  {why}", letter.task_id, letter.attempt))?;
    }
    Ok(())
}

/// The first of many lines: a preview is read by a person.
pub fn print_preview(letters: &[TaskRecord]) -> io::Result<()> {
    const SHOWN: usize = 20;
    print_table(&letters[..letters.len().min(SHOWN)])?;
    if letters.len() > SHOWN {
        say(format!("... and {} more.", letters.len() - SHOWN));
    }
    Ok(())
}
