//! Costs of Taskline's functions that are the same in every measurement.

use std::{collections::BTreeSet, fs, process::Command, time::Duration};

use anyhow::{Context, Result, ensure};

use crate::functions::{Aws, Function, Locations, OURS, Subject, event, instructions, invoke};

/// Over how many invocations calls are counted.
const COUNTED: usize = 10;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cost {
    pub name: String,
    pub figure: u64,
    /// How much more, in percent, is insignificant: the patch of a compiler, another C library.
    pub slack_percent: u64,
}

/// Measures all of Taskline's functions. Fails if one is missing or fails, or if valgrind is missing.
pub async fn costs(locations: &Locations) -> Result<Vec<Cost>> {
    let aws = Aws::start(Duration::ZERO).await?;
    let mut costs = Vec::new();
    for (function, implementation) in OURS {
        let subject = locations.subject(function, implementation)?;
        costs.extend(of_program(&subject, &aws).await.with_context(|| subject.title())?);
    }
    for function in [Function::Api, Function::Processor] {
        costs.push(cost(format!("{}, crates", function.name()), crates(function)?, 0));
    }
    Ok(costs)
}

/// The lower value of two measurements, for each cost.
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
    let program = subject.package.first().context("the function has no program")?;
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

/// How many crates a function contains.
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
