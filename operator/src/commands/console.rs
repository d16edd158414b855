//! `taskline console`: the desk as a page, until it is told to stop.

use anyhow::Context;
use serde_json::json;

use crate::{
    arguments::ConsoleArguments,
    console::{Console, Loopback},
    pipeline::{Choice, PipelineDesk, open},
    terminal::{Format, Outcome, Stop, print_data, print_json},
};

pub async fn run(given: ConsoleArguments, pipeline: Choice, format: Format) -> anyhow::Result<Outcome> {
    let mut stop = Stop::listen()?;
    let name = pipeline.to_string();
    let console = serve(given.listen, name.clone(), open(pipeline).await?).await?;
    match format {
        Format::Json => print_json(&json!({"console": console.url()}))?,
        Format::Text => print_data(format!(
            "The console of {name}:\n  {}\nWho has this URL can do all that you can do to the pipeline. Stop with Ctrl-C.",
            console.url()
        ))?,
    }
    stop.asked().await;
    console.stop().await;
    Ok(Outcome::Done)
}

/// Serves the console of the pipeline that people call `name`.
pub async fn serve(listen: Loopback, name: String, desk: PipelineDesk) -> anyhow::Result<Console> {
    let address = listen.address();
    Console::start(desk, name, listen).await.with_context(|| format!("failed to listen on {address}"))
}
