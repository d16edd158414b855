//! `taskline line status`: is it moving, what is at its head, when will it be empty.

use serde_json::json;
use shared::{
    Status,
    ports::{Line, PortError},
};

use crate::{
    pipeline::PipelineDesk,
    terminal::{Format, Outcome, print_data, print_json},
};

pub async fn status(desk: &PipelineDesk, format: Format) -> anyhow::Result<Outcome> {
    let status = desk.line.status().await?;
    let (held, dead) = held_and_dead(desk).await?;
    let depth = status.waiting + status.in_flight;
    let head_age_seconds = status.head_enqueued_at.map(|at| (desk.clock.now() - at).num_seconds().max(0));
    let rate = status.completed_last_minute;
    let drain_seconds = rate.filter(|rate| *rate > 0 && depth > 0).map(|rate| (depth * 60).div_ceil(rate));
    let state = match (status.paused, held) {
        (true, _) => "paused",
        (false, 1..) => "held",
        (false, 0) if depth == 0 => "idle",
        (false, 0) => "moving",
    };
    if format == Format::Json {
        print_json(&json!({
            "state": state,
            "waiting": status.waiting,
            "in_flight": status.in_flight,
            "head_age_seconds": head_age_seconds,
            "completed_last_minute": rate,
            "seconds_to_drain": drain_seconds,
            "held": held,
            "dead_lettered": dead,
        }))?;
        return Ok(Outcome::Done);
    }
    let seconds = |seconds: Option<u64>, otherwise: &str| {
        seconds.map_or_else(|| otherwise.to_owned(), |seconds| format!("{seconds} s"))
    };
    let head_age = head_age_seconds.and_then(|age| u64::try_from(age).ok());
    let completed = rate.map_or_else(|| "unknown".to_owned(), |rate| format!("{rate} in the last minute"));
    print_data(format!("state         {state}"))?;
    print_data(format!("waiting       {} (in flight: {})", status.waiting, status.in_flight))?;
    print_data(format!("head's age    {}", seconds(head_age, if depth == 0 { "-" } else { "unknown" })))?;
    print_data(format!("completed     {completed}"))?;
    print_data(format!("drained in    {}", seconds(drain_seconds, "-")))?;
    print_data(format!("held          {held}"))?;
    print_data(format!("dead letters  {dead}"))?;
    Ok(Outcome::Done)
}

/// How many tasks are held, and how many are dead letters (also those whose redrive is under way).
async fn held_and_dead(desk: &PipelineDesk) -> Result<(usize, usize), PortError> {
    let records = desk.needing_a_person(usize::MAX, |_| true).await?;
    let held = records.iter().filter(|record| record.status == Status::Held).count();
    Ok((held, records.len() - held))
}
