//! `taskline local`: the pipeline on this machine, until it is told to stop.

use std::{
    env,
    io::{self, IsTerminal},
    sync::Arc,
};

use ::local::{Authorizer, DataDirectory, JwtKeys, Pipeline, PipelineOptions, SteadyClock};
use anyhow::Context;
use api::CorsOrigins;
use processor::{ProcessorSettings, handlers};
use serde_json::json;
use shared::ports::Clock;
use tracing_subscriber::EnvFilter;

use crate::{
    arguments::{LocalArguments, TokenArguments},
    pipeline::{Choice, on_this_machine},
    terminal::{Format, Outcome, Stop, print_data, print_json, say},
};

use super::console;

pub async fn run(given: LocalArguments, data: DataDirectory, format: Format) -> anyhow::Result<Outcome> {
    log_to_stderr();
    let data = given.data.map_or(data, DataDirectory::new);
    let lookup = |name: &str| env::var(name).ok();
    let clock: Arc<dyn Clock> = Arc::new(SteadyClock::default());
    let settings = ProcessorSettings::read(&lookup)?;
    let handling = handlers::choose(&lookup, &settings, Arc::clone(&clock))?;
    let cors_origins = match lookup("CORS_ORIGINS") {
        Some(list) => CorsOrigins::parse(&list).context("CORS_ORIGINS")?,
        None => CorsOrigins::default(),
    };
    let authorizer = authorizer(given.tokens)?;
    let header = if authorizer.is_some() { " -H \"Authorization: Bearer $TOKEN\"" } else { "" };
    let mut stop = Stop::listen()?;
    let mut pipeline = Pipeline::start(PipelineOptions {
        listen: given.listen,
        cors_origins,
        authorizer,
        clock,
        ..PipelineOptions::new(data.clone(), settings, handling)
    })
    .await?;
    // On the pipeline's own store: no process opens its data twice.
    let name = Choice::Local(data.clone()).to_string();
    let desk = on_this_machine(pipeline.store(), data.clone()).await?;
    let console = console::serve(given.console, name, desk).await?;
    announce(&pipeline, console.url(), &data, header, format)?;
    tokio::select! {
        () = stop.asked() => {}
        ended = pipeline.ended() => return Err(ended.into()),
    }
    say(
        "Stopping: the task in hand is finished first. Ctrl-C again stops at once; nothing is lost either way.",
    );
    tokio::select! {
        _ = async { tokio::join!(console.stop(), pipeline.stop()) } => Ok(Outcome::Done),
        () = stop.insisted() => Ok(Outcome::Failed),
    }
}

/// None when nothing is said of tokens.
fn authorizer(given: TokenArguments) -> anyhow::Result<Option<Authorizer>> {
    let (Some(issuer), Some(file)) = (given.jwt_issuer, given.jwt_keys) else {
        return Ok(None);
    };
    let keys = JwtKeys::read(&file).with_context(|| format!("--jwt-keys {}", file.display()))?;
    Ok(Some(Authorizer::new(&issuer, given.jwt_audience, keys)))
}

fn announce(
    pipeline: &Pipeline,
    console: &str,
    data: &DataDirectory,
    header: &str,
    format: Format,
) -> io::Result<()> {
    let address = pipeline.address();
    let folder = data.path().display();
    if format == Format::Json {
        return print_json(
            &json!({"url": format!("http://{address}"), "console": console, "data": data.path()}),
        );
    }
    let program = env::args().next().unwrap_or_else(|| "taskline".to_owned());
    print_data(format!(
        r#"Taskline listens on http://{address} and keeps its data in {folder}

Submit a task:
  curl -i http://{address}/tasks{header} -H 'Content-Type: application/json' -d '{{"title":"Water the plants","description":"Two cups each","priority":"low"}}'
See and repair it in a browser; who has this URL can do all that you can do to the pipeline:
  {console}
See the line, and prove its order:
  {program} --local {folder} line status
  {program} --local {folder} verify
The API's description is at http://{address}/openapi.json. Stop with Ctrl-C."#
    ))
}

/// A line that can't be written, be it that the disk is full or the reader gone, is lost and nothing else: told to report
/// that, the subscriber would panic in whatever thread it is.
fn log_to_stderr() {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr)
        .with_ansi(io::stderr().is_terminal())
        .with_target(false)
        .log_internal_errors(false)
        .init();
}
