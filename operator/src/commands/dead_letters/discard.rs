//! `taskline dead-letters discard`.

use serde_json::json;

use crate::{
    arguments::{Consented, Selection},
    terminal::{Consent, Format, Outcome, confirm, print_json, progress, say},
};

use super::{super::LocalDesk, list::print_table, select::select};

pub async fn discard(
    selection: &Selection,
    consent: &Consented,
    desk: &LocalDesk,
    format: Format,
) -> anyhow::Result<Outcome> {
    let letters = select(selection, desk).await?;
    if format == Format::Text {
        print_table(&letters)?;
    }
    say(format!("{} would be given up for good.", letters.len()));
    if letters.is_empty() || confirm(consent.yes, "Discard them?")? == Consent::Withheld {
        return Ok(Outcome::Done);
    }
    let bar = progress(Some(letters.len() as u64), "discarded");
    let mut discarded = Vec::new();
    let mut refused = Vec::new();
    for letter in &letters {
        match desk.discard(letter.task_id, &consent.reason).await {
            Ok(record) => discarded.push(record.task_id),
            Err(error) => refused.push((letter.task_id, error.to_string())),
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    let swept = desk.sweep().await?;
    if format == Format::Json {
        let refused: Vec<_> =
            refused.iter().map(|(id, reason)| json!({"task_id": id, "reason": reason})).collect();
        print_json(&json!({"discarded": discarded, "refused": refused, "swept": swept}))?;
    }
    say(format!("{} discarded.", discarded.len()));
    for (id, reason) in &refused {
        say(format!("Not discarded: {id}: {reason}"));
    }
    Ok(if refused.is_empty() { Outcome::Done } else { Outcome::Failed })
}
