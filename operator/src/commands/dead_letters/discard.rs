//! `taskline dead-letters discard`.

use operations::counted;
use serde_json::json;
use shared::TaskRecord;

use crate::{
    arguments::{Consented, Selection},
    pipeline::PipelineOperations,
    terminal::{Format, Outcome, say},
    view::Summary,
};

use super::{
    act::{Deed, act},
    list::print_preview,
    select::select,
};

pub async fn discard(
    selection: &Selection,
    consent: &Consented,
    operations: &PipelineOperations,
    format: Format,
) -> anyhow::Result<Outcome> {
    let letters = select(selection, operations).await?;
    if format == Format::Text {
        print_preview(&letters)?;
    }
    match letters.len() {
        0 => say("Nothing to discard."),
        count => say(format!("{} would be discarded: they will never run again.", counted(count, "task"))),
    }
    let preview = json!({"would_discard": letters.iter().map(Summary::from).collect::<Vec<_>>()});
    let deed = Deed {
        question: "Discard them?",
        done: "discarded",
        rate: None,
        preview,
        going: letters.len(),
        previewed: Outcome::Done,
    };
    let discard = async |letter: &TaskRecord| operations.discard(letter.task_id, &consent.reason).await;
    act(&deed, &letters, consent, operations, format, discard).await
}
