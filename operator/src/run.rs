//! Runs the command that the arguments name.

use ::local::InvalidKeys;
use clap::CommandFactory;
use shared::setting::InvalidSetting;

use crate::{
    advice::advice,
    cli::{Arguments, Command},
    commands::{
        backup, console, dead_letters, held, line,
        local::{self, LocalArguments},
        smoke, submit, task, verify,
    },
    invalid_arguments::InvalidArguments,
    target::{InvalidChoice, PipelineArguments, open},
    terminal::{ExitStatus, Format, in_words, say, unless_unread},
};

/// Runs the command; says on stderr what kept it from being done.
pub async fn run(arguments: Arguments) -> ExitStatus {
    match dispatch(arguments).await {
        Ok(outcome) => outcome,
        Err(error) => {
            say(format!("taskline: {}", in_words(&error)));
            if let Some(advice) = advice(&error) {
                say(advice);
            }
            if is_invalid(&error) { ExitStatus::InvalidArguments } else { ExitStatus::Failed }
        }
    }
}

async fn dispatch(arguments: Arguments) -> anyhow::Result<ExitStatus> {
    let format = if arguments.json { Format::Json } else { Format::Text };
    let Some(command) = arguments.command else {
        if format == Format::Json {
            return Err(InvalidArguments::because(
                "--json says how a command answers: name a command (see --help)",
            )
            .into());
        }
        unless_unread(Arguments::command().print_help())?;
        return Ok(ExitStatus::Done);
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

fn check_directories(given: &LocalArguments, pipeline: &PipelineArguments) -> Result<(), InvalidArguments> {
    match (&given.data, &pipeline.local) {
        (Some(_), Some(_)) => {
            Err(InvalidArguments::because("--local and --data both name the data directory: use one"))
        }
        _ => Ok(()),
    }
}

fn check_addresses(given: &LocalArguments) -> Result<(), InvalidArguments> {
    let address = given.listen.address();
    if address == given.console.address() && address.port() != 0 {
        return Err(InvalidArguments::because(
            "--listen and --console name the same address: give each its own port",
        ));
    }
    Ok(())
}

/// Whether it is wrong whatever the state of the pipeline.
fn is_invalid(error: &anyhow::Error) -> bool {
    error.is::<InvalidChoice>()
        || error.is::<InvalidArguments>()
        || error.is::<InvalidSetting>()
        || error.is::<InvalidKeys>()
}
