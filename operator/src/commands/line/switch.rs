//! `taskline line pause` and `resume`: stops deliveries, and lets them go on.

use std::time::Duration;

use clap::Args;
use serde_json::json;
use shared::{
    AuditAction, AuditEntry, Reason,
    ports::{PortError, Switched},
};

use crate::{
    target::PipelineOperations,
    terminal::{Format, Outcome, print_json, progress, say},
};

#[derive(Debug, Args)]
pub struct SwitchArguments {
    /// The reason; stored with the line on this machine
    #[arg(long, value_name = "TEXT", value_parser = Reason::parse)]
    reason: Reason,
}

const TICK: Duration = Duration::from_millis(200);

/// Which way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Switch {
    Pause,
    Resume,
}

pub async fn switch(
    to: Switch,
    arguments: &SwitchArguments,
    operations: &PipelineOperations,
    format: Format,
) -> anyhow::Result<Outcome> {
    let switched = match to {
        Switch::Pause => waited_for(operations.pause_line(&arguments.reason)).await?,
        Switch::Resume => waited_for(operations.resume_line(&arguments.reason)).await?,
    };
    let changes = operations.line.changes().await?;
    let last = changes.as_deref().and_then(<[AuditEntry]>::last);
    if format == Format::Json {
        let is_switched = switched == Switched::Now;
        print_json(&json!({"paused": to == Switch::Pause, "switched": is_switched, "last_change": last}))?;
    }
    say(match to {
        Switch::Pause => "The line is paused: no new delivery begins. `line resume` lets it go on.",
        Switch::Resume => "The line goes on.",
    });
    match switched {
        Switched::Already => say(was_so_already(to, last)),
        Switched::Now if changes.is_none() => {
            say("On AWS the reason is not kept; CloudTrail has who switched the event source mapping.");
        }
        Switched::Now => {}
    }
    Ok(Outcome::Done)
}

/// Another operator may have switched it back since.
fn was_so_already(to: Switch, last: Option<&AuditEntry>) -> String {
    let action = match to {
        Switch::Pause => AuditAction::PauseLine,
        Switch::Resume => AuditAction::ResumeLine,
    };
    let since = last.filter(|last| last.action == action).map(|last| format!(", {}", since(last)));
    let since = since.unwrap_or_default();
    format!("It was so already{since}; nothing was changed, and this reason is not kept.")
}

/// Since when, by whom and why.
pub fn since(change: &AuditEntry) -> String {
    format!("since {} by {}: {}", change.at.to_rfc3339(), change.by, change.reason)
}

/// On AWS a switch takes its time, at most a minute or two.
async fn waited_for(
    switch: impl Future<Output = Result<Switched, PortError>>,
) -> Result<Switched, PortError> {
    let bar = progress(None, "waiting for the switch");
    bar.enable_steady_tick(TICK);
    let switched = switch.await;
    bar.finish_and_clear();
    switched
}
