//! `taskline submit`: tasks from a file or standard input, one after the other, by the same rules as over HTTP.
//!
//! A key numbers tasks and not lines: the first task gets KEY, the second KEY:2. So a blank line changes no key, and a file
//! of one task that grew repeats nothing.

use operations::{GivenTask, cleaning};
use std::{io, path::PathBuf, sync::Arc};

use ::local::RandomTaskIds;
use anyhow::{Context, anyhow};
use api::{Accepted, Intake, Submission, TaskAccepted};
use clap::Args;
use shared::{Caller, IdempotencyKey, Rejection, limits::IDEMPOTENCY_KEY_CHARACTERS_MAX};

use crate::{
    invalid_arguments::InvalidArguments,
    submission::explain,
    target::{Choice, PipelineOperations, PipelineQueue, PipelineRecords, open},
    terminal::{Format, Outcome, in_words, print_data, print_json_line, progress, say},
};

use super::input::{Input, Line};

/// `:` and the number of a task, of which there are fewer than ten thousand million.
const NUMBER_CHARACTERS_MAX: usize = 11;

#[derive(Debug, Args)]
pub struct SubmitArguments {
    /// The file to read; - reads standard input
    #[arg(default_value = "-")]
    pub file: PathBuf,
    /// The idempotency key of the first task; the second gets KEY:2, the third KEY:3 and so on. If the command is repeated, no
    /// task is accepted twice
    #[arg(long, value_name = "KEY")]
    pub key: Option<String>,
}

/// The API as an operator calls it: without HTTP, and as one caller.
struct Submitter {
    api: Intake<PipelineRecords, PipelineQueue>,
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
    first: Option<(u64, String)>,
    count: usize,
}

impl CleanedLines {
    fn note(&mut self, line: u64, sanitised: &[&str]) {
        if !sanitised.is_empty() {
            self.count += 1;
            self.first.get_or_insert_with(|| (line, sanitised.join(" and ")));
        }
    }

    fn summary(&self) -> Option<String> {
        let (line, members) = self.first.as_ref()?;
        Some(match self.count {
            1 if *line == 1 => cleaning(&[members.as_str()])?,
            1 => format!("Cleaning changed {members} of line {line}."),
            count => format!(
                "Cleaning changed {count} tasks, the first on line {line} ({members}). `--json` lists the changed members of each task."
            ),
        })
    }
}

pub async fn run(given: SubmitArguments, pipeline: Choice, format: Format) -> anyhow::Result<Outcome> {
    let mut input = Input::open(&given.file, &pipeline)?;
    let Some(mut first) = input.next_line()? else {
        return Err(InvalidArguments::because(format!("there is no task in {}", input.name())).into());
    };
    if serde_json::from_slice::<serde::de::IgnoredAny>(&first.text).is_err() {
        // One task on many lines.
        first.text.extend(input.rest()?);
    }
    let second = input.next_line()?;
    let key = given.key.map(|key| check_key(key, second.is_some())).transpose()?;
    // Before the pipeline is opened: what is wrong with the first task is wrong whatever the pipeline is.
    read_line(&first)?;
    let operations = open(pipeline).await?;
    submit(&operations.into(), [first].into_iter().chain(second), input, key.as_deref(), format).await
}

/// What the first task is submitted under; with others behind it there must be room for their numbers.
fn check_key(key: String, has_more: bool) -> Result<String, InvalidArguments> {
    IdempotencyKey::parse(key.as_bytes())
        .map_err(|error| InvalidArguments::because(format!("--key: {error}")))?;
    let room = IDEMPOTENCY_KEY_CHARACTERS_MAX - NUMBER_CHARACTERS_MAX;
    if has_more && key.len() > room {
        return Err(InvalidArguments::because(format!(
            "--key: with more than one task it has at most {room} characters, as KEY:2, KEY:3 ... are keys too"
        )));
    }
    Ok(key)
}

/// Stops at the first task that is not accepted: to go on would put later ones before it.
async fn submit(
    intake: &Submitter,
    begun: impl Iterator<Item = Line>,
    mut input: Input,
    key: Option<&str>,
    format: Format,
) -> anyhow::Result<Outcome> {
    let mut cleaned = CleanedLines::default();
    let bar = progress(input.bytes, "bytes submitted");
    let lines = begun.map(Ok).chain(std::iter::from_fn(|| input.next_line().transpose()));
    for (line, task_number) in lines.zip(1_u64..) {
        let taken = async {
            let line = line?;
            let key =
                key.map(|key| if task_number == 1 { key.to_owned() } else { format!("{key}:{task_number}") });
            let taken = submit_one(intake, &line, key.as_deref()).await;
            bar.inc(line.text.len() as u64);
            Ok((line.number, taken?))
        };
        match taken.await {
            Ok((number, taken)) => {
                show(&taken, format)?;
                cleaned.note(number, &taken.sanitised);
            }
            Err(error) if task_number == 1 => return Err(error),
            // Some of it was done, whatever is wrong with the rest.
            Err(error) => {
                let (before, error) = (task_number - 1, in_words(&error));
                return Err(anyhow!(
                    "task {task_number} was not accepted ({before} before it accepted): {error}"
                ));
            }
        }
    }
    bar.finish_and_clear();
    if let Some(summary) = cleaned.summary() {
        say(summary);
    }
    Ok(Outcome::Done)
}

impl From<PipelineOperations> for Submitter {
    fn from(operations: PipelineOperations) -> Self {
        let api =
            Intake::new(operations.records, operations.line_queue, Arc::new(RandomTaskIds), operations.clock);
        Self { api, caller: operations.submitter }
    }
}

async fn submit_one(intake: &Submitter, line: &Line, key: Option<&str>) -> anyhow::Result<Taken> {
    let key = key.map(|key| IdempotencyKey::parse(key.as_bytes())).transpose()?;
    let given = read_line(line)?;
    let sanitised = given.sanitised();
    let GivenTask { fingerprint, task, .. } = given;
    let submission = Submission { caller: intake.caller.clone(), key, fingerprint, task, trace: None };
    let accepted = intake.api.accept(submission).await;
    Ok(Taken { accepted: accepted.with_context(|| format!("line {}", line.number))?, sanitised })
}

/// The same for a task that begins on this line of its file. Where it is wrong is said once, by the lines of the file.
fn read_line(line: &Line) -> Result<GivenTask, InvalidArguments> {
    let text = line.text.trim_ascii_end();
    GivenTask::read(text).map_err(|rejection| match rejection_in_file(line.number, text) {
        Some(Rejection::Malformed(detail)) if detail.contains(" at line ") => {
            InvalidArguments::because(explain(&Rejection::Malformed(detail)))
        }
        _ => InvalidArguments::because(format!("line {}: {}", line.number, explain(&rejection))),
    })
}

/// Read again behind as many lines as the file has before it, so that the parser counts as the file does.
fn rejection_in_file(number: u64, text: &[u8]) -> Option<Rejection> {
    let before = usize::try_from(number - 1).ok()?;
    GivenTask::read(&[&vec![b'\n'; before], text].concat()).err()
}

fn show(Taken { accepted, sanitised }: &Taken, format: Format) -> io::Result<()> {
    match format {
        // One object a line: there may be very many.
        Format::Json => print_json_line(&TaskAccepted::new(accepted, sanitised.clone())),
        Format::Text => {
            let place = accepted.sequence_number.map_or_else(|| "?".to_owned(), |number| number.to_string());
            print_data(format!("{} {place} {}", accepted.task_id, accepted.status))
        }
    }
}
