//! `taskline line pause` and `resume`: stops deliveries, and lets them go on.

use std::time::Duration;

use serde_json::json;
use shared::{AuditEntry, Reason, ports::PortError};

use crate::{
    pipeline::PipelineDesk,
    terminal::{Format, Outcome, print_json, progress, say},
};

const TICK: Duration = Duration::from_millis(200);

/// Which way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Switch {
    Pause,
    Resume,
}

pub async fn switch(
    to: Switch,
    reason: &Reason,
    desk: &PipelineDesk,
    format: Format,
) -> anyhow::Result<Outcome> {
    match to {
        Switch::Pause => waited_for(desk.pause_line(reason)).await?,
        Switch::Resume => waited_for(desk.resume_line(reason)).await?,
    }
    let changes = desk.line.changes().await?;
    let last = changes.as_deref().and_then(<[AuditEntry]>::last);
    if format == Format::Json {
        print_json(&json!({"paused": to == Switch::Pause, "last_change": last}))?;
    }
    say(match to {
        Switch::Pause => "The line is paused: no new delivery begins. `line resume` lets it go on.",
        Switch::Resume => "The line goes on.",
    });
    match (&changes, last) {
        (None, _) => {
            say("On AWS the reason is not kept; CloudTrail has who switched the event source mapping.")
        }
        (Some(_), Some(last)) if last.reason != reason.as_str() => {
            say(format!("It was so already, {}; nothing was changed.", since(last)));
        }
        (Some(_), _) => {}
    }
    Ok(Outcome::Done)
}

/// Since when, by whom and why.
pub fn since(change: &AuditEntry) -> String {
    format!("since {} by {}: {}", change.at.to_rfc3339(), change.by, change.reason)
}

/// On AWS a switch takes its time, at most a minute or two.
async fn waited_for(switch: impl Future<Output = Result<(), PortError>>) -> Result<(), PortError> {
    let bar = progress(None, "waiting for the switch");
    bar.enable_steady_tick(TICK);
    let switched = switch.await;
    bar.finish_and_clear();
    switched
}
