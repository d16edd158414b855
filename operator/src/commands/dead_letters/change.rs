//! Changes many dead letters: asks, performs the action on each task as it was printed, and reports what was refused and why.
//! Ctrl-C stops it between two tasks; the same command run again continues.

use std::{io, ops::ControlFlow, time::Duration};

use indicatif::ProgressBar;
use operations::{Action, Fact, Pace, Performed, Preview, Refused, counted, grouped};
use serde_json::{Value, json};
use tokio::time::{Interval, MissedTickBehavior, interval};

use crate::{
    target::PipelineOperations,
    terminal::{
        Consent, ConsentArguments, ExitStatus, Format, Interrupt, confirm, print_json, progress, say,
    },
};

use super::list::print_preview;

/// How many refused tasks are named one by one.
const SHOWN: usize = 20;

/// How the command line presents an action.
pub struct Change<'a> {
    pub action: &'a Action,
    pub preview: &'a Preview,
    pub question: &'static str,
    /// The limit in tasks per second.
    pub rate: Option<u32>,
    /// The preview as JSON: all that is printed without a yes.
    pub json: Value,
    /// The exit status without a yes.
    pub previewed: ExitStatus,
}

/// Fails if any task was refused or not begun; the others are changed.
pub async fn change(
    change: Change<'_>,
    consent: &ConsentArguments,
    operations: &PipelineOperations,
    format: Format,
) -> anyhow::Result<ExitStatus> {
    let Change { action, preview, .. } = change;
    if format == Format::Text {
        print_preview(&preview.going)?;
    }
    preview.facts.iter().for_each(say);
    if let (Some(per_second), false) = (change.rate, preview.going.is_empty()) {
        say(Fact::Interleaved { per_second });
    }
    say_refused("would be refused", &preview.refused);
    if confirm_unless_empty(&change, consent, format)? == Consent::Withheld {
        if format == Format::Json {
            print_json(&change.json)?;
        }
        return Ok(change.previewed);
    }
    let mut interrupt = Interrupt::listen()?;
    let count = preview.going.len() + preview.refused.len();
    let mut pace = Rate::new(change.rate, count, action.past(), &mut interrupt);
    let performed = operations.perform(action, &preview.going, &consent.reason, &mut pace).await?;
    pace.bar.finish_and_clear();
    // A later command deletes the stale messages that are not deleted now.
    let purged = tokio::select! {
        biased;
        () = interrupt.raised() => 0,
        purged = operations.purge_stale() => purged?,
    };
    report(&performed, action, purged, format)?;
    let is_complete = performed.refused.is_empty() && performed.not_begun.is_empty();
    Ok(if is_complete { ExitStatus::Done } else { ExitStatus::Failed })
}

fn report(performed: &Performed, action: &Action, purged: usize, format: Format) -> io::Result<()> {
    let Performed { done, refused, not_begun, .. } = performed;
    let past = action.past();
    if format == Format::Json {
        print_json(&json!({past: done, "refused": refused, "not_begun": not_begun, "purged": purged}))?;
    }
    say(Fact::Done { tasks: done.len(), past });
    for Refused { task_id, reason, .. } in refused.iter().take(SHOWN) {
        say(format!("Not {past}: {task_id}: {reason}"));
    }
    if refused.len() > SHOWN {
        say_refused(&format!("not {past}"), refused);
    }
    if !not_begun.is_empty() {
        say(format!(
            "Stopped: {} not tried. Run the same command again to continue.",
            counted(not_begun.len(), "task")
        ));
    }
    Ok(())
}

/// Does not ask if nothing would be changed.
fn confirm_unless_empty(
    change: &Change<'_>,
    consent: &ConsentArguments,
    format: Format,
) -> io::Result<Consent> {
    match change.preview.going.is_empty() {
        true if consent.yes => Ok(Consent::Given),
        true => Ok(Consent::Withheld),
        false => confirm(consent.yes, change.question, format),
    }
}

/// Prints how many tasks are refused, by reason.
fn say_refused(what: &str, refused: &[Refused]) {
    if refused.is_empty() {
        return;
    }
    say(format!("{} {what}:", refused.len()));
    for group in grouped(refused) {
        say(format!("  {}", group.in_words()));
    }
}

/// Limits the rate, shows the progress, and stops after Ctrl-C.
struct Rate<'a> {
    bar: ProgressBar,
    ticks: Option<Interval>,
    interrupt: &'a mut Interrupt,
}

impl<'a> Rate<'a> {
    fn new(per_second: Option<u32>, tasks: usize, past: &'static str, interrupt: &'a mut Interrupt) -> Self {
        let mut ticks = per_second.map(|rate| interval(Duration::from_secs(1) / rate));
        ticks.iter_mut().for_each(|ticks| ticks.set_missed_tick_behavior(MissedTickBehavior::Delay));
        Self { bar: progress(Some(tasks as u64), past), ticks, interrupt }
    }
}

impl Pace for Rate<'_> {
    async fn before_next(&mut self) -> ControlFlow<()> {
        let tick = async {
            if let Some(ticks) = &mut self.ticks {
                ticks.tick().await;
            }
        };
        tokio::select! {
            biased;
            () = self.interrupt.raised() => ControlFlow::Break(()),
            () = tick => {
                self.bar.inc(1);
                ControlFlow::Continue(())
            }
        }
    }
}
