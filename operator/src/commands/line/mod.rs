//! `taskline line`.

mod status;

use std::time::Duration;

use shared::ports::{Line, PortError};

use crate::{
    arguments::LineCommand,
    pipeline::PipelineDesk,
    terminal::{Format, Outcome, progress, say},
};

const TICK: Duration = Duration::from_millis(200);

pub async fn run(command: LineCommand, desk: &PipelineDesk, format: Format) -> anyhow::Result<Outcome> {
    match command {
        LineCommand::Status { watch: false } => status::status(desk, format).await,
        LineCommand::Status { watch: true } => status::watch(desk, format).await,
        LineCommand::Pause => {
            switched(desk.line.pause()).await?;
            say("The line is paused: no new delivery begins. `line resume` lets it go on.");
            Ok(Outcome::Done)
        }
        LineCommand::Resume => {
            switched(desk.line.resume()).await?;
            say("The line goes on.");
            Ok(Outcome::Done)
        }
    }
}

/// On AWS a switch takes its time, at most a minute or two.
async fn switched(switch: impl Future<Output = Result<(), PortError>>) -> Result<(), PortError> {
    let bar = progress(None, "waiting for the switch");
    bar.enable_steady_tick(TICK);
    let switched = switch.await;
    bar.finish_and_clear();
    switched
}
