//! `taskline line pause` and `resume`.

use std::time::Duration;

use clap::Args;
use operations::{Action, ChangeError, Performed, Unpaced};
use serde_json::json;
use shared::{AuditEntry, Reason, ports::Switched};

use crate::{
    target::PipelineOperations,
    terminal::{ExitStatus, Format, print_json, progress, say},
};

#[derive(Debug, Args)]
pub struct SwitchArguments {
    /// The reason; stored with the line on this machine
    #[arg(long, value_name = "TEXT", value_parser = Reason::parse)]
    reason: Reason,
}

const TICK: Duration = Duration::from_millis(200);

/// Performs [`Action::PauseLine`] or [`Action::ResumeLine`].
pub async fn switch(
    action: &Action,
    arguments: &SwitchArguments,
    operations: &PipelineOperations,
    format: Format,
) -> anyhow::Result<ExitStatus> {
    let performed = wait(operations.perform(action, &[], &arguments.reason, &mut Unpaced)).await?;
    let changes = operations.line.changes().await?;
    let last = changes.as_deref().and_then(<[AuditEntry]>::last);
    if format == Format::Json {
        print_json(&json!({
            "paused": matches!(action, Action::PauseLine),
            "switched": performed.switched == Some(Switched::Now),
            "last_change": last,
        }))?;
    }
    performed.switch_facts(action, last, changes.is_some()).iter().for_each(say);
    Ok(ExitStatus::Done)
}

/// On AWS a switch takes up to two minutes.
async fn wait(
    switch: impl Future<Output = Result<Performed, ChangeError>>,
) -> Result<Performed, ChangeError> {
    let bar = progress(None, "waiting for the switch");
    bar.enable_steady_tick(TICK);
    let switched = switch.await;
    bar.finish_and_clear();
    switched
}
