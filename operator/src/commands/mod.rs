//! The commands: a folder a noun, a file a verb. Each looks, shows what it found, asks before it changes anything,
//! and says what became of it.

mod amend;
mod dead_letters;
mod held;
mod line;
mod local;
mod submit;
mod task;
mod verify;

use std::{env, io, sync::Arc};

use ::local::{
    DataDirectory, OpenError, QueueTerms, SqliteLine, SqliteTaskQueue, SqliteTaskRecords, SystemClock,
};
use clap::CommandFactory;
use processor::CODE_VERSION;
use shared::{limits::RECEIVE_COUNT_MAX, ports::Clock};

use crate::{
    arguments::{Arguments, Command},
    desk::Desk,
    terminal::{Format, Outcome, say},
};

/// The desk of a pipeline on this machine.
type LocalDesk = Desk<SqliteTaskRecords, SqliteTaskQueue, SqliteLine>;

/// For how long letters are hidden from others while an operator's command looks at them.
const LOOK_SECONDS: u32 = 30;

/// Runs the command; says on stderr what kept it from being done.
pub async fn run(arguments: Arguments) -> Outcome {
    match dispatch(arguments).await {
        Ok(outcome) => outcome,
        Err(error) if is_reader_gone(&error) => Outcome::Done,
        Err(error) => {
            say(format!("taskline: {error:#}"));
            Outcome::Failed
        }
    }
}

async fn dispatch(arguments: Arguments) -> anyhow::Result<Outcome> {
    let format = if arguments.json { Format::Json } else { Format::Text };
    let data = DataDirectory::new(&arguments.local);
    let Some(command) = arguments.command else {
        Arguments::command().print_help()?;
        return Ok(Outcome::Done);
    };
    match command {
        Command::Local(given) => local::run(given, data, format).await,
        Command::Submit(given) => submit::run(given, open(&data)?, format).await,
        Command::Task(command) => task::run(command, &open(&data)?, format).await,
        Command::Line(command) => line::run(command, &open(&data)?, format).await,
        Command::DeadLetters(command) => dead_letters::run(command, &open(&data)?, format).await,
        Command::Held(command) => held::run(command, &open(&data)?, format).await,
        Command::Verify => verify::run(&open(&data)?, format).await,
    }
}

fn open(data: &DataDirectory) -> Result<LocalDesk, OpenError> {
    let store = data.open()?;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::default());
    let terms = QueueTerms { visibility_seconds: LOOK_SECONDS, max_receive_count: RECEIVE_COUNT_MAX };
    Ok(Desk {
        records: SqliteTaskRecords::new(store.clone()),
        line_queue: SqliteTaskQueue::line(store.clone(), Arc::clone(&clock), terms),
        dead_letter_queue: SqliteTaskQueue::dead_letters(store.clone(), Arc::clone(&clock), terms),
        line: SqliteLine::new(store, Arc::clone(&clock)),
        clock,
        operator: env::var("USER").or_else(|_| env::var("LOGNAME")).unwrap_or_else(|_| "unknown".to_owned()),
        code_version: CODE_VERSION.to_owned(),
    })
}

fn is_reader_gone(error: &anyhow::Error) -> bool {
    error.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}
