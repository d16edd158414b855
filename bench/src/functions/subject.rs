//! A function to measure.

use std::{path::PathBuf, process::Command};

use anyhow::{Context, Result};
use harness::RunningFunction;

use super::{
    aws::Aws,
    implementation::{Function, Implementation, title},
};

pub struct Subject {
    pub function: Function,
    pub implementation: Implementation,
    /// Program and arguments.
    pub command: Vec<PathBuf>,
    pub directory: PathBuf,
    /// The files to deploy.
    pub package: Vec<PathBuf>,
    /// The API of the same implementation, which sends a processor its messages.
    pub sender: Option<Box<Subject>>,
}

impl Subject {
    pub fn title(&self) -> String {
        title(self.function, self.implementation)
    }

    /// Starts the function, as arguments of `under` (a profiler) if that isn't empty.
    pub async fn start(&self, under: &[&str], aws: &Aws) -> Result<RunningFunction> {
        let mut words = under.iter().map(PathBuf::from).chain(self.command.iter().cloned());
        let mut command = Command::new(words.next().context("no program")?);
        command.args(words).current_dir(&self.directory);
        // The SDK for JavaScript takes its endpoint from the queue's URL.
        let queue_url = format!("{}/1/line.fifo", aws.url());
        let dead_letter_queue_url = format!("{}/1/dead-letters.fifo", aws.url());
        let variables = [
            ("AWS_ENDPOINT_URL", aws.url()),
            self.implementation.authorities(aws)?,
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
