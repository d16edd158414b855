//! `simulate`: runs any number of seeds. A seed that breaks a promise is shrunk, and its run is printed.

use std::{
    collections::BTreeMap,
    io::{self, Write},
    process::ExitCode,
};

use clap::Parser;
use simulation::{Plan, keep_panics_quiet, run, shrink};

#[derive(Debug, Parser)]
struct Arguments {
    /// How many seeds
    #[arg(long, default_value_t = 1_000)]
    seeds: u64,
    /// The first
    #[arg(long, default_value_t = 0)]
    from: u64,
}

fn main() -> io::Result<ExitCode> {
    let arguments = Arguments::parse();
    keep_panics_quiet();
    let mut out = io::stdout().lock();
    let (mut faults, mut statuses) = (BTreeMap::new(), BTreeMap::new());
    let (mut handled, mut completed_at_once, mut renewals, mut cancelled) = (0, 0, 0, 0);
    for seed in arguments.from..arguments.from.saturating_add(arguments.seeds) {
        let plan = Plan::of(seed);
        let seen = run(&plan);
        if !seen.violations.is_empty() {
            tell(&mut out, &plan)?;
            writeln!(out, "seed {seed} breaks a promise: {}", seen.violations.join("; "))?;
            return Ok(ExitCode::FAILURE);
        }
        handled += seen.handled;
        completed_at_once += seen.completed_at_once;
        renewals += seen.renewals;
        cancelled += seen.cancelled_during.len();
        seen.faults.iter().for_each(|(fault, times)| *faults.entry(*fault).or_insert(0) += times);
        seen.statuses.iter().for_each(|(status, times)| *statuses.entry(*status).or_insert(0) += times);
    }
    writeln!(out, "faults {faults:?}\nstatuses {statuses:?}")?;
    writeln!(
        out,
        "{} seeds from {}: {handled} runs of the handler ({renewals} renewals, {cancelled} cancelled), \
         {completed_at_once} completions without, no promise broken",
        arguments.seeds, arguments.from
    )?;
    Ok(ExitCode::SUCCESS)
}

/// The trace of the smallest plan that still breaks a promise.
fn tell(out: &mut impl Write, plan: &Plan) -> io::Result<()> {
    let smallest = shrink(plan);
    for line in run(&smallest).trace {
        writeln!(out, "{line}")?;
    }
    writeln!(out, "{smallest:?}")
}
