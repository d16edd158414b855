//! What can be said on the command line.

use std::{env, ffi::OsString, path::PathBuf, time::Duration};

use axum::http::Uri;
use chrono::TimeDelta;
use clap::{
    Args, CommandFactory, Parser, Subcommand,
    builder::{NonEmptyStringValueParser, PossibleValuesParser, TypedValueParser},
    error::ErrorKind,
};
use reqwest::Url;
use shared::{FailureClass, Priority, Reason, TaskId, Timestamp, ports::Cursor};

use crate::{
    address::ListenAddress,
    commands::{backup, smoke, submit},
    loopback::Loopback,
    permission_arguments::PermissionArguments,
};

/// An ordered task pipeline: tasks are handled one at a time, in exactly the order in which they were accepted.
#[derive(Debug, Parser)]
#[command(name = "taskline", version)]
pub struct Arguments {
    #[command(flatten)]
    pub(crate) pipeline: PipelineArguments,
    /// Write data as JSON
    #[arg(long, global = true)]
    pub(crate) json: bool,
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

/// What names a pipeline, before a subcommand or behind it, and once.
const NAMED_ONCE: [&str; 6] = ["--local", "--stack", "--outputs", "--region", "--profile", "--endpoint-url"];

impl Arguments {
    /// Reads the command line; ends the program with exit code 2 where it can't be understood.
    pub fn read() -> Self {
        let words: Vec<OsString> = env::args_os().collect();
        if let Some(name) = given_twice(&words) {
            let message = format!("{name} is given twice: name one pipeline");
            Self::command().error(ErrorKind::ArgumentConflict, message).exit();
        }
        Self::parse_from(words)
    }
}

/// clap uses the last of two that stand before and behind a subcommand, and says nothing.
fn given_twice(words: &[OsString]) -> Option<&'static str> {
    let options = || words.iter().take_while(|word| *word != "--").filter_map(|word| word.to_str());
    let is = |word: &str, name: &str| {
        word.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with('='))
    };
    NAMED_ONCE.into_iter().find(|name| options().filter(|word| is(word, name)).count() > 1)
}

/// Which pipeline, and how to reach it.
#[derive(Debug, Clone, Args)]
#[group(skip)]
pub struct PipelineArguments {
    /// The pipeline on this machine, by its data directory [default: taskline-data]
    #[arg(long, value_name = "DIR", global = true)]
    pub local: Option<PathBuf>,
    /// The pipeline on AWS, by its processing stack
    #[arg(long, value_name = "NAME", global = true, value_parser = not_blank)]
    pub stack: Option<String>,
    /// The pipeline on AWS, by the file of `cdk deploy --outputs-file`; if it holds several stacks, --stack selects one
    #[arg(long, value_name = "FILE", global = true)]
    pub outputs: Option<PathBuf>,
    /// The Region [default: as AWS tools find it]
    #[arg(long, value_name = "REGION", global = true, value_parser = not_blank)]
    pub region: Option<String>,
    /// The profile of the AWS configuration files [default: as AWS tools find it]
    #[arg(long, value_name = "PROFILE", global = true, value_parser = not_blank)]
    pub profile: Option<String>,
    /// The endpoint of all AWS services, for emulators [default: as AWS tools find it]
    #[arg(long, value_name = "URL", global = true, value_parser = endpoint_url)]
    pub endpoint_url: Option<String>,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run the pipeline on this machine
    Local(LocalArguments),
    /// Submit tasks in order, from one JSON object or from JSON Lines
    Submit(submit::SubmitArguments),
    /// Show a task
    #[command(subcommand)]
    Task(TaskCommand),
    /// Show, pause and resume the line
    #[command(subcommand)]
    Line(LineCommand),
    /// Work with dead letters, the tasks that were given up
    #[command(subcommand)]
    DeadLetters(DeadLettersCommand),
    /// Work with the held task, which stops the line (FAILURE_POLICY=hold)
    #[command(subcommand)]
    Held(HeldCommand),
    /// Prove from the records that the handled order is the accepted order; list every exception
    Verify,
    /// Prove that the pipeline works: submit one harmless task and wait until it is completed
    ///
    /// On AWS, the API must also refuse a request without a token. With a token in TASKLINE_TOKEN, the task is submitted
    /// through the API.
    Smoke(smoke::SmokeArguments),
    /// Copy the data of a pipeline on this machine to one consistent file, also while the pipeline runs
    Backup(backup::BackupArguments),
    /// Serve the console, a page for a browser, until it is stopped
    Console(ConsoleArguments),
}

#[derive(Debug, Args)]
pub struct LocalArguments {
    /// The data directory [default: --local, else ./taskline-data]
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// The address to listen on, such as localhost:8081; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080")]
    pub listen: ListenAddress,
    /// The address of the console, on loopback only; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:0")]
    pub console: Loopback,
    #[command(flatten)]
    pub tokens: TokenArguments,
}

/// Whose tokens callers must bring.
#[derive(Debug, Args)]
#[group(skip)]
pub struct TokenArguments {
    /// Accept only callers with a token of this issuer [default: accept every caller]
    #[arg(
        long,
        value_name = "URL",
        requires = "jwt_audience",
        requires = "jwt_keys",
        value_parser = NonEmptyStringValueParser::new()
    )]
    pub jwt_issuer: Option<String>,
    /// The audience that tokens must name; repeat the option to accept one of several
    #[arg(
        long,
        value_name = "AUDIENCE",
        requires = "jwt_issuer",
        value_parser = NonEmptyStringValueParser::new()
    )]
    pub jwt_audience: Vec<String>,
    /// The issuer's public keys, a file with the JSON Web Key Set that it publishes
    #[arg(long, value_name = "FILE", requires = "jwt_issuer")]
    pub jwt_keys: Option<PathBuf>,
    #[command(flatten)]
    pub permissions: PermissionArguments,
}

#[derive(Debug, Args)]
pub struct ConsoleArguments {
    /// The address to listen on, on loopback only; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:0")]
    pub listen: Loopback,
}

#[derive(Debug, Subcommand)]
pub enum TaskCommand {
    /// Show a task: its status, its failures and who changed it
    Show {
        /// The task's id
        id: TaskId,
        /// Show every change until the task is finished
        #[arg(long)]
        watch: bool,
        /// Show the task's contents
        #[arg(long)]
        payload: bool,
    },
}

#[derive(Debug, Subcommand)]
pub enum LineCommand {
    /// Show the line's state, its depth, its rate and the newest failures
    Status {
        /// Show it again whenever it changes, until Ctrl-C
        #[arg(long)]
        watch: bool,
    },
    /// Stop deliveries; a task that is being handled is finished
    Pause(Switched),
    /// Start deliveries again
    Resume(Switched),
}

#[derive(Debug, Args)]
pub struct Switched {
    /// The reason; kept with the line on this machine
    #[arg(long, value_name = "TEXT", value_parser = Reason::parse)]
    pub reason: Reason,
}

#[derive(Debug, Subcommand)]
pub enum DeadLettersCommand {
    /// List dead letters, in the order in which they were accepted
    List {
        #[command(flatten)]
        filter: Filter,
        /// List at most this many
        #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..))]
        limit: u32,
        /// Continue after this cursor, which the page before it printed
        #[arg(long, value_name = "CURSOR", value_parser = |text: &str| Ok::<_, String>(Cursor(text.to_owned())))]
        after: Option<Cursor>,
    },
    /// Show one dead letter: its failures, its changes and the tasks that overtook it
    Show {
        /// The task's id
        id: TaskId,
        /// Search all records for tasks that overtook it, not only the first few thousand
        #[arg(long)]
        all_overtakers: bool,
        /// Show the task's contents
        #[arg(long)]
        payload: bool,
    },
    /// Send dead letters to the end of the line again, in their original order
    Redrive {
        #[command(flatten)]
        selection: Selection,
        /// Also redrive tasks that would fail again
        #[arg(long)]
        force: bool,
        /// Redrive at most this many per second
        #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
        rate: Option<u32>,
        #[command(flatten)]
        consent: Consented,
    },
    /// Replace the contents of a dead letter; the rules of a request apply
    Amend(AmendArguments),
    /// Discard dead letters permanently
    Discard {
        #[command(flatten)]
        selection: Selection,
        #[command(flatten)]
        consent: Consented,
    },
    /// Find and repair differences between the queues and the records
    Reconcile {
        /// Make the change; without this option it is only previewed
        #[arg(long)]
        yes: bool,
    },
}

#[derive(Debug, Subcommand)]
pub enum HeldCommand {
    /// Show the held task and what waits behind it
    Show {
        /// Show the task's contents
        #[arg(long)]
        payload: bool,
    },
    /// Try the held task again, with a new attempt budget
    Resume(HeldChange),
    /// Replace the contents of the held task; resume it afterwards
    Amend(AmendArguments),
    /// Send the held task to the dead-letter queue; the line goes on without it
    Skip(HeldChange),
    /// Discard the held task permanently; the line goes on without it
    Discard(HeldChange),
}

#[derive(Debug, Args)]
pub struct AmendArguments {
    /// The task's id
    pub id: TaskId,
    /// The new task as JSON; - for standard input
    pub file: PathBuf,
    #[command(flatten)]
    pub consent: Consented,
}

#[derive(Debug, Args)]
pub struct HeldChange {
    /// The task's id; not needed when one task is held
    pub id: Option<TaskId>,
    /// The reason; kept with the task
    #[arg(long, value_name = "TEXT", value_parser = Reason::parse)]
    pub reason: Reason,
    /// Make the change; without this option it is only previewed
    #[arg(long)]
    pub yes: bool,
}

/// Which dead letters.
#[derive(Debug, Clone, Args)]
pub struct Filter {
    /// Only failures of this class
    #[arg(long, value_parser = one_of(FailureClass::ALL, FailureClass::as_str))]
    pub class: Option<FailureClass>,
    /// Only failures of this code
    #[arg(long, value_parser = not_blank)]
    pub code: Option<String>,
    /// Only those given up longer ago than this, such as 90m, 2h or 3days
    #[arg(long, value_name = "DURATION")]
    pub older_than: Option<humantime::Duration>,
    /// Only those given up within this time
    #[arg(long, value_name = "DURATION")]
    pub newer_than: Option<humantime::Duration>,
    /// Only tasks of this priority
    #[arg(long, value_parser = one_of(Priority::ALL, Priority::as_str))]
    pub priority: Option<Priority>,
    /// Only tasks of this submitter
    #[arg(long, value_name = "CALLER", value_parser = not_blank)]
    pub submitter: Option<String>,
    /// Only tasks whose title contains this text; upper and lower case are the same
    #[arg(long, value_name = "TEXT", value_parser = not_blank)]
    pub title: Option<String>,
}

impl Filter {
    /// Whether a time of death can be within both ages.
    pub fn has_time(&self) -> bool {
        let ages = (self.older_than.map(Duration::from), self.newer_than.map(Duration::from));
        !matches!(ages, (Some(older), Some(newer)) if older > newer)
    }

    /// The same, with ages counted back from `now`.
    pub fn at(&self, now: Timestamp) -> operations::Filter {
        operations::Filter {
            class: self.class,
            code: self.code.clone(),
            died_before: self.older_than.map(|age| before(now, age)),
            died_after: self.newer_than.map(|age| before(now, age)),
            priority: self.priority,
            submitter: self.submitter.clone(),
            title: self.title.clone(),
        }
    }
}

/// As far back as time goes for an age that is longer than time.
fn before(now: Timestamp, age: humantime::Duration) -> Timestamp {
    let age = TimeDelta::from_std(age.into()).ok();
    age.and_then(|age| now.checked_sub_signed(age)).unwrap_or(Timestamp::MIN_UTC)
}

/// An empty value is a variable of a shell that was not set: it would select everything, or mean nothing.
fn not_blank(text: &str) -> Result<String, &'static str> {
    if text.trim().is_empty() { Err("it is empty") } else { Ok(text.to_owned()) }
}

/// As it was said: the clients of AWS read it themselves.
fn endpoint_url(text: &str) -> Result<String, &'static str> {
    let begins_so = text.starts_with("http://") || text.starts_with("https://");
    // The one takes whatever stands for a port, the other what stands further behind for a host.
    let has_host = text.parse::<Uri>().is_ok_and(|uri| uri.host().is_some_and(|host| !host.is_empty()));
    match begins_so && has_host && Url::parse(text).is_ok() {
        true => Ok(text.to_owned()),
        false => Err("it is no endpoint URL: one begins with http:// or https://, and names a host"),
    }
}

/// One of the names that records know.
fn one_of<T: Copy + Send + Sync + 'static, const N: usize>(
    all: [T; N],
    name: fn(T) -> &'static str,
) -> impl TypedValueParser<Value = T> {
    let names = PossibleValuesParser::new(all.map(name));
    names.try_map(move |text| all.into_iter().find(|it| name(*it) == text).ok_or("no such name"))
}

#[derive(Debug, Args)]
#[group(skip)]
pub struct Selection {
    /// Tasks by id
    pub ids: Vec<TaskId>,
    /// All dead letters
    #[arg(
        long,
        conflicts_with_all =
            ["ids", "class", "code", "older_than", "newer_than", "priority", "submitter", "title"]
    )]
    pub all: bool,
    #[command(flatten)]
    pub filter: Filter,
    /// Only the first N of the selected tasks
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub max: Option<u32>,
}

#[derive(Debug, Args)]
pub struct Consented {
    /// The reason; kept with the task
    #[arg(long, value_name = "TEXT", value_parser = Reason::parse)]
    pub reason: Reason,
    /// Make the change; without this option it is only previewed
    #[arg(long)]
    pub yes: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn a_pipeline_is_named_once_wherever_it_is_named() {
        let twice = |line: &str| given_twice(&line.split(' ').map(OsString::from).collect::<Vec<_>>());
        for line in ["--local a verify --local b", "--local=a verify --local=a", "verify --local a --local=b"]
        {
            assert_eq!(twice(line), Some("--local"), "{line}");
        }
        for line in [
            "--local a verify",
            "submit --key=--local --local a",
            "submit --local a -- --local",
            "--localx --local a",
        ] {
            assert_eq!(twice(line), None, "{line}");
        }
    }
}
