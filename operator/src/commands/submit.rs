//! `taskline submit`: submits tasks from a file or standard input, one after the other, by the same rules as over HTTP.
//!
//! Keys number tasks, not lines: the first task gets KEY, the second KEY:2. So a blank line changes no key, and if tasks are
//! appended to a file, the first ones are not submitted twice.

use std::{io, path::PathBuf};

use anyhow::{Context, anyhow};
use api::{AcceptRequest, Acceptance, Intake, TaskAccepted};
use clap::Args;
use operations::Fact;
use shared::{Caller, IdempotencyKey, Rejection, Submission, limits::IDEMPOTENCY_KEY_CHARACTERS_MAX};

use crate::{
    invalid_arguments::InvalidArguments,
    submission::explain,
    target::{Choice, PipelineOperations, PipelineQueue, PipelineRecords, intake, open},
    terminal::{ExitStatus, Format, in_words, print_data, print_json_line, progress, say},
};

use super::input::{Input, Line};

/// `:` and the number of a task, which has at most ten digits.
const NUMBER_CHARACTERS_MAX: usize = 11;

#[derive(Debug, Args)]
pub struct SubmitArguments {
    /// The file to read; - reads standard input
    #[arg(default_value = "-")]
    pub file: PathBuf,
    /// The idempotency key of the first task; the second gets KEY:2, the third KEY:3 and so on, so the command can be repeated
    #[arg(long, value_name = "KEY")]
    pub key: Option<String>,
}

/// The intake, and the caller as whom an operator submits.
struct Submitter {
    intake: Intake<PipelineRecords, PipelineQueue>,
    caller: Caller,
}

/// The tasks that cleaning changed: the first, and how many.
#[derive(Default)]
struct CleanedLines {
    first: Option<(u64, Vec<&'static str>)>,
    count: usize,
}

impl CleanedLines {
    fn note(&mut self, line: u64, sanitised: &[&'static str]) {
        if !sanitised.is_empty() {
            self.count += 1;
            self.first.get_or_insert_with(|| (line, sanitised.to_vec()));
        }
    }

    fn summary(&self) -> Option<String> {
        let (line, sanitised) = self.first.as_ref()?;
        let members = sanitised.join(" and ");
        Some(match self.count {
            1 if *line == 1 => Fact::Cleaned(sanitised.clone()).to_string(),
            1 => format!("Cleaning changed {members} of line {line}."),
            count => format!(
                "Cleaning changed {count} tasks, the first on line {line} ({members}). `--json` lists the changed members of each task."
            ),
        })
    }
}

pub async fn run(arguments: SubmitArguments, pipeline: Choice, format: Format) -> anyhow::Result<ExitStatus> {
    let mut input = Input::open(&arguments.file, &pipeline)?;
    let Some(mut first) = input.next_line()? else {
        return Err(InvalidArguments::because(format!("there is no task in {}", input.name())).into());
    };
    if serde_json::from_slice::<serde::de::IgnoredAny>(&first.text).is_err() {
        // One task on many lines.
        first.text.extend(input.rest()?);
    }
    let second = input.next_line()?;
    let key = arguments.key.map(|key| check_key(key, second.is_some())).transpose()?;
    // Before the pipeline is opened: an invalid first task is an invalid argument.
    read_line(&first)?;
    let operations = open(pipeline).await?;
    submit(&Submitter::of(&operations), [first].into_iter().chain(second), input, key.as_deref(), format)
        .await
}

/// The key of the first task. If there are more tasks, it must be short enough for their numbers.
fn check_key(key: String, has_more: bool) -> Result<String, InvalidArguments> {
    IdempotencyKey::parse(key.as_bytes())
        .map_err(|error| InvalidArguments::because(format!("--key: {error}")))?;
    let longest = IDEMPOTENCY_KEY_CHARACTERS_MAX - NUMBER_CHARACTERS_MAX;
    if has_more && key.len() > longest {
        return Err(InvalidArguments::because(format!(
            "--key: with more than one task it has at most {longest} characters, as KEY:2, KEY:3 ... are keys too"
        )));
    }
    Ok(key)
}

/// Stops at the first task that is not accepted. Going on would put later tasks before it.
async fn submit(
    submitter: &Submitter,
    begun: impl Iterator<Item = Line>,
    mut input: Input,
    key: Option<&str>,
    format: Format,
) -> anyhow::Result<ExitStatus> {
    let mut cleaned = CleanedLines::default();
    let bar = progress(input.bytes, "bytes submitted");
    let lines = begun.map(Ok).chain(std::iter::from_fn(|| input.next_line().transpose()));
    for (line, task_number) in lines.zip(1_u64..) {
        let accepted = async {
            let line = line?;
            let key =
                key.map(|key| if task_number == 1 { key.to_owned() } else { format!("{key}:{task_number}") });
            let accepted = submit_one(submitter, &line, key.as_deref()).await;
            bar.inc(line.text.len() as u64);
            Ok((line.number, accepted?))
        };
        match accepted.await {
            Ok((number, accepted)) => {
                show(&accepted, format)?;
                cleaned.note(number, &accepted.sanitised);
            }
            Err(error) if task_number == 1 => return Err(error),
            // Not an invalid argument any more: some tasks were accepted.
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
    Ok(ExitStatus::Done)
}

impl Submitter {
    fn of(operations: &PipelineOperations) -> Self {
        Self { intake: intake(operations), caller: operations.submitter.clone() }
    }
}

async fn submit_one(submitter: &Submitter, line: &Line, key: Option<&str>) -> anyhow::Result<Acceptance> {
    let key = key.map(|key| IdempotencyKey::parse(key.as_bytes())).transpose()?;
    let submission = read_line(line)?;
    let request = AcceptRequest { caller: submitter.caller.clone(), key, submission, trace: None };
    submitter.intake.accept(request).await.with_context(|| format!("line {}", line.number))
}

/// Validates and sanitises the task that begins on this line of its file. An error names the line of the file, once.
fn read_line(line: &Line) -> Result<Submission, InvalidArguments> {
    let text = line.text.trim_ascii_end();
    Submission::parse(text).map_err(|rejection| match rejection_in_file(line.number, text) {
        Some(Rejection::Malformed(detail)) if detail.contains(" at line ") => {
            InvalidArguments::because(explain(&Rejection::Malformed(detail)))
        }
        _ => InvalidArguments::because(format!("line {}: {}", line.number, explain(&rejection))),
    })
}

/// Parses the text again after as many line breaks as the file has before it, so that the parser counts the lines of the file.
fn rejection_in_file(number: u64, text: &[u8]) -> Option<Rejection> {
    let before = usize::try_from(number - 1).ok()?;
    Submission::parse(&[&vec![b'\n'; before], text].concat()).err()
}

fn show(accepted: &Acceptance, format: Format) -> io::Result<()> {
    match format {
        // One object per line: there may be very many.
        Format::Json => print_json_line(&TaskAccepted::from(accepted)),
        Format::Text => {
            let place = accepted.sequence_number.map_or_else(|| "?".to_owned(), |number| number.to_string());
            print_data(format!("{} {place} {}", accepted.task_id, accepted.status))
        }
    }
}
