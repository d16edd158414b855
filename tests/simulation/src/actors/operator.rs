//! Operators: some do random actions and are interrupted, and one repairs everything at the end.

use std::{sync::Arc, time::Duration};

use operations::{ChangeError, Operations};
use shared::{Caller, Reason, Status, TaskRecord, lifecycle::Force, ports::PortError};

use crate::{
    actors::client::submission,
    clock::SimulatedClock,
    executor::{rest, unless_it_crashes},
    line::SimulatedLine,
    plan::Fault,
    queue::{SimulatedQueue, Which},
    records::SimulatedRecords,
    world::SharedWorld,
};

type SimulatedOperations = Operations<SimulatedRecords, SimulatedQueue, SimulatedLine>;

fn operations(world: &SharedWorld, name: &str) -> SimulatedOperations {
    let queue = |which| SimulatedQueue { world: world.clone(), which };
    Operations {
        records: SimulatedRecords(world.clone()),
        line_queue: queue(Which::Line),
        dead_letter_queue: queue(Which::DeadLetters),
        line: SimulatedLine(world.clone()),
        clock: Arc::new(SimulatedClock::of_a_process(world)),
        task_rules: Arc::new(shared::TaskTypes::default()),
        operator: name.to_owned(),
        submitter: Caller::operator(),
        code_version: Some("simulated".to_owned()),
        api_url: None,
        poll_interval: Duration::ZERO,
        retention_seconds: None,
        counts_lag_seconds: 0,
    }
}

fn why(text: &'static str) -> Reason {
    Reason::of_the_program(text)
}

/// Does something from time to time while faults occur.
pub async fn operate(world: SharedWorld, name: String) {
    loop {
        rest(&world, 1_000, 120_000).await;
        if !world.lock().is_rough {
            return;
        }
        if world.lock().strikes(Fault::NativeRedrive, 6) {
            world.lock().redrive_natively();
            continue;
        }
        let operations = operations(&world, &name);
        let choice = world.lock().chance.below(8);
        // A refused or unanswered action is not repeated: another operator, or the next round, will do it.
        let _ = unless_it_crashes(&world, act(&operations, &world, choice)).await;
    }
}

async fn act(operations: &SimulatedOperations, world: &SharedWorld, choice: u64) -> Result<(), ChangeError> {
    match choice {
        0 => Ok(operations.pause_line(&why("others must not see it")).await.map(drop)?),
        1 | 2 => Ok(operations.resume_line(&why("it may go on")).await.map(drop)?),
        3 => reconcile(operations).await,
        _ => {
            let records = operations.needing_attention(10, |_| true).await?;
            let chosen = world.lock().chance.one_of(&records).cloned();
            match chosen {
                Some(record) => change(operations, world, &record).await,
                None => Ok(()),
            }
        }
    }
}

async fn change(
    operations: &SimulatedOperations,
    world: &SharedWorld,
    record: &TaskRecord,
) -> Result<(), ChangeError> {
    let task_id = record.task_id;
    let verb = world.lock().chance.below(5);
    match (verb, record.status) {
        (0, _) => operations.discard(task_id, &why("not needed")).await.map(drop),
        (1, _) => match submission("well") {
            Some(submission) => {
                operations.amend(task_id, submission.task(), &why("was wrong")).await.map(drop)
            }
            None => Ok(()),
        },
        (2, Status::Held) => operations.skip(task_id, &why("others wait")).await.map(drop),
        (_, Status::Held) => operations.resume(task_id, &why("fixed")).await.map(drop),
        _ => {
            operations.redrive(task_id, Force::Yes, &why("fixed")).await?;
            Ok(operations.purge_stale().await.map(drop)?)
        }
    }
}

async fn reconcile(operations: &SimulatedOperations) -> Result<(), ChangeError> {
    let found = operations.differences().await?;
    for repair in &found.repairs {
        operations.repair(repair).await?;
    }
    Ok(())
}

/// Once no faults occur: resumes the line, gives up held tasks and finishes interrupted actions, until nothing is left
/// to do.
pub async fn calm(world: SharedWorld) {
    rest(&world, 1_200_000, 1_200_000).await;
    world.lock().is_rough = false;
    {
        let mut world = world.lock();
        world.index = world.records.clone();
    }
    let operations = operations(&world, "calm");
    let mut rounds_without_work = 0;
    while rounds_without_work < 3 {
        rest(&world, 400_000, 400_000).await;
        let is_at_rest = match put_right(&operations).await {
            Ok(found) => found == 0 && is_quiet(&world),
            Err(_) => false,
        };
        rounds_without_work = if is_at_rest { rounds_without_work + 1 } else { 0 };
    }
    world.lock().is_over = true;
}

fn is_quiet(world: &SharedWorld) -> bool {
    let world = world.lock();
    world.line.messages.is_empty() && !world.records.values().any(|record| record.status.is_in_the_line())
}

/// Returns how much there was to do.
async fn put_right(operations: &SimulatedOperations) -> Result<usize, ChangeError> {
    operations.resume_line(&why("the end")).await?;
    let held = operations.needing_attention(100, |record| record.status == Status::Held).await?;
    for record in &held {
        match operations.skip(record.task_id, &why("the end")).await {
            Ok(_) | Err(ChangeError::Refused(_)) => {}
            Err(error) => return Err(error),
        }
    }
    let found = operations.differences().await?;
    for repair in &found.repairs {
        match operations.repair(repair).await {
            Ok(()) | Err(ChangeError::Refused(_) | ChangeError::Overtaken) => {}
            Err(error) => return Err(error),
        }
    }
    let purged: Result<usize, PortError> = operations.purge_stale().await;
    purged?;
    Ok(held.len() + found.repairs.len())
}
