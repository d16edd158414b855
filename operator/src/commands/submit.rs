//! `taskline submit`: tasks from a file or standard input, one after the other, by the same rules as over HTTP.

use std::{
    fs::File,
    io::{self, BufRead, BufReader, IsTerminal, Read},
    path::Path,
    sync::Arc,
};

use ::local::RandomTaskIds;
use anyhow::{Context, anyhow};
use api::{Accepted, Api, Submission, TaskAccepted};
use indicatif::ProgressBar;
use shared::{Caller, IdempotencyKey};

use crate::{
    arguments::SubmitArguments,
    desk::{GivenTask, cleaning},
    pipeline::{PipelineDesk, PipelineQueue, PipelineRecords},
    terminal::{Format, Outcome, print_data, progress, say},
};

use super::amend::explain;

/// The API as an operator calls it: without HTTP, and as one caller.
struct Intake {
    api: Api<PipelineRecords, PipelineQueue>,
    caller: Caller,
}

/// A task that was accepted, and the members of it that cleaning changed.
struct Taken {
    accepted: Accepted,
    sanitised: Vec<&'static str>,
}

/// Which of many tasks cleaning changed: the first, and how many.
#[derive(Default)]
struct CleanedLines {
    first: Option<(usize, String)>,
    count: usize,
}

impl CleanedLines {
    fn note(&mut self, line: usize, sanitised: &[&str]) {
        if !sanitised.is_empty() {
            self.count += 1;
            self.first.get_or_insert_with(|| (line, sanitised.join(" and ")));
        }
    }

    fn summary(&self) -> Option<String> {
        let (line, members) = self.first.as_ref()?;
        Some(match self.count {
            1 => format!("Cleaning changed {members} of line {line}."),
            count => format!(
                "Cleaning changed {count} tasks, the first on line {line} ({members}). `--json` lists the changed members of each task."
            ),
        })
    }
}

pub async fn run(given: SubmitArguments, desk: PipelineDesk, format: Format) -> anyhow::Result<Outcome> {
    let api = Api::new(desk.records, desk.line_queue, Arc::new(RandomTaskIds), desk.clock);
    let intake = Intake { api, caller: desk.submitter };
    let (mut input, bytes) = input(&given.file)?;
    let mut first = String::new();
    input.read_line(&mut first).context("failed to read the tasks")?;
    if serde_json::from_str::<serde::de::IgnoredAny>(&first).is_ok() {
        return submit_lines(&intake, first, input, bytes, &given, format).await;
    }
    input.read_to_string(&mut first).context("failed to read the task")?;
    let taken = submit_one(&intake, first.as_bytes(), given.key.as_deref()).await?;
    show(&taken, format)?;
    if let Some(cleaning) = cleaning(&taken.sanitised) {
        say(cleaning);
    }
    Ok(Outcome::Done)
}

/// The tasks and how many bytes they are, where that can be known.
fn input(file: &Path) -> anyhow::Result<(Box<dyn BufRead>, Option<u64>)> {
    if file == Path::new("-") {
        if io::stdin().is_terminal() {
            say("Reading tasks from the terminal; end with Ctrl-D.");
        }
        return Ok((Box::new(BufReader::new(io::stdin())), None));
    }
    refuse_own_file(file)?;
    let opened = File::open(file).with_context(|| format!("failed to open {}", file.display()))?;
    let bytes = opened.metadata().ok().map(|metadata| metadata.len());
    Ok((Box::new(BufReader::new(opened)), bytes))
}

/// To close a file of the pipeline would drop the locks that this process has on it.
pub fn refuse_own_file(file: &Path) -> anyhow::Result<()> {
    if ::local::is_open_database(file) {
        bail!("{} belongs to the pipeline itself: name a file with a task", file.display());
    }
    Ok(())
}

/// Stops at the first line that is not accepted: to go on would put later lines before it.
async fn submit_lines(
    intake: &Intake,
    first: String,
    input: Box<dyn BufRead>,
    bytes: Option<u64>,
    given: &SubmitArguments,
    format: Format,
) -> anyhow::Result<Outcome> {
    let mut lines = std::iter::once(Ok(first)).chain(input.lines()).peekable();
    let mut number = 0;
    let mut bar: Option<ProgressBar> = None;
    let mut cleaned = CleanedLines::default();
    while let Some(line) = lines.next() {
        let line = line.with_context(|| format!("failed to read line {}", number + 1))?;
        number += 1;
        if line.trim().is_empty() {
            continue;
        }
        let is_only_one = number == 1 && lines.peek().is_none();
        let key =
            given.key.as_ref().map(|key| if is_only_one { key.clone() } else { format!("{key}:{number}") });
        if bar.is_none() && !is_only_one {
            bar = Some(progress(bytes, "bytes submitted"));
        }
        let taken = submit_one(intake, line.as_bytes(), key.as_deref())
            .await
            .with_context(|| format!("line {number} was not accepted, the {} before it were", number - 1))?;
        show(&taken, format)?;
        cleaned.note(number, &taken.sanitised);
        if let Some(bar) = &bar {
            bar.inc(line.len() as u64 + 1);
        }
    }
    bar.inspect(ProgressBar::finish_and_clear);
    if let Some(summary) = cleaned.summary() {
        say(summary);
    }
    Ok(Outcome::Done)
}

async fn submit_one(intake: &Intake, json: &[u8], key: Option<&str>) -> anyhow::Result<Taken> {
    let key = key.map(|key| IdempotencyKey::parse(key.as_bytes())).transpose().context("--key")?;
    let given = read_task(json)?;
    let sanitised = given.sanitised();
    let GivenTask { fingerprint, task, .. } = given;
    let submission = Submission { caller: intake.caller.clone(), key, fingerprint, task };
    Ok(Taken { accepted: intake.api.accept(submission).await?, sanitised })
}

/// Validates and sanitises one task.
pub fn read_task(json: &[u8]) -> anyhow::Result<GivenTask> {
    GivenTask::read(json).map_err(|rejection| anyhow!("{}", explain(&rejection)))
}

fn show(Taken { accepted, sanitised }: &Taken, format: Format) -> io::Result<()> {
    match format {
        // One object a line: there may be very many.
        Format::Json => print_data(serde_json::to_string(&TaskAccepted::new(accepted, sanitised.clone()))?),
        Format::Text => {
            let place = accepted.sequence_number.map_or_else(|| "?".to_owned(), |number| number.to_string());
            print_data(format!("{} {place} {}", accepted.task_id, accepted.status))
        }
    }
}
