//! The commands: a folder a noun, a file a verb. Each looks, shows what it found, asks before it changes anything,
//! and says what became of it.

mod advice;
mod amend;
pub mod backup;
mod console;
mod dead_letters;
mod held;
mod input;
mod line;
mod local;
pub mod smoke;
pub mod submit;
mod task;
mod verify;

use ::local::InvalidKeys;
use clap::CommandFactory;
use shared::setting::InvalidSetting;

use crate::{
    arguments::{Arguments, Command, LocalArguments, PipelineArguments},
    misuse::Misused,
    target::{Misuse, open},
    terminal::{Format, Outcome, say, unless_unread},
};

use advice::advice;

/// Runs the command; says on stderr what kept it from being done.
pub async fn run(arguments: Arguments) -> Outcome {
    match dispatch(arguments).await {
        Ok(outcome) => outcome,
        Err(error) => {
            say(format!("taskline: {}", in_words(&error)));
            if let Some(advice) = advice(&error) {
                say(advice);
            }
            if is_misused(&error) { Outcome::Misused } else { Outcome::Failed }
        }
    }
}

async fn dispatch(arguments: Arguments) -> anyhow::Result<Outcome> {
    let format = if arguments.json { Format::Json } else { Format::Text };
    let Some(command) = arguments.command else {
        if format == Format::Json {
            return Err(
                Misused::because("--json says how a command answers: name a command (see --help)").into()
            );
        }
        unless_unread(Arguments::command().print_help())?;
        return Ok(Outcome::Done);
    };
    if let Command::Local(given) = &command {
        check_directories(given, &arguments.pipeline)?;
        check_addresses(given)?;
    }
    let pipeline = arguments.pipeline.choice()?;
    // What reads files or can be misused is given the choice, and opens the pipeline itself afterwards.
    match command {
        Command::Local(given) => local::run(given, pipeline.here()?, format).await,
        Command::Submit(given) => submit::run(given, pipeline, format).await,
        Command::Task(command) => task::run(command, &open(pipeline).await?, format).await,
        Command::Line(command) => line::run(command, &open(pipeline).await?, format).await,
        Command::DeadLetters(command) => dead_letters::run(command, pipeline, format).await,
        Command::Held(command) => held::run(command, pipeline, format).await,
        Command::Backup(given) => backup::run(&given, pipeline, format).await,
        Command::Console(given) => console::run(given, pipeline, format).await,
        Command::Smoke(given) => smoke::run(&given, pipeline, format).await,
        Command::Verify => verify::run(&open(pipeline).await?, format).await,
    }
}

fn check_directories(given: &LocalArguments, pipeline: &PipelineArguments) -> Result<(), Misused> {
    match (&given.data, &pipeline.local) {
        (Some(_), Some(_)) => {
            Err(Misused::because("--local and --data both name the data directory: use one"))
        }
        _ => Ok(()),
    }
}

fn check_addresses(given: &LocalArguments) -> Result<(), Misused> {
    let address = given.listen.address();
    if address == given.console.address() && address.port() != 0 {
        return Err(Misused::because("--listen and --console name the same address: give each its own port"));
    }
    Ok(())
}

/// The error and its causes. What AWS says stands in two of them alike, and is said once.
pub fn in_words(error: &anyhow::Error) -> String {
    let mut words: Vec<String> = error.chain().map(ToString::to_string).collect();
    words.dedup();
    words.join(": ")
}

/// Whether it is wrong whatever the state of the pipeline.
fn is_misused(error: &anyhow::Error) -> bool {
    error.is::<Misuse>() || error.is::<Misused>() || error.is::<InvalidSetting>() || error.is::<InvalidKeys>()
}
