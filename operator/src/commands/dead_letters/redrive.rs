//! `taskline dead-letters redrive`.

use serde_json::json;
use shared::{Status, TaskRecord, lifecycle::Force};

use crate::{
    arguments::{Consented, Selection},
    desk::RedrivePreview,
    pipeline::PipelineDesk,
    terminal::{Format, Outcome, print_json, say},
    view::Summary,
};

use super::{
    act::{Deed, act},
    list::print_preview,
    select::select,
};

/// How a redrive is to go.
pub struct Manner {
    pub force: Force,
    /// How many a second at the most.
    pub rate: Option<u32>,
}

pub async fn redrive(
    selection: &Selection,
    manner: Manner,
    consent: &Consented,
    desk: &PipelineDesk,
    format: Format,
) -> anyhow::Result<Outcome> {
    let Manner { force, rate } = manner;
    let letters = select(selection, desk).await?;
    let preview = desk.preview_redrive(&letters, force).await?;
    match format {
        Format::Text => print_preview(&letters)?,
        Format::Json if consent.yes => {}
        Format::Json => print_json(&as_json(&letters, &preview))?,
    }
    tell(&letters, &preview, rate);
    let deed = Deed { question: "Redrive them?", done: "redriven", rate };
    let redrive = async |letter: &TaskRecord| match letter.status {
        Status::Redriving => desk.finish_redrive(letter.task_id).await,
        _ => desk.redrive(letter.task_id, force, &consent.reason).await,
    };
    let outcome = act(&deed, &letters, consent, desk, format, redrive).await?;
    if !preview.refused.is_empty() && force == Force::No {
        say("--force redrives also what would fail the same way again.");
    }
    Ok(outcome)
}

fn as_json(letters: &[TaskRecord], preview: &RedrivePreview) -> serde_json::Value {
    let refused = preview.refused.iter();
    let refused = refused.map(|(id, refusal)| json!({"task_id": id, "reason": refusal.to_string()}));
    json!({
        "would_redrive": letters.iter().map(Summary::from).collect::<Vec<_>>(),
        "would_refuse": refused.collect::<Vec<_>>(),
        "overtaken_by": preview.ahead,
        "overtakes": preview.left_behind,
    })
}

fn tell(letters: &[TaskRecord], preview: &RedrivePreview, rate: Option<u32>) {
    let RedrivePreview { refused, ahead, left_behind } = preview;
    let count = letters.len() - refused.len();
    say(format!(
        "{count} would go to the end of the line, in this order. {ahead} that are in it now are handled before them; \
         they overtake {left_behind} dead letters that were accepted earlier and stay."
    ));
    if let Some(rate) = rate {
        say(format!("At {rate} a second, tasks that are accepted meanwhile come between them."));
    }
    if !refused.is_empty() {
        say(format!("{} would be refused, the first because {}.", refused.len(), refused[0].1));
    }
}
