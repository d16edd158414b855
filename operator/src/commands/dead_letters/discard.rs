//! `taskline dead-letters discard`.

use clap::Args;
use operations::Action;
use serde_json::json;

use crate::{
    target::{Choice, open},
    terminal::{ConsentArguments, ExitStatus, Format},
    view::Summary,
};

use super::{
    change::{Change, change},
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
) -> anyhow::Result<ExitStatus> {
    let DiscardArguments { selection, consent } = arguments;
    check(selection)?;
    let operations = &open(pipeline).await?;
    let dead_letters = select(selection, operations).await?;
    let task_ids = dead_letters.iter().map(|dead_letter| dead_letter.task_id).collect();
    let action = Action::Discard { task_ids };
    let preview = operations.preview(&action, &dead_letters).await?;
    let discard = Change {
        action: &action,
        preview: &preview,
        question: "Discard them?",
        rate: None,
        json: json!({"would_discard": preview.going.iter().map(Summary::from).collect::<Vec<_>>()}),
        previewed: ExitStatus::Done,
    };
    change(discard, consent, operations, format).await
}
