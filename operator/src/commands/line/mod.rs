//! `taskline line`.

mod status;

use shared::ports::Line;

use crate::{
    arguments::LineCommand,
    terminal::{Format, Outcome, say},
};

use super::LocalDesk;

pub async fn run(command: LineCommand, desk: &LocalDesk, format: Format) -> anyhow::Result<Outcome> {
    match command {
        LineCommand::Status => status::status(desk, format).await,
        LineCommand::Pause => {
            desk.line.pause().await?;
            say("The line is paused: no new delivery begins. `line resume` lets it go on.");
            Ok(Outcome::Done)
        }
        LineCommand::Resume => {
            desk.line.resume().await?;
            say("The line goes on.");
            Ok(Outcome::Done)
        }
    }
}
