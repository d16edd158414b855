//! `taskline dead-letters redrive`.

use shared::{lifecycle::Force, ports::Line};

use crate::{
    arguments::{Consented, Selection},
    pipeline::PipelineDesk,
    terminal::{Format, Outcome, say},
};

use super::{
    act::{Deed, act},
    list::print_table,
    select::select,
};

const REDRIVE: Deed = Deed { question: "Redrive them?", done: "redriven" };

pub async fn redrive(
    selection: &Selection,
    force: bool,
    consent: &Consented,
    desk: &PipelineDesk,
    format: Format,
) -> anyhow::Result<Outcome> {
    let letters = select(selection, desk).await?;
    if format == Format::Text {
        print_table(&letters)?;
    }
    let status = desk.line.status().await?;
    let ahead = status.waiting + status.in_flight;
    let count = letters.len();
    say(format!(
        "{count} would go to the end of the line, in this order, behind {ahead} that are in it now."
    ));
    let force_given = if force { Force::Yes } else { Force::No };
    let redrive = async |id| desk.redrive(id, force_given, &consent.reason).await;
    let outcome = act(&REDRIVE, &letters, consent, desk, format, redrive).await?;
    if outcome == Outcome::Failed && !force {
        say("--force redrives also what would fail the same way again.");
    }
    Ok(outcome)
}
