//! `taskline dead-letters reconcile`.

use serde_json::json;

use crate::{
    pipeline::PipelineDesk,
    terminal::{Consent, Format, Outcome, confirm, print_data, print_json, say},
};

pub async fn reconcile(yes: bool, desk: &PipelineDesk, format: Format) -> anyhow::Result<Outcome> {
    let found = desk.differences().await?;
    match format {
        Format::Json => {
            let differences: Vec<_> = found
                .repairs
                .iter()
                .map(|repair| json!({"task_id": repair.task_id, "difference": repair.difference.describe()}))
                .collect();
            print_json(&json!({"differences": differences, "letters_not_seen": found.letters_not_seen}))?;
        }
        Format::Text => {
            for repair in &found.repairs {
                print_data(format!("{}  {}", repair.task_id, repair.difference.describe()))?;
            }
        }
    }
    if found.letters_not_seen > 0 {
        say(format!(
            "{} letters lie behind the ten that a FIFO queue shows; run it again later.",
            found.letters_not_seen
        ));
    }
    if found.repairs.is_empty() {
        say("The queues and the records agree.");
    } else if confirm(yes, "Put these right?")? == Consent::Given {
        for repair in &found.repairs {
            desk.repair(repair).await?;
        }
        say(format!("{} put right.", found.repairs.len()));
    } else {
        return Ok(Outcome::Done);
    }
    let swept = desk.sweep().await?;
    if swept > 0 {
        say(format!("{swept} letters whose tasks are past it were deleted."));
    }
    Ok(Outcome::Done)
}
