//! A client: submits one task after the other, and repeats each request until it is answered that the task is accepted.

use std::sync::Arc;

use api::{AcceptError, AcceptRequest, Acceptance, Intake};
use shared::{Caller, IdempotencyKey, Submission, TaskId};

use crate::{
    clock::{SimulatedClock, SimulatedTaskIds},
    executor::{rest, unless_it_crashes},
    handler::KINDS,
    queue::{SimulatedQueue, Which},
    records::SimulatedRecords,
    world::{SharedWorld, World},
};

/// A submission of a task of this kind.
pub fn submission(kind: &str) -> Option<Submission> {
    let json = format!(r#"{{"title":"{kind}","description":"as its title asks","priority":"low"}}"#);
    Submission::parse(json.as_bytes()).ok()
}

pub async fn client(world: SharedWorld, name: String) {
    let tasks = world.lock().plan.tasks_per_client;
    for number in 0..tasks {
        rest(&world, 0, 20_000).await;
        let kind = world.lock().chance.one_of(&KINDS).copied().unwrap_or("well");
        let has_key = !world.lock().chance.once_in(3);
        let key = has_key.then(|| format!("{name}-{number}"));
        let accepted = submit(&world, &name, kind, key.as_deref()).await;
        let next = world.lock().chance.below(8);
        match (next, accepted) {
            (0 | 1, _) if key.is_some() => {
                rest(&world, 0, 600_000).await;
                submit(&world, &name, kind, key.as_deref()).await;
            }
            (2, Some(task_id)) => cancel(&world, &name, task_id).await,
            _ => {}
        }
    }
}

/// Cancels the task, if it has not begun. A client without an answer could repeat this; this one does not.
async fn cancel(world: &SharedWorld, name: &str, task_id: TaskId) {
    rest(world, 0, 30_000).await;
    let Ok(caller) = Caller::parse(name) else { return };
    let api = api(world);
    let answer = unless_it_crashes(world, api.cancel(&caller, task_id)).await;
    let mut world = world.lock();
    let now = world.now;
    let is_cancelled = matches!(answer, Some(Ok(_)));
    world.seen.noted(format!("{name} takes {task_id} back: {is_cancelled}"), now);
}

/// With a key the request is repeated until it is answered; without one, a repeated request would be another task.
async fn submit(world: &SharedWorld, name: &str, kind: &str, key: Option<&str>) -> Option<TaskId> {
    loop {
        let (Some(submission), Ok(caller)) = (submission(kind), Caller::parse(name)) else { return None };
        let key = key.and_then(|key| IdempotencyKey::parse(key.as_bytes()).ok());
        let is_safe_to_repeat = key.is_some();
        let request = AcceptRequest { caller, key, submission, trace: None };
        let answer = unless_it_crashes(world, api(world).accept(request)).await;
        match hear(&mut world.lock(), name, answer) {
            Heard::Accepted(task_id) => return Some(task_id),
            Heard::Refused => return None,
            Heard::Nothing if !is_safe_to_repeat => return None,
            Heard::Nothing => {}
        }
        rest(world, 100, 400_000).await;
    }
}

enum Heard {
    Accepted(TaskId),
    Refused,
    Nothing,
}

fn hear(world: &mut World, name: &str, answer: Option<Result<Acceptance, AcceptError>>) -> Heard {
    let now = world.now;
    match answer {
        Some(Ok(accepted)) => {
            world
                .seen
                .noted(format!("{name} is answered that {} is {}", accepted.task_id, accepted.status), now);
            world.is_accepted(accepted.task_id);
            Heard::Accepted(accepted.task_id)
        }
        Some(Err(AcceptError::KeyReused)) => {
            world.seen.violated("P4", format!("the request of {name} was taken for another's"), now);
            Heard::Refused
        }
        Some(Err(AcceptError::Refused(_) | AcceptError::Unavailable(_) | AcceptError::Encoding(_)))
        | None => {
            world.seen.noted(format!("{name} gets no good answer"), now);
            Heard::Nothing
        }
    }
}

/// A new instance of the API.
fn api(world: &SharedWorld) -> Intake<SimulatedRecords, SimulatedQueue> {
    Intake::new(
        SimulatedRecords(world.clone()),
        SimulatedQueue { world: world.clone(), which: Which::Line },
        Arc::new(SimulatedTaskIds(world.clone())),
        Arc::new(SimulatedClock::of_a_process(world)),
    )
}
