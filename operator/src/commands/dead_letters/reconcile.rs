//! `taskline dead-letters reconcile`.

use operations::{ChangeError, Reconciliation, Refused, counted};
use std::time::Duration;

use clap::Args;
use serde_json::{Value, json};
use shared::TaskId;

use crate::{
    target::PipelineOperations,
    terminal::{Consent, Format, Outcome, confirm, in_words, print_data, print_json, progress, say},
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
) -> anyhow::Result<Outcome> {
    let yes = arguments.yes;
    let found = differences(operations).await?;
    if format == Format::Text {
        for repair in &found.repairs {
            print_data(format!("{}  {}", repair.task_id, repair.difference.describe()))?;
        }
    }
    found.in_words().into_iter().for_each(say);
    if !found.is_nothing() && confirm(yes, "Put these right?", format)? == Consent::Given {
        return put_right(&found, operations, format).await;
    }
    if format == Format::Json {
        print_json(&if yes { done_as_json(&found, &[], &[], 0) } else { as_json(&found) })?;
    }
    Ok(Outcome::Done)
}

/// Where counts lag, finding out takes a minute.
async fn differences(operations: &PipelineOperations) -> anyhow::Result<Reconciliation> {
    let bar = progress(None, "comparing the queues with the records, for up to a minute on AWS");
    bar.enable_steady_tick(TICK);
    let found = operations.differences().await;
    bar.finish_and_clear();
    Ok(found?)
}

/// One after the other; fails when any could not be put right, and goes on with the others all the same.
async fn put_right(
    found: &Reconciliation,
    operations: &PipelineOperations,
    format: Format,
) -> anyhow::Result<Outcome> {
    let (mut fixed, mut refused) = (Vec::new(), Vec::new());
    for repair in &found.repairs {
        match operations.repair(repair).await {
            Ok(()) => fixed.push(repair.task_id),
            Err(error @ ChangeError::Unavailable(_)) => return Err(error.into()),
            Err(error) => {
                let reason = in_words(&error.into());
                refused.push(Refused { task_id: repair.task_id, code: None, reason });
            }
        }
    }
    let deleted = operations.purge_stale().await?;
    if format == Format::Json {
        print_json(&done_as_json(found, &fixed, &refused, deleted))?;
    }
    say(format!("Repaired {}, deleted {}.", counted(fixed.len(), "task"), counted(deleted, "stale message")));
    for Refused { task_id, reason, .. } in &refused {
        say(format!("Not repaired: {task_id}: {reason}"));
    }
    if found.not_seen > 0 && deleted > 0 {
        say("Reconcile again: more messages can be seen now.");
    }
    Ok(if refused.is_empty() { Outcome::Done } else { Outcome::Failed })
}

fn done_as_json(found: &Reconciliation, fixed: &[TaskId], refused: &[Refused], deleted: usize) -> Value {
    let mut done = as_json(found);
    done["fixed"] = json!(fixed);
    done["refused"] = json!(refused);
    done["deleted"] = json!(deleted);
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
