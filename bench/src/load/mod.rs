//! The pipeline on one machine under load. Does accepting stay fast and memory small, however many tasks wait and however many
//! records are kept? Is every accepted task handled, in order?

mod options;
mod disk;
mod client;
mod submit;
mod latency;
mod fixture;
mod backlog;
mod alongside;
mod history;
mod slow_disk;
mod order;
mod report;
mod plot;

pub use options::LoadOptions;
pub use order::{OrderViolation, violations};
pub use plot::plot;
pub use report::LoadReport;

use anyhow::Context;

use crate::machine::Machine;
use backlog::Backlog;
use disk::DiskPace;
use report::Repetition;

/// Measures everything in `options`, as often as it says. Fails if a phase takes too long or a promise is broken.
pub async fn run(options: &LoadOptions) -> anyhow::Result<LoadReport> {
    let machine = Machine::detect(&std::env::temp_dir())?;
    let mut repetitions = Vec::new();
    for number in 1..=options.repeat {
        options.report_progress(&format!("repetition {number} of {}", options.repeat));
        repetitions.push(repetition(options).await?);
    }
    LoadReport::new(machine, repetitions)
}

async fn repetition(options: &LoadOptions) -> anyhow::Result<Repetition> {
    let mut repetition = Repetition::on(DiskPace::measure(&std::env::temp_dir())?);
    for tasks in options.tasks.iter().copied() {
        let backlog = Backlog { options, tasks };
        options.report_progress(&backlog.name());
        let result = backlog.measure().await.with_context(|| backlog.name())?;
        repetition.add_backlog(tasks, result)?;
    }
    options.report_progress("with completed records");
    for history in history::measure(options).await.context("with completed records")? {
        repetition.add_history(&history);
    }
    options.report_progress("on a slower disk");
    for slow_disk in slow_disk::measure(options).await.context("on a slower disk")? {
        repetition.add_slow_disk(&slow_disk);
    }
    Ok(repetition)
}
