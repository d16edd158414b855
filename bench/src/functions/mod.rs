//! Both Lambda functions beside the same two as they are usually written in Python and Node, and beside a function that
//! does nothing: on one Runtime API, against one stand-in for SQS and DynamoDB behind TLS, in one run.

mod plan;
mod kind;
mod place;
mod subject;
mod aws;
mod awake;
mod certificates;
mod measure;
mod share;
pub(crate) mod instructions;
mod package;
mod figures;
mod goals;
mod report;
mod plot;

pub use place::Place;
pub use plan::Plan;
pub use plot::plot;
pub use report::Report;

pub(crate) use aws::Aws;
pub(crate) use kind::{Function, OURS};
pub(crate) use measure::{event, invoke};
pub(crate) use subject::Subject;

use std::time::Duration;

use anyhow::Context;

use awake::Awake;
use figures::Figures;
use instructions::Instructions;
use kind::{ALL, title};
use measure::Bench;
use package::zipped_bytes;
use report::Measured;

use crate::machine::Machine;

/// Measures all that `plan` names, as often as it says, and counts its instructions.
///
/// # Errors
/// Says which function did not do what it was asked for.
pub async fn run(plan: &Plan) -> anyhow::Result<Report> {
    let machine = Machine::look(&std::env::temp_dir())?;
    let _awake = Awake::keep();
    let bench = Bench {
        aws: Aws::start(Duration::ZERO).await?,
        distant: Aws::start(Duration::from_millis(plan.latency_ms)).await?,
        warm: plan.warm,
    };
    let wanted = ALL.into_iter().filter(|(function, kind)| title(*function, *kind).contains(&plan.only));
    let subjects: Vec<_> =
        wanted.map(|(function, kind)| plan.place.subject(function, kind)).collect::<anyhow::Result<_>>()?;
    let mut samples: Vec<_> = subjects.iter().map(|_| Vec::new()).collect();
    // Side by side: whatever the machine does meanwhile, it does to all.
    for number in 1..=plan.repeat {
        for (subject, samples) in subjects.iter().zip(&mut samples) {
            plan.tell(&format!("repetition {number} of {}: {}", plan.repeat, subject.title()));
            samples.push(bench.measure(subject).await.with_context(|| subject.title())?);
        }
    }
    let mut measured = Measured::empty();
    for (subject, samples) in subjects.iter().zip(samples) {
        let instructions = match plan.instructions {
            true => Some(count(plan, &bench.aws, subject).await?),
            false => None,
        };
        let zipped_bytes = zipped_bytes(&subject.package)?;
        let figures = samples.into_iter().map(|sample| Figures::new(sample, instructions, zipped_bytes));
        measured.add(subject, figures.collect());
    }
    Ok(Report::new(machine, plan, measured))
}

async fn count(plan: &Plan, aws: &Aws, subject: &Subject) -> anyhow::Result<Instructions> {
    plan.tell(&format!("instructions: {}", subject.title()));
    instructions::count(subject, aws).await.with_context(|| subject.title())
}
