//! `taskline dead-letters list`.

use std::io;

use shared::TaskRecord;

use crate::{
    arguments::Filter,
    pipeline::PipelineDesk,
    terminal::{Format, Outcome, print_data, print_json, say},
    view::Summary,
};

use super::select::is_dead_letter;

pub async fn list(
    filter: &Filter,
    limit: usize,
    desk: &PipelineDesk,
    format: Format,
) -> anyhow::Result<Outcome> {
    let one_more = limit.saturating_add(1);
    let mut letters = desk.needing_a_person(one_more, |record| is_dead_letter(record, filter)).await?;
    let is_cut = letters.len() > limit;
    letters.truncate(limit);
    match format {
        Format::Json => print_json(&letters.iter().map(Summary::from).collect::<Vec<_>>())?,
        Format::Text => print_table(&letters)?,
    }
    if is_cut {
        say(format!("There are more than {limit}; --limit shows more."));
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
    if letters.is_empty() {
        say("There are no dead letters.");
    }
    Ok(())
}
