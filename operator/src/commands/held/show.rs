//! `taskline held show`.

use shared::{Status, ports::Line};

use crate::{
    pipeline::PipelineDesk,
    terminal::{Format, Outcome, print_json, say},
    view::{PayloadView, detail},
};

use super::super::task::print_record;

pub async fn show(payload: PayloadView, desk: &PipelineDesk, format: Format) -> anyhow::Result<Outcome> {
    let held = desk.needing_a_person(usize::MAX, |record| record.status == Status::Held).await?;
    if format == Format::Json {
        print_json(&held.iter().map(|record| detail(record, payload)).collect::<Vec<_>>())?;
        return Ok(Outcome::Done);
    }
    for record in &held {
        print_record(record, payload, format)?;
    }
    if held.is_empty() {
        say("The line is not held.");
    } else {
        let waiting = desk.line.status().await?.waiting;
        say(format!(
            "{waiting} wait behind it. `held resume`, `held amend`, `held skip` or `held discard` let them go on."
        ));
    }
    Ok(Outcome::Done)
}
