//! `taskline dead-letters discard`.

use operations::counted;
use serde_json::json;
use shared::TaskRecord;

use crate::{
    arguments::{Consented, Selection},
    target::PipelineOperations,
    terminal::{Format, Outcome, say},
    view::Summary,
};

use super::{
    act::{Action, act},
    list::print_preview,
    select::select,
};

pub async fn discard(
    selection: &Selection,
    consent: &Consented,
    operations: &PipelineOperations,
    format: Format,
) -> anyhow::Result<Outcome> {
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
