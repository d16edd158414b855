//! `taskline task show`: the status and the history of a task.

use std::io;

use anyhow::Context;
use clap::Args;
use shared::{Content, HandlerVersion, TaskId, TaskRecord, one_line, ports::TaskRecords};

use crate::{
    target::PipelineOperations,
    terminal::{ExitStatus, Format, is_read_after, print_data, print_json, print_json_line},
    view::{PayloadView, detail},
};

#[derive(Debug, Args)]
pub struct ShowArguments {
    /// The task id
    id: TaskId,
    /// Show every change until the task is finished
    #[arg(long)]
    pub watch: bool,
    /// Show the contents of the task and its result
    #[arg(long)]
    payload: bool,
}

pub async fn show(
    arguments: &ShowArguments,
    operations: &PipelineOperations,
    format: Format,
) -> anyhow::Result<ExitStatus> {
    let record = find(arguments.id, operations).await?;
    print_record(&record, arguments.payload.into(), format)?;
    Ok(ExitStatus::Done)
}

/// Shows every change until the task is finished or needs attention, or the reader of stdout is gone; as JSON, one object per line.
pub async fn watch(
    arguments: &ShowArguments,
    operations: &PipelineOperations,
    format: Format,
) -> anyhow::Result<ExitStatus> {
    let payload = PayloadView::from(arguments.payload);
    let mut shown = None;
    loop {
        let record = find(arguments.id, operations).await?;
        if shown != Some(record.revision) {
            shown = Some(record.revision);
            match format {
                Format::Json => print_json_line(&detail(&record, payload))?,
                Format::Text => print_record(&record, payload, format)?,
            }
        }
        if record.status.is_settled() {
            return Ok(ExitStatus::Done);
        }
        if !is_read_after(operations.poll_interval).await {
            return Ok(ExitStatus::Done);
        }
    }
}

async fn find(id: TaskId, operations: &PipelineOperations) -> anyhow::Result<TaskRecord> {
    operations.records.find(id).await?.with_context(|| format!("there is no task {id}"))
}

/// Prints a whole record.
pub fn print_record(record: &TaskRecord, payload: PayloadView, format: Format) -> io::Result<()> {
    if format == Format::Json {
        return print_json(&detail(record, payload));
    }
    let time = |at: Option<shared::Timestamp>| at.map_or_else(|| "-".to_owned(), |at| at.to_rfc3339());
    let number =
        |number: Option<shared::SequenceNumber>| number.map_or_else(|| "-".to_owned(), |n| n.to_string());
    print_data(format!("task         {}", record.task_id))?;
    print_data(format!("status       {}", record.status))?;
    if let Some(task) = record.task() {
        print_data(format!("type         {}", task.task_type()))?;
    }
    let positions = (number(record.sequence_number), number(record.first_sequence_number));
    print_data(format!("position     {} (accepted at {})", positions.0, positions.1))?;
    print_data(format!("attempts     {} (generation {})", record.attempt, record.generation))?;
    print_data(format!("submitted by {}", one_line(record.submitted_by.as_str())))?;
    if let Some(trace) = &record.trace {
        print_data(format!("trace        {}", trace.traceparent()))?;
    }
    print_data(format!("accepted     {}", record.accepted_at.to_rfc3339()))?;
    print_data(format!("started      {}", time(record.started_at)))?;
    print_data(format!("finished     {}", time(record.finished_at)))?;
    if let Some(at) = record.cancel_requested_at {
        print_data(format!("cancelled    {} by its submitter, during an attempt", at.to_rfc3339()))?;
    }
    if let Some(reason) = record.result_dropped {
        print_data(format!("result       dropped: {reason}"))?;
    }
    for failure in &record.failures {
        let earlier = match failure.replaced {
            0 => String::new(),
            replaced => format!(", the last of {} in a row", u64::from(replaced) + 1),
        };
        let duration = failure.duration_ms.map_or_else(String::new, |ms| format!(" after {ms} ms"));
        print_data(format!(
            "failure      {} attempt {}{earlier}: {} {}{duration}: {} (request {}, X-Ray trace {}, version {})",
            failure.at.to_rfc3339(),
            failure.attempt,
            failure.class,
            one_line(&failure.code),
            one_line(&failure.message),
            failure.request_id,
            failure.xray_trace_id.as_deref().unwrap_or("-"),
            failure.code_version,
        ))?;
        if let Some(HandlerVersion::Reported(version)) = &failure.handler_version {
            print_data(format!("             handler version {version}"))?;
        }
        if let Some(answer) = &failure.answer {
            print_data(format!("             the handler answered: {answer}"))?;
        }
    }
    for entry in &record.audit {
        let action = serde_json::to_value(entry.action)?;
        let action = action.as_str().unwrap_or_default();
        print_data(format!(
            "audit        {} {action} by {}: {}",
            entry.at.to_rfc3339(),
            entry.by,
            entry.reason
        ))?;
    }
    if payload == PayloadView::Hidden {
        let hidden = if record.result.is_some() { "payload, result" } else { "payload" };
        return print_data(format!("{hidden:<12} (hidden; --payload shows it)"));
    }
    if let Some(result) = &record.result {
        // Outside of strings JSON can contain tabs and CRs, which are not printed.
        let text = result.as_str().replace(['\t', '\r'], " ").replace('\n', "\n             ");
        print_data(format!("result       {text}"))?;
    }
    print_content(&record.content)?;
    match &record.amendment {
        Some(amendment) => {
            print_data(format!("amended      {}; before:", amendment.at.to_rfc3339()))?;
            print_content(&amendment.original)
        }
        None => Ok(()),
    }
}

fn print_content(content: &Content) -> io::Result<()> {
    match content {
        Content::Task(task) => {
            print_data(format!("title        {}", task.title()))?;
            print_data(format!("description  {}", task.description().replace('\n', "\n             ")))?;
            let due = task.due_date().map_or_else(|| "-".to_owned(), |date| date.to_rfc3339());
            print_data(format!("priority     {}, due {due}", task.priority()))?;
            task.payload().map_or(Ok(()), |payload| {
                print_data(format!("payload      {}", payload.as_str().replace('\n', "\n             ")))
            })
        }
        Content::Raw(body) => print_data(format!("body         {body:?}")),
    }
}
