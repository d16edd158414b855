//! What is measured: a function of somebody's.

use std::{path::PathBuf, process::Command};

use anyhow::{Context, Result};
use harness::RunningFunction;

use super::{
    aws::Aws,
    kind::{Function, Kind, title},
};

/// A function as somebody writes it.
pub struct Subject {
    pub function: Function,
    pub kind: Kind,
    /// Program and arguments.
    pub command: Vec<PathBuf>,
    pub directory: PathBuf,
    /// What is zipped to deploy it.
    pub package: Vec<PathBuf>,
    /// Who sends a processor its messages: the API of its kind.
    pub sender: Option<Box<Subject>>,
}

impl Subject {
    /// Function and kind.
    pub fn title(&self) -> String {
        title(self.function, self.kind)
    }

    /// Starts it, under these programs first: a profiler.
    pub async fn start(&self, under: &[&str], aws: &Aws) -> Result<RunningFunction> {
        let mut words = under.iter().map(PathBuf::from).chain(self.command.iter().cloned());
        let mut command = Command::new(words.next().context("no program")?);
        command.args(words).current_dir(&self.directory);
        // Node takes the queue's URL for the endpoint, too.
        let queue_url = format!("{}/1/line.fifo", aws.url());
        let dead_letter_queue_url = format!("{}/1/dead-letters.fifo", aws.url());
        let variables = [
            ("AWS_ENDPOINT_URL", aws.url()),
            self.kind.authorities(aws)?,
            ("POWERTOOLS_SERVICE_NAME", "bench"),
            ("QUEUE_URL", &queue_url),
            ("DEAD_LETTER_QUEUE_URL", &dead_letter_queue_url),
            ("MESSAGE_GROUP", "line"),
            ("TABLE_NAME", "records"),
            ("PIPELINE", "bench"),
        ];
        Ok(RunningFunction::start_as(command, self.function.name(), &variables).await)
    }
}
