//! `taskline backup`: the data of a pipeline on this machine, in one file.

use std::path::{Path, PathBuf};

use ::local::{BackupError, DataDirectory};
use clap::Args;
use serde_json::json;

use crate::{
    misuse::Misused,
    pipeline::{Choice, Misuse},
    terminal::{Consent, Format, Outcome, confirm, print_data, print_json, progress},
};

#[derive(Debug, Args)]
pub struct BackupArguments {
    /// The file to write
    pub file: PathBuf,
    /// Replace the file if it exists
    #[arg(long)]
    pub yes: bool,
}

pub async fn run(given: &BackupArguments, pipeline: Choice, format: Format) -> anyhow::Result<Outcome> {
    let data = pipeline.here().map_err(|_| Misuse::BacksUpHereOnly)?;
    let replaces = replaces(&given.file, &data)?;
    let store = data.open()?;
    let question = format!("{} exists. Replace it?", given.file.display());
    if replaces && confirm(given.yes, &question, format)? == Consent::Withheld {
        if format == Format::Json {
            print_json(&json!({"would_back_up": {"file": given.file.to_string_lossy(), "replaces": true}}))?;
        }
        // A script that makes backups relies on there being one.
        return Ok(Outcome::Failed);
    }
    let bar = progress(Some(0), "pages");
    let shown = bar.clone();
    let made = store
        .back_up(&given.file, move |at| {
            shown.set_length(at.pages);
            shown.set_position(at.copied);
        })
        .await;
    bar.finish_and_clear();
    let made = made?;
    match format {
        Format::Json => {
            print_json(
                &json!({"file": given.file.to_string_lossy(), "tasks": made.tasks, "bytes": made.bytes}),
            )?;
        }
        Format::Text => print_data(format!(
            "Backed up to {}: {} tasks, {} bytes.",
            given.file.display(),
            made.tasks,
            made.bytes
        ))?,
    }
    Ok(Outcome::Done)
}

/// Whether a file is there, which the backup would take the place of.
fn replaces(file: &Path, data: &DataDirectory) -> anyhow::Result<bool> {
    data.backup_replaces(file).map_err(|error| match error {
        BackupError::OwnFile(_) | BackupError::NotAFile { .. } => Misused::because(error).into(),
        error => error.into(),
    })
}
