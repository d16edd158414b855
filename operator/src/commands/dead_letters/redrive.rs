//! `taskline dead-letters redrive`.

use serde_json::json;
use shared::{TaskId, lifecycle::Force, ports::Line};

use crate::{
    arguments::{Consented, Selection},
    desk::ChangeError,
    terminal::{Consent, Format, Outcome, confirm, print_json, progress, say},
};

use super::{super::LocalDesk, list::print_table, select::select};

pub async fn redrive(
    selection: &Selection,
    force: bool,
    consent: &Consented,
    desk: &LocalDesk,
    format: Format,
) -> anyhow::Result<Outcome> {
    let letters = select(selection, desk).await?;
    if format == Format::Text {
        print_table(&letters)?;
    }
    let status = desk.line.status().await?;
    let ahead = status.waiting + status.in_flight;
    say(format!(
        "{} would go to the end of the line, in this order, behind {ahead} that wait there now.",
        letters.len()
    ));
    if letters.is_empty() || confirm(consent.yes, "Redrive them?")? == Consent::Withheld {
        return Ok(Outcome::Done);
    }
    let force = if force { Force::Yes } else { Force::No };
    let bar = progress(Some(letters.len() as u64), "redriven");
    let mut redriven = Vec::new();
    let mut refused: Vec<(TaskId, ChangeError)> = Vec::new();
    for letter in &letters {
        match desk.redrive(letter.task_id, force, &consent.reason).await {
            Ok(record) => redriven.push(record.task_id),
            Err(error) => refused.push((letter.task_id, error)),
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    let swept = desk.sweep().await?;
    if format == Format::Json {
        let refused: Vec<_> =
            refused.iter().map(|(id, error)| json!({"task_id": id, "reason": error.to_string()})).collect();
        print_json(&json!({"redriven": redriven, "refused": refused, "swept": swept}))?;
    }
    say(format!("{} redriven.", redriven.len()));
    for (id, error) in &refused {
        say(format!("Not redriven: {id}: {error}"));
    }
    if refused.iter().any(|(_, error)| matches!(error, ChangeError::Refused(_))) {
        say("--force redrives also what would fail the same way again.");
    }
    Ok(if refused.is_empty() { Outcome::Done } else { Outcome::Failed })
}
