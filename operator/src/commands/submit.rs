//! `taskline submit`: submits tasks from a file or standard input, one after the other, by the same rules as over HTTP.
//!
//! Keys number tasks, not lines: the first task gets KEY, the second KEY:2. So a blank line changes no key, and if tasks are
//! appended to a file, the first ones are not submitted twice.

use std::{
    io,
    path::{Path, PathBuf},
};

use anyhow::anyhow;
use api::{AcceptError, AcceptRequest, Acceptance, Intake, TaskAccepted};
use clap::Args;
use operations::Fact;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;
use shared::{
    Caller, IdempotencyKey, Rejection, Submission, TaskType, limits::IDEMPOTENCY_KEY_CHARACTERS_MAX,
};

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
    /// The type of each task; a task that names a type itself is refused
    #[arg(long = "type", value_name = "TYPE")]
    pub task_type: Option<TaskType>,
    /// The file with the payload of each task, as JSON; - reads standard input; a task with a payload is refused
    #[arg(long, value_name = "FILE")]
    pub payload: Option<PathBuf>,
}

/// Members that the arguments add to every task.
#[derive(Default)]
struct Added {
    task_type: Option<TaskType>,
    payload: Option<Box<RawValue>>,
}

impl Added {
    fn read(arguments: &SubmitArguments, pipeline: &Choice) -> Result<Self, InvalidArguments> {
        let task_type = arguments.task_type.clone();
        let Some(file) = &arguments.payload else { return Ok(Self { task_type, payload: None }) };
        let stdin = Path::new("-");
        if file == stdin && arguments.file == stdin {
            let problem = "--payload: the task and its payload can't both be read from standard input";
            return Err(InvalidArguments::because(problem));
        }
        let mut input = Input::open(file, pipeline)?;
        let payload = serde_json::from_slice(&input.rest()?).map_err(|error| {
            let (name, line, column) = (input.name(), error.line(), error.column());
            InvalidArguments::because(format!(
                "--payload: {name} is not JSON in UTF-8 (line {line}, column {column})"
            ))
        })?;
        Ok(Self { task_type, payload: Some(payload) })
    }

    /// The task with these members, if the text is an object. They are added at its end, so that errors name the same places.
    fn to(&self, text: &[u8]) -> Vec<u8> {
        let text = text.trim_ascii_end();
        let Some(open) =
            text.strip_suffix(b"}").filter(|_| serde_json::from_slice::<IgnoredAny>(text).is_ok())
        else {
            return text.to_vec();
        };
        let mut task = open.to_vec();
        let is_empty = open.trim_ascii().ends_with(b"{");
        let members = [
            self.task_type.as_ref().map(|it| format!("\"type\":\"{it}\"")),
            self.payload.as_ref().map(|it| format!("\"payload\":{it}")),
        ];
        for (member, is_first) in members.into_iter().flatten().zip([is_empty, false]) {
            task.extend_from_slice(if is_first { b"" } else { b"," });
            task.extend_from_slice(member.as_bytes());
        }
        task.push(b'}');
        task
    }
}

/// The intake, and the caller as whom an operator submits.
struct Submitter {
    intake: Intake<PipelineRecords, PipelineQueue>,
    caller: Caller,
    added: Added,
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
    let added = Added::read(&arguments, &pipeline)?;
    let mut input = Input::open(&arguments.file, &pipeline)?;
    let Some(mut first) = input.next_line()? else {
        return Err(InvalidArguments::because(format!("there is no task in {}", input.name())).into());
    };
    if serde_json::from_slice::<IgnoredAny>(&first.text).is_err() {
        // One task on many lines.
        first.text.extend(input.rest()?);
    }
    let second = input.next_line()?;
    let key = arguments.key.map(|key| check_key(key, second.is_some())).transpose()?;
    // Before the pipeline is opened: an invalid first task is an invalid argument.
    read_line(&first, &added)?;
    let operations = open(pipeline).await?;
    submit(
        &Submitter::of(&operations, added),
        [first].into_iter().chain(second),
        input,
        key.as_deref(),
        format,
    )
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
    fn of(operations: &PipelineOperations, added: Added) -> Self {
        Self { intake: intake(operations), caller: operations.submitter.clone(), added }
    }
}

async fn submit_one(submitter: &Submitter, line: &Line, key: Option<&str>) -> anyhow::Result<Acceptance> {
    let key = key.map(|key| IdempotencyKey::parse(key.as_bytes())).transpose()?;
    let submission = read_line(line, &submitter.added)?;
    let request = AcceptRequest { caller: submitter.caller.clone(), key, submission, trace: None };
    submitter.intake.accept(request).await.map_err(|error| match error {
        AcceptError::Refused(violations) => {
            let why = explain(&Rejection::Invalid(violations));
            InvalidArguments::because(format!("line {}: {why}", line.number)).into()
        }
        other => anyhow::Error::from(other).context(format!("line {}", line.number)),
    })
}

/// Validates and sanitises the task that begins on this line of its file. An error names the line of the file, once.
fn read_line(line: &Line, added: &Added) -> Result<Submission, InvalidArguments> {
    let text = added.to(&line.text);
    Submission::parse(&text).map_err(|rejection| match rejection_in_file(line.number, &text) {
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
