//! `taskline dead-letters discard`.

use clap::Args;
use operations::counted;
use serde_json::json;
use shared::TaskRecord;

use crate::{
    target::{Choice, open},
    terminal::{ConsentArguments, Format, Outcome, say},
    view::Summary,
};

use super::{
    act::{Action, act},
    list::print_preview,
    select::{Selection, check, select},
};

#[derive(Debug, Args)]
pub struct DiscardArguments {
    #[command(flatten)]
    selection: Selection,
    #[command(flatten)]
    consent: ConsentArguments,
}

pub async fn discard(
    arguments: &DiscardArguments,
    pipeline: Choice,
    format: Format,
) -> anyhow::Result<Outcome> {
    let DiscardArguments { selection, consent } = arguments;
    check(selection)?;
    let operations = &open(pipeline).await?;
    let dead_letters = select(selection, operations).await?;
    if format == Format::Text {
        print_preview(&dead_letters)?;
    }
    match dead_letters.len() {
        0 => say("Nothing to discard."),
        count => say(format!("{} would be discarded: they will never run again.", counted(count, "task"))),
    }
    let preview = json!({"would_discard": dead_letters.iter().map(Summary::from).collect::<Vec<_>>()});
    let action = Action {
        question: "Discard them?",
        done: "discarded",
        rate: None,
        preview,
        going: dead_letters.len(),
        previewed: Outcome::Done,
    };
    let discard =
        async |dead_letter: &TaskRecord| operations.discard(dead_letter.task_id, &consent.reason).await;
    act(&action, &dead_letters, consent, operations, format, discard).await
}
