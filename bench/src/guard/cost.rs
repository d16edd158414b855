//! What our functions cost, in figures that come out the same whenever they are measured.

use std::{collections::BTreeSet, fs, process::Command, time::Duration};

use anyhow::{Context, Result, ensure};

use crate::functions::{Aws, Function, OURS, Place, Subject, event, instructions, invoke};

/// Invocations of which the calls are counted.
const COUNTED: usize = 10;

/// A figure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cost {
    /// Of what.
    pub name: String,
    /// How much.
    pub figure: u64,
    /// How much more of it says nothing, in per cent: another compiler's patch, another C library.
    pub slack_percent: u64,
}

/// Measures all of ours.
///
/// # Errors
/// When a function is missing or does not do what it is for, or valgrind is not there.
pub async fn costs(place: &Place) -> Result<Vec<Cost>> {
    let aws = Aws::start(Duration::ZERO).await?;
    let mut costs = Vec::new();
    for (function, kind) in OURS {
        let subject = place.subject(function, kind)?;
        costs.extend(of_program(&subject, &aws).await.with_context(|| subject.title())?);
    }
    for function in [Function::Api, Function::Processor] {
        costs.push(cost(format!("{}, crates", function.name()), crates(function)?, 0));
    }
    Ok(costs)
}

/// Of each cost the lesser figure of two measurements.
pub fn least(costs: Vec<Cost>, others: Vec<Cost>) -> Vec<Cost> {
    costs
        .into_iter()
        .zip(others)
        .map(|(one, other)| if other.figure < one.figure { other } else { one })
        .collect()
}

fn cost(name: String, figure: u64, slack_percent: u64) -> Cost {
    Cost { name, figure, slack_percent }
}

async fn of_program(subject: &Subject, aws: &Aws) -> Result<[Cost; 4]> {
    let title = subject.title();
    let program = subject.package.first().context("it has no program")?;
    let bytes = fs::metadata(program)?.len();
    let calls = calls(subject, aws).await?;
    let counted = instructions::count(subject, aws).await?;
    Ok([
        cost(format!("{title}, bytes"), bytes, 3),
        cost(format!("{title}, calls of AWS per task"), calls, 0),
        cost(format!("{title}, instructions cold"), counted.cold, 10),
        cost(format!("{title}, instructions warm"), counted.warm, 10),
    ])
}

async fn calls(subject: &Subject, aws: &Aws) -> Result<u64> {
    let event = event(subject, aws).await?;
    let mut function = subject.start(&[], aws).await?;
    let before = aws.calls();
    for _ in 0..COUNTED {
        invoke(&mut function, &event).await?;
    }
    let calls = aws.calls() - before;
    ensure!(calls.is_multiple_of(COUNTED), "{COUNTED} invocations made {calls} calls");
    Ok((calls / COUNTED) as u64)
}

/// How many crates are linked into a function.
fn crates(function: Function) -> Result<u64> {
    let name = function.name();
    let tree = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .args(["tree", "--locked", "--package", &format!("taskline-{name}"), "--features", "lambda"])
        .args(["--edges", "normal", "--prefix", "none", "--format", "{p}"])
        .output()
        .context("failed to run cargo tree")?;
    ensure!(tree.status.success(), "cargo tree: {}", String::from_utf8_lossy(&tree.stderr));
    let tree = String::from_utf8(tree.stdout)?;
    let crates: BTreeSet<_> = tree.lines().map(|line| line.trim_end_matches(" (*)")).collect();
    Ok(crates.len() as u64)
}
