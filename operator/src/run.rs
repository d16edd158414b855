//! Runs the command that the arguments name.

use ::local::InvalidKeys;
use clap::CommandFactory;
use shared::setting::InvalidSetting;

use crate::{
    advice::advice,
    cli::{Arguments, Command},
    commands::{
        backup, console, dead_letters, held, line, listen,
        local::{self, LocalArguments},
        smoke, submit, task, verify,
    },
    invalid_arguments::InvalidArguments,
    target::{AwsOptions, InvalidChoice, PipelineArguments, open},
    terminal::{ExitStatus, Format, in_words, say, unless_unread},
};

/// Runs the command. Prints an error, and advice on it, to stderr.
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
    let mut named = arguments.pipeline;
    let Some(command) = arguments.command else {
        if format == Format::Json {
            return Err(InvalidArguments::because(
                "--json sets the output format of a command: name a command (see --help)",
            )
            .into());
        }
        unless_unread(Arguments::command().print_help())?;
        return Ok(ExitStatus::Done);
    };
    if let Command::Local(local) = &command {
        check_directories(local, &named)?;
        check_addresses(local)?;
    }
    if let Command::Listen(listen) = &command
        && listen.secret_file.is_some()
        && named.local.is_some()
    {
        let problem = "--secret-file and --local both name the file with the secret: use one";
        return Err(InvalidArguments::because(problem).into());
    }
    let aws_options = match &command {
        Command::Local(local) if local.handler.may_invoke_a_function() => named.take_aws_options(),
        _ => AwsOptions::default(),
    };
    let pipeline = named.choice()?;
    // A command that reads files or checks its arguments opens the pipeline itself, afterwards.
    match command {
        Command::Local(arguments) => local::run(arguments, pipeline.here()?, aws_options, format).await,
        Command::Listen(arguments) => listen::run(arguments, pipeline, format).await,
        Command::Submit(arguments) => submit::run(arguments, pipeline, format).await,
        Command::Task(command) => task::run(command, &open(pipeline).await?, format).await,
        Command::Line(command) => line::run(command, &open(pipeline).await?, format).await,
        Command::DeadLetters(command) => dead_letters::run(command, pipeline, format).await,
        Command::Held(command) => held::run(command, pipeline, format).await,
        Command::Backup(arguments) => backup::run(&arguments, pipeline, format).await,
        Command::Console(arguments) => console::run(arguments, pipeline, format).await,
        Command::Smoke(arguments) => smoke::run(&arguments, pipeline, format).await,
        Command::Verify => verify::run(&open(pipeline).await?, format).await,
    }
}

fn check_directories(local: &LocalArguments, pipeline: &PipelineArguments) -> Result<(), InvalidArguments> {
    match (&local.data, &pipeline.local) {
        (Some(_), Some(_)) => {
            Err(InvalidArguments::because("--local and --data both name the data directory: use one"))
        }
        _ => Ok(()),
    }
}

fn check_addresses(local: &LocalArguments) -> Result<(), InvalidArguments> {
    let address = local.listen.address();
    if address == local.console.address() && address.port() != 0 {
        return Err(InvalidArguments::because(
            "--listen and --console name the same address: give each its own port",
        ));
    }
    Ok(())
}

/// Whether the arguments or settings are invalid in every state of the pipeline.
fn is_invalid(error: &anyhow::Error) -> bool {
    error.is::<InvalidChoice>()
        || error.is::<InvalidArguments>()
        || error.is::<InvalidSetting>()
        || error.is::<InvalidKeys>()
}
