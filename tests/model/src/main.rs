//! `explore`: explores worlds and prints how large they are. If a promise is broken, the shortest path to it is printed.

use std::{
    io::{self, Write},
    process::ExitCode,
    time::Instant,
};

use clap::Parser;
use model::{Settings, explore};

#[derive(Debug, Parser)]
struct Arguments {
    /// The worlds to explore, by name; all of them if none is named
    names: Vec<String>,
    /// How many threads explore a world
    #[arg(long, default_value_t = 1)]
    threads: usize,
}

fn main() -> io::Result<ExitCode> {
    let arguments = Arguments::parse();
    let is_named = |settings: &Settings| {
        arguments.names.is_empty() || arguments.names.iter().any(|name| name == settings.name)
    };
    let mut out = io::stdout().lock();
    let mut explored_any = false;
    for settings in Settings::OF_TESTS.into_iter().chain(Settings::LARGE).filter(is_named) {
        explored_any = true;
        let began = Instant::now();
        let explored = explore(&settings, arguments.threads);
        let (states, steps, depth) = (explored.states, explored.steps, explored.depth);
        let seconds = began.elapsed().as_secs();
        let name = settings.name;
        writeln!(out, "{name:<16} {states:>10} states {steps:>10} steps, depth {depth:>3}, {seconds:>4} s")?;
        if let Some(broken) = explored.broken {
            writeln!(out, "{broken}")?;
            return Ok(ExitCode::FAILURE);
        }
    }
    if !explored_any {
        let names = Settings::OF_TESTS.into_iter().chain(Settings::LARGE).map(|settings| settings.name);
        writeln!(out, "there is no such world; the names are: {}", names.collect::<Vec<_>>().join(", "))?;
        return Ok(ExitCode::FAILURE);
    }
    Ok(ExitCode::SUCCESS)
}
