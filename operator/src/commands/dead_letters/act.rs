//! The same for every change of many dead letters: ask, act on each as it was shown, report what was refused and why. It can
//! be stopped between any two, and goes on when it is run again.

use operations::{ChangeError, Refused, counted, grouped};
use std::{io, time::Duration};

use serde_json::{Value, json};
use shared::{TaskId, TaskRecord};
use tokio::time::{MissedTickBehavior, interval};

use crate::{
    target::PipelineOperations,
    terminal::{
        Consent, ConsentArguments, Format, Interrupt, Outcome, confirm, in_words, print_json, progress, say,
    },
};

/// How many that were refused are named one by one.
const SHOWN: usize = 20;

/// A change, in the words of its question and of its report.
pub struct Action {
    pub question: &'static str,
    pub done: &'static str,
    /// How many a second at the most.
    pub rate: Option<u32>,
    /// What it would do, as JSON: all that is shown without a yes.
    pub preview: Value,
    /// How many dead letters it would change, unless that changes meanwhile.
    pub going: usize,
    /// How it ends without a yes.
    pub previewed: Outcome,
}

/// What became of the dead letters.
#[derive(Default)]
struct Report {
    done: Vec<TaskId>,
    refused: Vec<Refused>,
}

/// Fails when any dead letter was refused or not come to; the others are done all the same.
pub async fn act(
    action: &Action,
    dead_letters: &[TaskRecord],
    consent: &ConsentArguments,
    operations: &PipelineOperations,
    format: Format,
    change: impl AsyncFn(&TaskRecord) -> Result<TaskRecord, ChangeError>,
) -> anyhow::Result<Outcome> {
    if confirm_unless_empty(consent, action, format)? == Consent::Withheld {
        if format == Format::Json {
            print_json(&action.preview)?;
        }
        return Ok(action.previewed);
    }
    let mut interrupt = Interrupt::listen()?;
    let Report { done, refused } = each(action, dead_letters, &mut interrupt, change).await;
    let not_begun = &dead_letters[done.len() + refused.len()..];
    // What is not purged now is purged by the next command that comes this way.
    let purged = tokio::select! {
        biased;
        () = interrupt.raised() => 0,
        purged = operations.purge_stale() => purged?,
    };
    if format == Format::Json {
        let not_begun: Vec<_> = not_begun.iter().map(|dead_letter| dead_letter.task_id).collect();
        print_json(
            &json!({action.done: done, "refused": refused, "not_begun": not_begun, "purged": purged}),
        )?;
    }
    say(format!("{} {}.", counted(done.len(), "task"), action.done));
    for Refused { task_id, reason, .. } in refused.iter().take(SHOWN) {
        say(format!("Not {}: {task_id}: {reason}", action.done));
    }
    if refused.len() > SHOWN {
        tell_refused(&format!("not {}", action.done), &refused);
    }
    if !not_begun.is_empty() {
        say(format!(
            "Stopped: {} not tried. Run the same command again to continue.",
            counted(not_begun.len(), "task")
        ));
    }
    Ok(if refused.is_empty() && not_begun.is_empty() { Outcome::Done } else { Outcome::Failed })
}

/// Where nothing would be changed there is nothing to ask about.
fn confirm_unless_empty(consent: &ConsentArguments, action: &Action, format: Format) -> io::Result<Consent> {
    match action.going {
        0 if consent.yes => Ok(Consent::Given),
        0 => Ok(Consent::Withheld),
        _ => confirm(consent.yes, action.question, format),
    }
}

/// How many are refused, reason by reason.
pub fn tell_refused(what: &str, refused: &[Refused]) {
    if refused.is_empty() {
        return;
    }
    say(format!("{} {what}:", refused.len()));
    for group in grouped(refused) {
        say(format!("  {}", group.in_words()));
    }
}

/// One after the other. A letter that was begun is seen to its end; between two it can be interrupted.
async fn each(
    action: &Action,
    dead_letters: &[TaskRecord],
    interrupt: &mut Interrupt,
    change: impl AsyncFn(&TaskRecord) -> Result<TaskRecord, ChangeError>,
) -> Report {
    let bar = progress(Some(dead_letters.len() as u64), action.done);
    let mut pace = action.rate.map(|rate| interval(Duration::from_secs(1) / rate));
    pace.iter_mut().for_each(|pace| pace.set_missed_tick_behavior(MissedTickBehavior::Delay));
    let mut report = Report::default();
    for dead_letter in dead_letters {
        let turn = async {
            if let Some(pace) = &mut pace {
                pace.tick().await;
            }
        };
        tokio::select! {
            biased;
            () = interrupt.raised() => break,
            () = turn => {}
        }
        match change(dead_letter).await {
            Ok(_) => report.done.push(dead_letter.task_id),
            Err(error) => report.refused.push(Refused::new(dead_letter, in_words(&error.into()))),
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    report
}
