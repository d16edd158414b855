//! `taskline local`: runs a pipeline on this machine until Ctrl-C or SIGTERM.

mod handler;
mod programs;
mod stopping;
mod summary;

use std::{env, io, path::PathBuf, pin::pin, sync::Arc};

use ::local::{Authorizer, DataDirectory, JwtKeys, Pipeline, PipelineOptions, StartError, SteadyClock};
use anyhow::Context;
use api::{CorsOrigins, WaitLimit};
use clap::{Args, builder::NonEmptyStringValueParser};
use processor::ProcessorSettings;
use serde_json::json;
use shared::{
    lifecycle::FailurePolicy,
    ports::Clock,
    setting::{InvalidSetting, Program, Variables},
};
use types::{Host, Rules, TypesFile};

use crate::{
    address::{CantListen, ListenAddress},
    loopback::Loopback,
    target::{AwsOptions, Choice, on_this_machine},
    terminal::{
        ExitStatus, Format, Stop, log_to_stderr, print_data, print_json, program_word, say, shell_path,
        shell_word,
    },
};

use self::{
    handler::Chosen,
    summary::{Summary, TypeSummary},
};
use super::{console, handler_arguments::HandlerArguments, permission_arguments::PermissionArguments};

#[derive(Debug, Args)]
pub struct LocalArguments {
    /// Keep the data in this directory [default: --local, else ./taskline-data]
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// The address to listen on, such as localhost:8081; port 0 uses a free port
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080")]
    pub listen: ListenAddress,
    /// The address of the console, on this machine only; port 0 uses a free port
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:0")]
    pub console: Loopback,
    #[command(flatten)]
    pub handler: HandlerArguments,
    #[command(flatten)]
    pub tokens: TokenArguments,
}

/// Which tokens callers must send.
#[derive(Debug, Args)]
#[group(skip)]
pub struct TokenArguments {
    /// Accept only callers with a token from this issuer [default: anyone who can reach the address]
    #[arg(
        long,
        value_name = "URL",
        requires = "jwt_audience",
        requires = "jwt_keys",
        value_parser = NonEmptyStringValueParser::new()
    )]
    pub jwt_issuer: Option<String>,
    /// The audience that a token must name; if repeated, one of them is enough
    #[arg(
        long,
        value_name = "AUDIENCE",
        requires = "jwt_issuer",
        value_parser = NonEmptyStringValueParser::new()
    )]
    pub jwt_audience: Vec<String>,
    /// The file with the issuer's public keys, a JSON Web Key Set
    #[arg(long, value_name = "FILE", requires = "jwt_issuer")]
    pub jwt_keys: Option<PathBuf>,
    #[command(flatten)]
    pub permissions: PermissionArguments,
}

/// How the pipeline handles tasks, printed at the start.
struct Handling {
    handler: Summary,
    /// The types of the file of types.
    types: Vec<TypeSummary>,
    /// The file with the webhook's secret, if the pipeline keeps it.
    secret_file: Option<PathBuf>,
    failure_policy: FailurePolicy,
}

pub async fn run(
    arguments: LocalArguments,
    data: DataDirectory,
    aws_options: AwsOptions,
    format: Format,
) -> anyhow::Result<ExitStatus> {
    let environment = arguments.handler.added_to(env::vars_os())?;
    let variables = Variables::checked(Program::Local, environment.iter().cloned())?;
    let lookup = |name: &str| variables.get(name);
    log_to_stderr(&lookup)?;
    for unread in variables.unread() {
        say(format!("taskline: {unread}"));
    }
    let data = arguments.data.map_or(data, DataDirectory::new);
    let option = arguments.handler.name_of("TYPES_FILE");
    let types = TypesFile::of_setting(&lookup, Host::Machine).map_err(|error| error.of_option(option))?;
    let secret = arguments.handler.secret(&variables, types.as_ref(), &data)?;
    let lookup = |name: &str| match &secret {
        Some(secret) if name == "WEBHOOK_SECRET" => Some(secret.text().to_owned()),
        _ => variables.get(name),
    };
    let clock: Arc<dyn Clock> = Arc::new(SteadyClock::default());
    let mut settings = ProcessorSettings::read(&lookup)?;
    let rules = match &types {
        Some(types) => Rules::of_file(types).map_err(|error| error.of_option(option))?,
        None => settings.task_types.clone().into(),
    };
    settings.task_types = rules.task_types().clone();
    let example_type =
        rules.type_of_example().map_or_else(String::new, |name| format!(r#","type":"{name}""#));
    let choice = handler::Choice {
        arguments: &arguments.handler,
        environment,
        lookup: &lookup,
        settings: &settings,
        types: types.as_ref(),
        clock: Arc::clone(&clock),
        data: &data,
    };
    let Chosen { handlers, summary, types, programs } = choice.handlers(aws_options).await?;
    let handling_summary = Handling {
        handler: summary,
        types,
        secret_file: secret.as_ref().map(|secret| secret.path().to_owned()),
        failure_policy: settings.failure_policy,
    };
    let cors_origins = match lookup("CORS_ORIGINS") {
        Some(list) => {
            CorsOrigins::parse(&list).map_err(|error| InvalidSetting::new("CORS_ORIGINS", error))?
        }
        None => CorsOrigins::default(),
    };
    let wait_limit = WaitLimit::read(&lookup)?;
    let authorizer = authorizer(arguments.tokens)?;
    let header = if authorizer.is_some() { " -H \"Authorization: Bearer $TOKEN\"" } else { "" };
    let mut stop = Stop::listen()?;
    if let Some(secret) = &secret {
        data.keep_webhook_secret(secret)?;
        if secret.is_new() {
            say(format!("taskline: made a secret for the webhook in {}", secret.path().display()));
        }
    }
    let started = Pipeline::start(PipelineOptions {
        listen: arguments.listen.address(),
        cors_origins,
        wait_limit,
        authorizer,
        clock: Arc::clone(&clock),
        stored_rules: rules.stored(),
        rules: Arc::new(rules),
        ..PipelineOptions::new(data.clone(), settings.clone(), handlers)
    });
    let mut pipeline = started.await.map_err(|error| start_error(error, &data))?;
    programs.start().await;
    // The console uses the pipeline's store: a process must not open its data twice.
    let name = Choice::Local(data.clone()).to_string();
    let operations = on_this_machine(pipeline.store(), data.clone()).await?;
    let console = console::serve("--console", arguments.console, name, operations).await?;
    announce(&pipeline, console.url(), &data, &handling_summary, [header, &example_type], format)?;
    tokio::select! {
        () = stop.asked() => {}
        ended = pipeline.failure() => {
            programs.stop().await;
            return Err(ended.into());
        }
    }
    say(stopping::sentence(pipeline.store(), clock, &settings).await);
    // It holds the lock of the data until the programs have ended.
    let mut stopping = pin!(async { tokio::join!(console.stop(), pipeline.stop()) });
    let status = tokio::select! {
        _ = &mut stopping => ExitStatus::Done,
        () = stop.insisted() => ExitStatus::Failed,
    };
    programs.stop().await;
    Ok(status)
}

/// None if callers need no token.
fn authorizer(arguments: TokenArguments) -> anyhow::Result<Option<Authorizer>> {
    let (Some(issuer), Some(file)) = (arguments.jwt_issuer, arguments.jwt_keys) else {
        return Ok(None);
    };
    let keys = JwtKeys::read(&file).with_context(|| format!("--jwt-keys {}", file.display()))?;
    Ok(Some(Authorizer::new(&issuer, arguments.jwt_audience, keys, arguments.permissions.into())))
}

/// Adds the option that set the address, or the data directory, to the error.
fn start_error(error: StartError, data: &DataDirectory) -> anyhow::Error {
    match error {
        recover @ StartError::Recover(_) => {
            let folder = data.path().display();
            anyhow::Error::from(recover).context(format!("the data in {folder} can't be prepared"))
        }
        StartError::Listen { address, source } => CantListen { flag: "--listen", address, source }.into(),
        other => other.into(),
    }
}

fn announce(
    pipeline: &Pipeline,
    console: &str,
    data: &DataDirectory,
    handling_summary: &Handling,
    [header, example_type]: [&str; 2],
    format: Format,
) -> io::Result<()> {
    let url = format!("http://{}", pipeline.address());
    if format == Format::Json {
        return print_json(&json!({
            "url": url,
            "console": console,
            "data": data.path().to_string_lossy(),
            "handler": handling_summary.handler.name(),
            "receiver": handling_summary.handler.receiver(),
            "function": handling_summary.handler.function(),
            "program": handling_summary.handler.program(),
            "types": handling_summary.types.iter().map(TypeSummary::to_json).collect::<Vec<_>>(),
            "webhook_secret_file": handling_summary.secret_file.as_ref().map(|file| file.to_string_lossy()),
            "failure_policy": policy_name(handling_summary.failure_policy),
        }));
    }
    let program = program_word();
    let folder = shell_path(data.path());
    let tasks = shell_word(format!("{url}/tasks"));
    let handled = handling_summary.in_words(&program, &folder);
    print_data(format!(
        r#"Taskline listens on {url} and keeps its data in {folder}
{handled}

Submit a task:
  curl -i {tasks}{header} -H 'Content-Type: application/json' -d '{{"title":"Water the plants","description":"Two cups each","priority":"low"{example_type}}}'
Inspect and repair it in a browser; anyone with this URL has your permissions:
  {console}
See the line, and prove its order:
  {program} --local {folder} line status
  {program} --local {folder} verify
The API's description is at {url}/openapi.json. Stop with Ctrl-C."#
    ))
}

impl Handling {
    fn in_words(&self, program: &str, folder: &str) -> String {
        let of_all = format!("Each task {} (TASK_HANDLER={}).", self.handler.in_words(), self.handler.name());
        let of_types = self.types_in_words();
        let handled = [of_all].into_iter().chain(of_types).collect::<Vec<_>>().join("\n");
        let name = policy_name(self.failure_policy);
        let failed = match self.failure_policy {
            FailurePolicy::DeadLetter => {
                "A task that can't succeed becomes a dead letter, and the line goes on"
            }
            FailurePolicy::Hold => "The line stops at a task that can't succeed",
        };
        let signed = self.secret_file.as_ref().map_or_else(String::new, |file| {
            let file = file.display();
            format!(
                "\nIts signature is by the secret in {file}; verify it as docs/handlers.md shows. To see tasks arrive: \
                 {program} --local {folder} listen"
            )
        });
        format!("{handled}{signed}\n{failed} (FAILURE_POLICY={name}).")
    }
}

/// How many types are printed.
const TYPES_SHOWN: usize = 20;

impl Handling {
    fn types_in_words(&self) -> Vec<String> {
        let with_their_own: Vec<_> = self.types.iter().filter_map(TypeSummary::in_words).collect();
        let more = with_their_own.len().saturating_sub(TYPES_SHOWN);
        let others = (more > 0).then(|| format!("{more} more types have their own handler."));
        let known = (!self.types.is_empty()).then(|| {
            let names: Vec<_> = self.types.iter().take(TYPES_SHOWN).map(|it| it.task_type.as_str()).collect();
            let more = if self.types.len() > TYPES_SHOWN { ", ..." } else { "" };
            format!("A task of another type than {}{more} is refused.", names.join(", "))
        });
        with_their_own.into_iter().take(TYPES_SHOWN).chain(others).chain(known).collect()
    }
}

fn policy_name(policy: FailurePolicy) -> &'static str {
    match policy {
        FailurePolicy::DeadLetter => "dead-letter",
        FailurePolicy::Hold => "hold",
    }
}
