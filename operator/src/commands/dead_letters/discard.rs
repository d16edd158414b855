//! `taskline dead-letters discard`.

use shared::TaskRecord;

use crate::{
    arguments::{Consented, Selection},
    pipeline::PipelineDesk,
    terminal::{Format, Outcome, say},
};

use super::{
    act::{Deed, act},
    list::print_preview,
    select::select,
};

const DISCARD: Deed = Deed { question: "Discard them?", done: "discarded", rate: None };

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
    say(format!("{} would be given up for good.", letters.len()));
    let discard = async |letter: &TaskRecord| desk.discard(letter.task_id, &consent.reason).await;
    act(&DISCARD, &letters, consent, desk, format, discard).await
}
