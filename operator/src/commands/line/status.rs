//! `taskline line status`: whether the line moves, its head, its rate and the newest failures.

use operations::{HandlerOutage, LineState, PipelineStatus, seconds_between, since};
use std::{
    fmt::Write,
    io::{self, IsTerminal},
    time::Duration,
};

use clap::Args;
use serde_json::{Value, json};
use shared::{AuditAction, AuditEntry, Failure, TaskRecord, Timestamp};

use crate::{
    target::PipelineOperations,
    terminal::{ExitStatus, Format, clear, is_read_after, print_data, print_json},
    view::{Summary, attempts_left},
};

#[derive(Debug, Args)]
pub struct StatusArguments {
    /// Show it again whenever it changes, until Ctrl-C
    #[arg(long)]
    pub watch: bool,
}

pub async fn status(operations: &PipelineOperations, format: Format) -> anyhow::Result<ExitStatus> {
    let (status, pause) = read(operations).await?;
    match format {
        Format::Json => print_json(&as_json(&status, pause.as_ref()))?,
        Format::Text => print_data(in_words(&status, pause.as_ref(), operations.clock.now()).trim_end())?,
    }
    Ok(ExitStatus::Done)
}

/// Shows the status whenever it changes: on a terminal in place of the previous one, as JSON one object per line. Ends at Ctrl-C,
/// or when the reader of stdout is gone.
pub async fn watch(operations: &PipelineOperations, format: Format) -> anyhow::Result<ExitStatus> {
    // A rising age is shown only where it replaces the previous one.
    let is_in_place = format == Format::Text && io::stdout().is_terminal();
    let mut shown = None;
    loop {
        let (status, pause) = read(operations).await?;
        let age = status.head_age_seconds.filter(|_| is_in_place);
        let news = (PipelineStatus { head_age_seconds: age, ..status.clone() }, pause.clone());
        if shown.as_ref() != Some(&news) {
            match format {
                Format::Json => print_data(as_json(&status, pause.as_ref()))?,
                Format::Text => {
                    clear()?;
                    print_data(in_words(&status, pause.as_ref(), operations.clock.now()))?;
                }
            }
            shown = Some(news);
        }
        if !is_read_after(operations.poll_interval).await {
            return Ok(ExitStatus::Done);
        }
    }
}

/// The status, and the change that paused the line if it is stored.
async fn read(operations: &PipelineOperations) -> anyhow::Result<(PipelineStatus, Option<AuditEntry>)> {
    let status = operations.status().await?;
    let changes = if status.paused { operations.line.changes().await? } else { None };
    let last = changes.and_then(|mut changes| changes.pop());
    Ok((status, last.filter(|change| change.action == AuditAction::PauseLine)))
}

fn as_json(status: &PipelineStatus, pause: Option<&AuditEntry>) -> Value {
    json!({
        "state": status.state,
        "running": status.running,
        "paused": status.paused,
        "pause": pause.map(|pause| json!({"at": pause.at, "by": pause.by, "reason": pause.reason})),
        "waiting": status.waiting,
        "in_flight": status.in_flight,
        "head": status.head.as_ref().map(|head| head_as_json(head, status.next_attempt_at)),
        "handler_unavailable": status.handler_unavailable,
        "head_age_seconds": status.head_age_seconds,
        "completed_last_minute": status.completed_last_minute,
        "seconds_to_drain": status.seconds_to_drain,
        "held": status.held.len(),
        "held_at": status.held.first().map(|record| record.task_id),
        "dead_lettered": status.dead_lettered,
        "newest_failures": status.newest_failures.iter().map(Summary::from).collect::<Vec<_>>(),
    })
}

fn head_as_json(head: &TaskRecord, next_attempt_at: Option<Timestamp>) -> Value {
    let mut shown = json!(Summary::from(head));
    shown["attempts_left"] = json!(attempts_left(head));
    shown["next_attempt_at"] = json!(next_attempt_at);
    shown
}

fn in_words(status: &PipelineStatus, pause: Option<&AuditEntry>, now: Timestamp) -> String {
    let seconds = |seconds: Option<u64>, otherwise: &str| {
        seconds.map_or_else(|| otherwise.to_owned(), |seconds| format!("{seconds} s"))
    };
    let is_empty = status.waiting + status.in_flight == 0;
    let unknown = if is_empty { "-" } else { "unknown" };
    let rate = status.completed_last_minute;
    let held_at = status.held.first().map_or_else(String::new, |record| format!(" at {}", record.task_id));
    let mut text = String::new();
    let mut line = |name: &str, value: String| writeln!(text, "{name:<13} {value}").unwrap_or_default();
    line("state", state_in_words(status, now));
    if let Some(pause) = pause {
        line("paused", since(pause));
    }
    line("waiting", format!("{} (in flight: {})", status.waiting, status.in_flight));
    line("head", status.head.as_ref().map_or_else(|| unknown.to_owned(), head_in_words));
    if let Some(failure) = status.head.as_ref().and_then(TaskRecord::last_failure) {
        line("last failure", failure_in_words(failure));
    }
    if let Some(at) = status.next_attempt_at {
        line("next attempt", at.to_rfc3339());
    }
    line("head's age", seconds(status.head_age_seconds, unknown));
    line("completed", rate.map_or_else(|| "unknown".to_owned(), |rate| format!("{rate} in the last 60 s")));
    line("empty in", status.seconds_to_drain.map_or_else(|| "-".to_owned(), about));
    line("held", format!("{}{held_at}", status.held.len()));
    line("dead letters", status.dead_lettered.to_string());
    for record in &status.newest_failures {
        if let Some(failure) = record.last_failure() {
            let (at, why) = (failure.at.to_rfc3339(), why(failure));
            line("failed", format!("{at} {} {why}", record.task_id));
        }
    }
    text
}

fn state_in_words(status: &PipelineStatus, now: Timestamp) -> String {
    let state = status.state.as_str();
    if let Some(outage) = &status.handler_unavailable {
        return format!("{state}: {}", outage_in_words(outage, now));
    }
    match status.state {
        LineState::Stopped if status.paused => {
            format!("{state}: no `taskline local` runs here; the line is also paused")
        }
        LineState::Stopped => format!("{state}: no `taskline local` runs here"),
        LineState::Unknown => {
            format!("{state}: SQS does not report whether the line moves; the CloudWatch dashboard does")
        }
        _ => state.to_owned(),
    }
}

fn outage_in_words(outage: &HandlerOutage, now: Timestamp) -> String {
    let next = outage.next_try_at.map_or_else(String::new, |at| {
        let wait = Duration::from_secs(seconds_between(now, at));
        format!(", next try in {}", humantime::format_duration(wait))
    });
    let of_type = match outage.task_type.as_ref().filter(|task_type| !task_type.is_default()) {
        Some(task_type) => format!(" for the type {task_type}"),
        None => String::new(),
    };
    format!("handler unavailable{of_type} since {}{next} ({})", outage.since.to_rfc3339(), outage.code)
}

fn head_in_words(head: &TaskRecord) -> String {
    let left = attempts_left(head).map_or_else(String::new, |left| format!(", {left} left"));
    format!("{} {}, attempt {}{left}", head.task_id, head.status, head.attempt)
}

fn failure_in_words(failure: &Failure) -> String {
    format!("{} {}", failure.at.to_rfc3339(), why(failure))
}

/// A duration that is estimated: to 10 s above a minute, to a minute above an hour.
fn about(seconds: u64) -> String {
    let unit = match seconds {
        0..60 => 1,
        60..3_600 => 10,
        _ => 60,
    };
    let rounded = seconds.div_ceil(unit) * unit;
    format!("about {}", humantime::format_duration(Duration::from_secs(rounded)))
}

fn why(failure: &Failure) -> String {
    format!("{} {}: {}", failure.class, failure.code, failure.message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outage_names_its_start_its_code_and_the_next_try() {
        let at = |seconds| Timestamp::from_timestamp(seconds, 0).unwrap();
        let outage = |task_type: &str, next_try_at| HandlerOutage {
            since: at(0),
            task_type: Some(task_type.parse().unwrap()),
            code: "dns_failed".to_owned(),
            next_try_at,
        };
        for (next_try_at, next) in
            [(Some(at(190)), ", next try in 1m 30s"), (Some(at(99)), ", next try in 0s"), (None, "")]
        {
            let expected = format!("handler unavailable since 1970-01-01T00:00:00+00:00{next} (dns_failed)");
            assert_eq!(outage_in_words(&outage("task", next_try_at), at(100)), expected);
            let named = expected.replace("unavailable", "unavailable for the type invoice.send");
            assert_eq!(outage_in_words(&outage("invoice.send", next_try_at), at(100)), named);
        }
    }

    #[test]
    fn an_estimated_duration_is_rounded_up() {
        for (seconds, text) in
            [(9, "about 9s"), (451, "about 7m 40s"), (450, "about 7m 30s"), (3_601, "about 1h 1m")]
        {
            assert_eq!(about(seconds), text);
        }
    }
}
