//! `taskline dead-letters discard`.

use serde_json::json;
use shared::TaskRecord;

use crate::{
    arguments::{Consented, Selection},
    pipeline::PipelineDesk,
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
    desk: &PipelineDesk,
    format: Format,
) -> anyhow::Result<Outcome> {
    let letters = select(selection, desk).await?;
    if format == Format::Text {
        print_preview(&letters)?;
    }
    match letters.len() {
        0 => say("Nothing to discard."),
        count => say(format!("{count} would be given up for good.")),
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
    let discard = async |letter: &TaskRecord| desk.discard(letter.task_id, &consent.reason).await;
    act(&deed, &letters, consent, desk, format, discard).await
}
