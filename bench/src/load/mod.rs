//! The pipeline on one machine under load: does accepting stay as fast, and memory as small, however many tasks wait
//! and however many records are kept? And is everything that was accepted handled, in order?

mod plan;
mod disk;
mod client;
mod pace;
mod latency;
mod stage;
mod backlog;
mod alongside;
mod history;
mod slow_disk;
mod order;
mod report;
mod plot;

pub use order::{Violation, violations};
pub use plan::Plan;
pub use plot::plot;
pub use report::Report;

use anyhow::Context;

use crate::machine::Machine;
use backlog::Backlog;
use disk::DiskPace;
use report::Repetition;

/// Measures all that `plan` names, as often as it says.
///
/// # Errors
/// Says what took too long, or which promise was broken.
pub async fn run(plan: &Plan) -> anyhow::Result<Report> {
    let machine = Machine::look(&std::env::temp_dir())?;
    let mut repetitions = Vec::new();
    for number in 1..=plan.repeat {
        plan.tell(&format!("repetition {number} of {}", plan.repeat));
        repetitions.push(repetition(plan).await?);
    }
    Report::new(machine, repetitions)
}

async fn repetition(plan: &Plan) -> anyhow::Result<Repetition> {
    let mut repetition = Repetition::on(DiskPace::measure(&std::env::temp_dir())?);
    for tasks in plan.tasks.iter().copied() {
        let backlog = Backlog { plan, tasks };
        plan.tell(&backlog.name());
        let seen = backlog.measure().await.with_context(|| backlog.name())?;
        repetition.add_backlog(tasks, seen)?;
    }
    plan.tell("behind completed records");
    for history in history::measure(plan).await.context("behind completed records")? {
        repetition.add_history(&history);
    }
    plan.tell("on a slower disk");
    for slow_disk in slow_disk::measure(plan).await.context("on a slower disk")? {
        repetition.add_slow_disk(&slow_disk);
    }
    Ok(repetition)
}
