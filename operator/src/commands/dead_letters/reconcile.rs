//! `taskline dead-letters reconcile`.

use std::time::Duration;

use clap::Args;
use operations::{Action, Fact, Performed, Reconciliation, Refused};
use serde_json::{Value, json};

use crate::{
    target::PipelineOperations,
    terminal::{Consent, ExitStatus, Format, confirm, print_data, print_json, progress, say},
};

const TICK: Duration = Duration::from_millis(200);

#[derive(Debug, Args)]
pub struct ReconcileArguments {
    /// Repair the differences; without this option they are only listed
    #[arg(long)]
    yes: bool,
}

pub async fn reconcile(
    arguments: &ReconcileArguments,
    operations: &PipelineOperations,
    format: Format,
) -> anyhow::Result<ExitStatus> {
    let yes = arguments.yes;
    let found = differences(operations).await?;
    if format == Format::Text {
        for repair in &found.repairs {
            print_data(format!("{}  {}", repair.task_id, repair.difference.describe()))?;
        }
    }
    found.in_words().into_iter().for_each(say);
    if !found.is_nothing() && confirm(yes, "Repair these?", format)? == Consent::Given {
        return repair(&found, operations, format).await;
    }
    if format == Format::Json {
        let nothing = Performed::default();
        print_json(&if yes { done_as_json(&found, &nothing) } else { as_json(&found) })?;
    }
    Ok(ExitStatus::Done)
}

/// Takes a minute if the counts of the queues lag.
async fn differences(operations: &PipelineOperations) -> anyhow::Result<Reconciliation> {
    let bar = progress(None, "comparing the queues with the records, for up to a minute on AWS");
    bar.enable_steady_tick(TICK);
    let preview = operations.preview(&Action::Reconcile, &[]).await;
    bar.finish_and_clear();
    Ok(preview?.reconciliation.unwrap_or_default())
}

/// Fails if any difference could not be repaired; the others are repaired.
async fn repair(
    found: &Reconciliation,
    operations: &PipelineOperations,
    format: Format,
) -> anyhow::Result<ExitStatus> {
    let performed = operations.repair_all(found).await?;
    if format == Format::Json {
        print_json(&done_as_json(found, &performed))?;
    }
    let Performed { done, refused, deleted, .. } = performed;
    say(Fact::Repaired { tasks: done.len(), deleted });
    for Refused { task_id, reason, .. } in &refused {
        say(format!("Not repaired: {task_id}: {reason}"));
    }
    if found.not_seen > 0 && deleted > 0 {
        say(Fact::ReconcileAgain);
    }
    Ok(if refused.is_empty() { ExitStatus::Done } else { ExitStatus::Failed })
}

fn done_as_json(found: &Reconciliation, performed: &Performed) -> Value {
    let mut done = as_json(found);
    done["fixed"] = json!(performed.done);
    done["refused"] = json!(performed.refused);
    done["deleted"] = json!(performed.deleted);
    done
}

fn as_json(found: &Reconciliation) -> Value {
    let differences = found.repairs.iter();
    let differences = differences
        .map(|repair| json!({"task_id": repair.task_id, "difference": repair.difference.describe()}));
    json!({
        "differences": differences.collect::<Vec<_>>(),
        "stale_messages": found.stale,
        "messages_seen": found.seen,
        "messages_not_seen": found.not_seen,
        "dead_letters_without_message": found.without_message,
    })
}
