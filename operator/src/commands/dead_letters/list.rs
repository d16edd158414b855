//! `taskline dead-letters list`.

use std::io;

use clap::Args;
use serde_json::json;
use shared::{
    TaskRecord, one_line,
    ports::{Cursor, PortError},
};

use crate::{
    invalid_arguments::InvalidArguments,
    target::{Choice, open},
    terminal::{ExitStatus, Format, print_data, print_json, say, shell_word},
    view::Summary,
};

use super::select::{FilterArguments, check_ages};

#[derive(Debug, Args)]
pub struct ListArguments {
    #[command(flatten)]
    filter: FilterArguments,
    /// List at most this many
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..))]
    limit: u32,
    /// List those after this cursor, which the previous page printed
    #[arg(long, value_name = "CURSOR", value_parser = |text: &str| Ok::<_, String>(Cursor(text.to_owned())))]
    after: Option<Cursor>,
}

pub async fn list(arguments: &ListArguments, pipeline: Choice, format: Format) -> anyhow::Result<ExitStatus> {
    check_ages(&arguments.filter)?;
    let operations = open(pipeline).await?;
    let filter = arguments.filter.at(operations.clock.now());
    let page = operations.dead_letters(&filter, arguments.after.clone(), arguments.limit as usize).await;
    let found = page.map_err(invalid_cursor)?;
    match format {
        Format::Json => {
            let dead_letters: Vec<_> = found.dead_letters.iter().map(Summary::from).collect();
            print_json(&json!({"dead_letters": dead_letters, "next": found.next}))?;
        }
        Format::Text => print_table(&found.dead_letters)?,
    }
    match &found.next {
        Some(Cursor(next)) => {
            say(format!("More may follow: repeat the command with --after {}", shell_word(next)))
        }
        None if found.dead_letters.is_empty() => say("There are no dead letters here."),
        None => {}
    }
    Ok(ExitStatus::Done)
}

/// The operator passes the cursor. One that the store did not return is an invalid argument.
fn invalid_cursor(error: PortError) -> anyhow::Error {
    match error {
        PortError::InvalidCursor => {
            InvalidArguments::because("--after: this is not a cursor that `dead-letters list` printed").into()
        }
        error => error.into(),
    }
}

/// One line per dead letter.
pub fn print_table(dead_letters: &[TaskRecord]) -> io::Result<()> {
    for dead_letter in dead_letters {
        let position =
            dead_letter.first_sequence_number.map_or_else(|| "-".to_owned(), |number| number.to_string());
        let failure = dead_letter.last_failure();
        let why =
            failure.map_or_else(String::new, |f| one_line(&format!("{} {}: {}", f.class, f.code, f.message)));
        let died = dead_letter.finished_at.map_or_else(|| "-".to_owned(), |at| at.to_rfc3339());
        print_data(format!(
            "{position:>8}  {}  {died}  attempt {}  {why}",
            dead_letter.task_id, dead_letter.attempt
        ))?;
    }
    Ok(())
}

/// The first lines of a table that a person reads before a change.
pub fn print_preview(dead_letters: &[TaskRecord]) -> io::Result<()> {
    const SHOWN: usize = 20;
    print_table(&dead_letters[..dead_letters.len().min(SHOWN)])?;
    if dead_letters.len() > SHOWN {
        say(format!("... and {} more.", dead_letters.len() - SHOWN));
    }
    Ok(())
}
