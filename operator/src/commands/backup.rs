//! `taskline backup`: copies the data of a pipeline on this machine to one file.

use std::{io, path::PathBuf};

use ::local::BackupError;
use clap::Args;
use serde_json::json;
use tokio_util::sync::CancellationToken;

use crate::{
    invalid_arguments::InvalidArguments,
    target::{Choice, InvalidChoice},
    terminal::{Consent, ExitStatus, Format, Stop, confirm, print_data, print_json, progress},
};

#[derive(Debug, Args)]
pub struct BackupArguments {
    /// The file to write
    pub file: PathBuf,
    /// Replace the file if it exists
    #[arg(long)]
    pub yes: bool,
}

pub async fn run(
    arguments: &BackupArguments,
    pipeline: Choice,
    format: Format,
) -> anyhow::Result<ExitStatus> {
    let data = pipeline.here().map_err(|_| InvalidChoice::BacksUpHereOnly)?;
    let replaces = data.backup_replaces(&arguments.file).map_err(invalid_if_about_target)?;
    let store = data.open()?;
    let question = format!("{} exists. Replace it?", arguments.file.display());
    if replaces && confirm(arguments.yes, &question, format)? == Consent::Withheld {
        if format == Format::Json {
            print_json(
                &json!({"would_back_up": {"file": arguments.file.to_string_lossy(), "replaces": true}}),
            )?;
        }
        // A script that makes backups relies on the backup.
        return Ok(ExitStatus::Failed);
    }
    let bar = progress(Some(0), "pages");
    let shown = bar.clone();
    let made = store
        .back_up(&arguments.file, cancelled_on_stop()?, move |at| {
            shown.set_length(at.pages);
            shown.set_position(at.copied);
        })
        .await;
    bar.finish_and_clear();
    let made = made.map_err(invalid_if_about_target)?;
    match format {
        Format::Json => {
            print_json(
                &json!({"file": arguments.file.to_string_lossy(), "tasks": made.tasks, "bytes": made.bytes}),
            )?;
        }
        Format::Text => print_data(format!(
            "Backed up to {}: {} tasks, {} bytes.",
            arguments.file.display(),
            made.tasks,
            made.bytes
        ))?,
    }
    Ok(ExitStatus::Done)
}

/// A token that is cancelled when the program should stop. From now on a signal does not end the program during the copy.
fn cancelled_on_stop() -> io::Result<CancellationToken> {
    let mut stop = Stop::listen()?;
    let cancelled = CancellationToken::new();
    let cancel = cancelled.clone();
    tokio::spawn(async move {
        stop.asked().await;
        cancel.cancel();
    });
    Ok(cancelled)
}

fn invalid_if_about_target(error: BackupError) -> anyhow::Error {
    if error.is_of_target() { InvalidArguments::because(error).into() } else { error.into() }
}
