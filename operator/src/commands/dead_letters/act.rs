//! The same for every change of many letters: ask, act on each as it was shown, report what was refused and why.

use serde_json::json;
use shared::{TaskId, TaskRecord};

use crate::{
    arguments::Consented,
    desk::ChangeError,
    pipeline::PipelineDesk,
    terminal::{Consent, Format, Outcome, confirm, print_json, progress, say},
};

use super::super::in_words;

/// A change, in the words of its question and of its report.
pub struct Deed {
    pub question: &'static str,
    pub done: &'static str,
}

/// Fails when any letter was refused; the others are done all the same.
pub async fn act(
    deed: &Deed,
    letters: &[TaskRecord],
    consent: &Consented,
    desk: &PipelineDesk,
    format: Format,
    change: impl AsyncFn(TaskId) -> Result<TaskRecord, ChangeError>,
) -> anyhow::Result<Outcome> {
    if letters.is_empty() || confirm(consent.yes, deed.question)? == Consent::Withheld {
        return Ok(Outcome::Done);
    }
    let bar = progress(Some(letters.len() as u64), deed.done);
    let (mut done, mut refused) = (Vec::new(), Vec::new());
    for letter in letters {
        match change(letter.task_id).await {
            Ok(_) => done.push(letter.task_id),
            Err(error) => refused.push((letter.task_id, in_words(&error.into()))),
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    let swept = desk.sweep().await?;
    if format == Format::Json {
        let refused: Vec<_> =
            refused.iter().map(|(id, reason)| json!({"task_id": id, "reason": reason})).collect();
        print_json(&json!({deed.done: done, "refused": refused, "swept": swept}))?;
    }
    say(format!("{} {}.", done.len(), deed.done));
    for (id, reason) in &refused {
        say(format!("Not {}: {id}: {reason}", deed.done));
    }
    Ok(if refused.is_empty() { Outcome::Done } else { Outcome::Failed })
}
