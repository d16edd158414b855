//! `taskline task`.

mod show;

use crate::{
    arguments::TaskCommand,
    terminal::{Format, Outcome},
};

use super::LocalDesk;

pub use show::print_record;

pub async fn run(command: TaskCommand, desk: &LocalDesk, format: Format) -> anyhow::Result<Outcome> {
    match command {
        TaskCommand::Show { id, watch: false, payload } => show::show(id, payload.into(), desk, format).await,
        TaskCommand::Show { id, watch: true, payload } => show::watch(id, payload.into(), desk, format).await,
    }
}
