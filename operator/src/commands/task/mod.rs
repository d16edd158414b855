//! `taskline task`.

mod show;

use crate::{
    arguments::TaskCommand,
    target::PipelineOperations,
    terminal::{Format, Outcome},
};

pub use show::print_record;

pub async fn run(
    command: TaskCommand,
    operations: &PipelineOperations,
    format: Format,
) -> anyhow::Result<Outcome> {
    match command {
        TaskCommand::Show { id, watch: false, payload } => {
            show::show(id, payload.into(), operations, format).await
        }
        TaskCommand::Show { id, watch: true, payload } => {
            show::watch(id, payload.into(), operations, format).await
        }
    }
}
