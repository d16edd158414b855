//! `taskline line status`: is it moving, what is at its head, when will it be empty, what failed last.

use std::fmt::Write;

use serde_json::{Value, json};

use crate::{
    desk::Standing,
    pipeline::PipelineDesk,
    terminal::{Format, Outcome, clear, print_data, print_json},
    view::Summary,
};

pub async fn status(desk: &PipelineDesk, format: Format) -> anyhow::Result<Outcome> {
    let standing = desk.standing().await?;
    match format {
        Format::Json => print_json(&as_json(&standing))?,
        Format::Text => print_data(in_words(&standing).trim_end())?,
    }
    Ok(Outcome::Done)
}

/// Shows it whenever it changed: at a terminal in place of what was shown, as JSON an object a line. Ctrl-C ends it.
pub async fn watch(desk: &PipelineDesk, format: Format) -> anyhow::Result<Outcome> {
    let mut shown = String::new();
    loop {
        let standing = desk.standing().await?;
        let seen = match format {
            Format::Json => as_json(&standing).to_string(),
            Format::Text => in_words(&standing),
        };
        if seen != shown {
            if format == Format::Text {
                clear()?;
            }
            print_data(&seen)?;
            shown = seen;
        }
        tokio::time::sleep(desk.look_again).await;
    }
}

fn as_json(standing: &Standing) -> Value {
    json!({
        "state": standing.state.as_str(),
        "waiting": standing.waiting,
        "in_flight": standing.in_flight,
        "head_age_seconds": standing.head_age_seconds,
        "completed_last_minute": standing.completed_last_minute,
        "seconds_to_drain": standing.seconds_to_drain,
        "held": standing.held.len(),
        "held_at": standing.held.first().map(|record| record.task_id),
        "dead_lettered": standing.dead_lettered,
        "newest_failures": standing.newest_failures.iter().map(Summary::from).collect::<Vec<_>>(),
    })
}

fn in_words(standing: &Standing) -> String {
    let seconds = |seconds: Option<u64>, otherwise: &str| {
        seconds.map_or_else(|| otherwise.to_owned(), |seconds| format!("{seconds} s"))
    };
    let is_empty = standing.waiting + standing.in_flight == 0;
    let rate = standing.completed_last_minute;
    let held_at = standing.held.first().map_or_else(String::new, |record| format!(" at {}", record.task_id));
    let mut text = String::new();
    let mut line = |name: &str, value: String| writeln!(text, "{name:<13} {value}").unwrap_or_default();
    line("state", standing.state.as_str().to_owned());
    line("waiting", format!("{} (in flight: {})", standing.waiting, standing.in_flight));
    line("head's age", seconds(standing.head_age_seconds, if is_empty { "-" } else { "unknown" }));
    line("completed", rate.map_or_else(|| "unknown".to_owned(), |rate| format!("{rate} in the last minute")));
    line("drained in", seconds(standing.seconds_to_drain, "-"));
    line("held", format!("{}{held_at}", standing.held.len()));
    line("dead letters", standing.dead_lettered.to_string());
    for record in &standing.newest_failures {
        if let Some(failure) = record.last_failure() {
            let why = format!("{} {}: {}", failure.class, failure.code, failure.message);
            line("failed", format!("{} {} {why}", failure.at.to_rfc3339(), record.task_id));
        }
    }
    text
}
