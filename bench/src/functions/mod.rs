//! Measures both Lambda functions beside the same two functions in Python and Node, and beside a function that does nothing: with
//! one Runtime API, one stand-in for SQS and DynamoDB over TLS, in one run.

mod options;
mod implementation;
mod locations;
mod subject;
mod aws;
mod awake;
mod certificates;
mod measure;
mod cpu_share;
pub(crate) mod instructions;
mod package;
mod figures;
mod measurements;
mod goals;
mod report;
mod plot;

pub use locations::Locations;
pub use options::FunctionsOptions;
pub use plot::plot;
pub use report::FunctionsReport;

pub(crate) use aws::Aws;
pub(crate) use implementation::{Function, OURS};
pub(crate) use measure::{event, invoke};
pub(crate) use subject::Subject;

use std::time::Duration;

use anyhow::Context;

use awake::Awake;
use figures::Figures;
use implementation::{ALL, title};
use instructions::Instructions;
use measure::Environment;
use measurements::Measurements;
use package::zipped_bytes;

use crate::machine::Machine;

/// Measures all functions that `options` names, as often as it says, and counts their instructions. Fails if a function does not
/// handle its event.
pub async fn run(options: &FunctionsOptions) -> anyhow::Result<FunctionsReport> {
    let machine = Machine::detect(&std::env::temp_dir())?;
    let _awake = Awake::keep();
    let environment = Environment {
        aws: Aws::start(Duration::ZERO).await?,
        distant: Aws::start(Duration::from_millis(options.latency_ms)).await?,
        warm: options.warm,
    };
    let wanted = ALL
        .into_iter()
        .filter(|(function, implementation)| title(*function, *implementation).contains(&options.only));
    let subjects: Vec<_> = wanted
        .map(|(function, implementation)| options.locations.subject(function, implementation))
        .collect::<anyhow::Result<_>>()?;
    let mut samples: Vec<_> = subjects.iter().map(|_| Vec::new()).collect();
    // In turns, so that the machine's other load affects all functions alike.
    for number in 1..=options.repeat {
        for (subject, samples) in subjects.iter().zip(&mut samples) {
            options.report_progress(&format!(
                "repetition {number} of {}: {}",
                options.repeat,
                subject.title()
            ));
            samples.push(environment.measure(subject).await.with_context(|| subject.title())?);
        }
    }
    let mut measurements = Measurements::empty();
    for (subject, samples) in subjects.iter().zip(samples) {
        let instructions = match options.instructions {
            true => Some(count(options, &environment.aws, subject).await?),
            false => None,
        };
        let zipped_bytes = zipped_bytes(&subject.package)?;
        let figures = samples.into_iter().map(|sample| Figures::new(sample, instructions, zipped_bytes));
        measurements.add(subject, figures.collect());
    }
    Ok(FunctionsReport::new(machine, options, measurements))
}

async fn count(options: &FunctionsOptions, aws: &Aws, subject: &Subject) -> anyhow::Result<Instructions> {
    options.report_progress(&format!("instructions: {}", subject.title()));
    instructions::count(subject, aws).await.with_context(|| subject.title())
}
