//! The promises, checked when a handler starts.

use shared::Status;

use crate::{
    environment::{LineWorld, TaskNumber},
    lines, rules,
    settings::Settings,
    work::Work,
    world::World,
};

/// The promise that starting this run breaks, if it breaks one.
pub fn begins(world: &World, settings: &Settings, work: &Work) -> Option<&'static str> {
    let line = &world.lines[usize::from(work.line)];
    let task = work.message?.task;
    if line.ghost.completed.has(task) {
        return Some("P3: a completed task is handled again");
    }
    if line.ghost.is_paused {
        return Some("P7: a task of a paused line is handled");
    }
    if !line.ghost.blocking.is_empty() {
        return Some("P7: a task of a blocked line is handled");
    }
    let is_overtaken = |earlier: TaskNumber| !has_left(line, earlier);
    if !line.ghost.excused.has(task) && (0..task).any(is_overtaken) {
        return Some("P1: a task is handled before an earlier task of its line has left the line");
    }
    // If retention deletes the message of a run, SQS delivers the next one.
    let is_expired = |work: &Work| work.message.is_some_and(|message| line.ghost.expired.has(message.task));
    let runs = |other: &Work| {
        other.line == work.line
            && !other.is_suspended
            && !is_expired(other)
            && other.step.has_begun()
            && other.has_claim_in(line)
    };
    if settings.has_lines && !is_expired(work) && world.processors.iter().flatten().any(runs) {
        return Some("P1: two runs of one line at once");
    }
    None
}

fn has_left(line: &LineWorld, task: TaskNumber) -> bool {
    let is_final = line
        .record(task)
        .is_some_and(|record| matches!(rules::facts(record).status, Status::Completed | Status::Discarded));
    is_final || line.ghost.excused.has(task)
}

/// The promise that the line breaks at rest, after everybody did what they had to do and faults have stopped.
pub fn rests(line: &LineWorld) -> Option<&'static str> {
    let facts = lines::facts(line.item);
    if !line.messages.messages.is_empty() || !line.front.messages.is_empty() {
        return Some("no lost wake-up: a message is never acknowledged");
    }
    if facts.next.is_some() {
        return Some("no lost wake-up: the line names a task and nobody handles it");
    }
    let is_waiting = facts.blocked_by.is_some() || facts.is_paused;
    if !is_waiting && !line.parked.is_empty() {
        return Some("no lost wake-up: the line is open and a task is parked");
    }
    for task in 0..line.accepted {
        let status = line.record(task).map(|record| rules::facts(record).status);
        let is_parked = line.parked.iter().any(|entry| entry.message.task == task);
        let is_kept = match status {
            Some(Status::Completed | Status::Discarded | Status::DeadLettered) => true,
            Some(Status::Redriving | Status::Accepted | Status::Retrying | Status::Processing) => is_parked,
            // The API ended before it wrote the record, and retention deleted the message.
            None => is_parked || line.ghost.expired.has(task),
            Some(Status::DeadLettering | Status::Held) => false,
        };
        if !is_kept {
            return Some("P2: an accepted task is neither finished, dead-lettered nor parked");
        }
    }
    if let Some(blocker) = facts.blocked_by {
        let status = line.record(blocker).map(|record| rules::facts(record).status);
        if status != Some(Status::DeadLettered) {
            return Some("P7: the line waits for a task that is no dead letter");
        }
    }
    None
}
