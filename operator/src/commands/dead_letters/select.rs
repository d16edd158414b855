//! Which dead letters a command selects: by id, all, or by a filter. The list is read once, printed, and then acted on
//! exactly as printed.

use std::time::Duration;

use anyhow::bail;
use chrono::TimeDelta;
use clap::{
    Args,
    builder::{PossibleValuesParser, TypedValueParser},
};
use operations::Filter;
use shared::{FailureClass, Priority, TaskId, TaskRecord, TaskType, Timestamp, ports::TaskRecords};

use crate::{invalid_arguments::InvalidArguments, not_blank::not_blank, target::PipelineOperations};

/// Selects dead letters by their failure and their task.
#[derive(Debug, Clone, Args)]
pub struct FilterArguments {
    /// Select failures of this class
    #[arg(long, value_parser = one_of(FailureClass::ALL, FailureClass::as_str))]
    pub class: Option<FailureClass>,
    /// Select failures with this code
    #[arg(long, value_parser = not_blank)]
    pub code: Option<String>,
    /// Select tasks that were given up longer ago than this, such as 90m, 2h or 3days
    #[arg(long, value_name = "DURATION")]
    pub older_than: Option<humantime::Duration>,
    /// Select tasks that were given up within this time, such as 90m, 2h or 3days
    #[arg(long, value_name = "DURATION")]
    pub newer_than: Option<humantime::Duration>,
    /// Select tasks with this priority
    #[arg(long, value_parser = one_of(Priority::ALL, Priority::as_str))]
    pub priority: Option<Priority>,
    /// Select tasks of this type
    #[arg(long = "type", value_name = "TYPE")]
    pub task_type: Option<TaskType>,
    /// Select tasks from this submitter
    #[arg(long, value_name = "CALLER", value_parser = not_blank)]
    pub submitter: Option<String>,
    /// Select tasks whose title contains this text, ignoring case
    #[arg(long, value_name = "TEXT", value_parser = not_blank)]
    pub title: Option<String>,
}

#[derive(Debug, Args)]
#[group(skip)]
pub struct Selection {
    /// Select tasks by id
    pub ids: Vec<TaskId>,
    /// Select all dead letters
    #[arg(
        long,
        conflicts_with_all =
            ["ids", "class", "code", "older_than", "newer_than", "priority", "task_type", "submitter", "title"]
    )]
    pub all: bool,
    #[command(flatten)]
    pub filter: FilterArguments,
    /// Select at most this many, oldest first
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub max: Option<u32>,
}

impl FilterArguments {
    /// Whether a task can be within both ages.
    pub fn has_time(&self) -> bool {
        let ages = (self.older_than.map(Duration::from), self.newer_than.map(Duration::from));
        !matches!(ages, (Some(older), Some(newer)) if older > newer)
    }

    /// The filter with ages counted back from `now`.
    pub fn at(&self, now: Timestamp) -> Filter {
        Filter {
            class: self.class,
            code: self.code.clone(),
            died_before: self.older_than.map(|age| before(now, age)),
            died_after: self.newer_than.map(|age| before(now, age)),
            priority: self.priority,
            task_type: self.task_type.as_ref().map(TaskType::to_string),
            submitter: self.submitter.clone(),
            title: self.title.clone(),
        }
    }
}

/// The time `age` before `now`; the earliest time there is if the age is longer than that.
fn before(now: Timestamp, age: humantime::Duration) -> Timestamp {
    let age = TimeDelta::from_std(age.into()).ok();
    age.and_then(|age| now.checked_sub_signed(age)).unwrap_or(Timestamp::MIN_UTC)
}

/// Parses one of a fixed set of names.
fn one_of<T: Copy + Send + Sync + 'static, const N: usize>(
    all: [T; N],
    name: fn(T) -> &'static str,
) -> impl TypedValueParser<Value = T> {
    let names = PossibleValuesParser::new(all.map(name));
    names.try_map(move |text| all.into_iter().find(|it| name(*it) == text).ok_or("no such name"))
}

/// Refuses a command that selects nothing, or that can't select anything.
///
/// # Errors
/// [`InvalidArguments`].
pub fn check(selection: &Selection) -> Result<(), InvalidArguments> {
    let FilterArguments { class, code, older_than, newer_than, priority, task_type, submitter, title } =
        &selection.filter;
    let is_filtered = class.is_some()
        || code.is_some()
        || older_than.is_some()
        || newer_than.is_some()
        || priority.is_some()
        || task_type.is_some()
        || submitter.is_some()
        || title.is_some();
    if selection.ids.is_empty() && !selection.all && !is_filtered {
        return Err(InvalidArguments::because(
            "select dead letters by task ids, --all, or a filter such as --code",
        ));
    }
    check_ages(&selection.filter)
}

/// Refuses ages that exclude each other.
///
/// # Errors
/// [`InvalidArguments`].
pub fn check_ages(filter: &FilterArguments) -> Result<(), InvalidArguments> {
    match filter.has_time() {
        true => Ok(()),
        false => Err(InvalidArguments::because(
            "no task is both older than --older-than and newer than --newer-than",
        )),
    }
}

/// The selected dead letters, in the order in which they were accepted.
pub async fn select(
    selection: &Selection,
    operations: &PipelineOperations,
) -> anyhow::Result<Vec<TaskRecord>> {
    let filter = selection.filter.at(operations.clock.now());
    let max = selection.max.map_or(usize::MAX, |max| max as usize);
    if selection.ids.is_empty() {
        return Ok(operations.needing_attention(max, |record| filter.admits(record)).await?);
    }
    let mut dead_letters = Vec::new();
    for id in &selection.ids {
        match operations.records.find(*id).await? {
            None => bail!("there is no task {id}"),
            Some(record) if filter.admits(&record) => dead_letters.push(record),
            Some(record) if Filter::default().admits(&record) => {
                bail!("task {id} is a dead letter, but the filter does not select it")
            }
            Some(record) => bail!("task {id} is {}, not dead_lettered", record.status),
        }
    }
    dead_letters.sort_by_key(|dead_letter| (dead_letter.first_sequence_number, dead_letter.task_id));
    dead_letters.dedup_by_key(|dead_letter| dead_letter.task_id);
    dead_letters.truncate(max);
    Ok(dead_letters)
}
