//! `taskline console`: serves the operations as a page until Ctrl-C.

use clap::Args;
use serde_json::json;

use crate::{
    address::CantListen,
    console::Console,
    loopback::Loopback,
    target::{Choice, PipelineOperations, open},
    terminal::{ExitStatus, Format, Stop, print_data, print_json},
};

#[derive(Debug, Args)]
pub struct ConsoleArguments {
    /// The address to listen on, on this machine only; port 0 uses a free port
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:0")]
    listen: Loopback,
}

pub async fn run(
    arguments: ConsoleArguments,
    pipeline: Choice,
    format: Format,
) -> anyhow::Result<ExitStatus> {
    let mut stop = Stop::listen()?;
    let name = pipeline.to_string();
    let console = serve("--listen", arguments.listen, name.clone(), open(pipeline).await?).await?;
    match format {
        Format::Json => print_json(&json!({"console": console.url()}))?,
        Format::Text => print_data(format!(
            "The console of {name}:\n  {}\nAnyone with this URL has your permissions. Stop with Ctrl-C.",
            console.url()
        ))?,
    }
    stop.asked().await;
    console.stop().await;
    Ok(ExitStatus::Done)
}

/// Serves the console of the pipeline `name`. `flag` is the option that set the address.
pub async fn serve(
    flag: &'static str,
    listen: Loopback,
    name: String,
    operations: PipelineOperations,
) -> anyhow::Result<Console> {
    let address = listen.address();
    let started = Console::start(operations, name, listen).await;
    Ok(started.map_err(|source| CantListen { flag, address, source })?)
}
