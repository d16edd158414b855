//! Rest: the state that is reached when faults and commands stop. Everybody does what they have to do, in one fixed order; then
//! someone reconciles if a command was interrupted; then an operator resumes and decides on dead letters until every line is open.

use std::{
    cell::RefCell,
    collections::HashSet,
    hash::{DefaultHasher, Hash, Hasher},
};

use shared::Status;

use crate::{
    command::{Command, Performed},
    environment::{LineWorld, Source, TaskMessage, TaskNumber},
    lines, operator, processor,
    promise::rests,
    rules::{self, Change, Outcome},
    settings::Settings,
    work::Step,
    world::World,
};

const STEPS_MAX: usize = 2_000;

thread_local! {
    /// States from which rest was reached.
    static KNOWN: RefCell<HashSet<u64>> = RefCell::default();
}

fn fingerprint(world: &World) -> u64 {
    let mut hasher = DefaultHasher::new();
    world.hash(&mut hasher);
    hasher.finish()
}

/// Whether the world comes to rest with every promise kept, and every line can be opened.
pub fn is_reached(settings: &Settings, world: &World) -> bool {
    world.broken.is_some() || broken_at_rest(settings, world).is_none()
}

/// What is broken at rest.
pub fn broken_at_rest(settings: &Settings, world: &World) -> Option<&'static str> {
    let mut world = world.clone();
    world.budget.faults = 0;
    world.budget.commands = 0;
    world.budget.failures = 0;
    let mut passed = Vec::new();
    let mut has_rested = false;
    for _ in 0..STEPS_MAX {
        world.processors.sort_unstable();
        let now = fingerprint(&world);
        if KNOWN.with_borrow(|known| known.contains(&now)) {
            KNOWN.with_borrow_mut(|known| known.extend(passed));
            return None;
        }
        passed.push(now);
        if world.broken.is_some() {
            return world.broken;
        }
        if works_on(settings, &mut world) || reconciles(&mut world) {
            continue;
        }
        if let Some(broken) = world.lines.iter().find_map(rests) {
            return Some(broken);
        }
        has_rested = true;
        if !opens_a_line(&mut world) {
            KNOWN.with_borrow_mut(|known| known.extend(passed));
            return finished(&world);
        }
    }
    Some(if has_rested { "a line can't be opened" } else { "no lost wake-up: the line never comes to rest" })
}

/// The next step of anybody who has something to do.
fn works_on(settings: &Settings, world: &mut World) -> bool {
    if world.operator.performs.is_some() {
        operator::step(world);
        return true;
    }
    if let Some(index) = world.processors.iter().position(Option::is_some) {
        match &mut world.processors[index] {
            Some(work) if work.step == Step::Run => work.step = Step::End(Outcome::Success),
            _ => processor::step(world, settings, index, false),
        }
        return true;
    }
    (0..settings.lines).any(|number| delivers(settings, world, number))
}

/// A group delivers its head, or the head becomes visible.
fn delivers(settings: &Settings, world: &mut World, number: u8) -> bool {
    let line = &mut world.lines[usize::from(number)];
    for (source, is_empty, in_flight) in [
        (Source::Front, line.front.messages.is_empty(), line.front.in_flight),
        (Source::Line, line.messages.messages.is_empty(), line.messages.in_flight),
    ] {
        if is_empty {
            continue;
        }
        if in_flight {
            world.become_visible(number, source);
            return true;
        }
        let work = processor::receive(world, settings, number, source);
        world.processors[0] = Some(work);
        return true;
    }
    false
}

/// Finishes what an interrupted command began.
fn reconciles(world: &mut World) -> bool {
    if !world.operator.must_reconcile {
        return false;
    }
    for (number, line) in (0..).zip(&world.lines) {
        let is_redriving = |task: &u8| {
            line.record(*task).is_some_and(|record| rules::facts(record).status == Status::Redriving)
        };
        if let Some(task) = (0..line.accepted).find(is_redriving) {
            world.operator.performs = Some(Performed::new(number, Command::Redrive(task)));
            return true;
        }
    }
    if world.lines.iter_mut().any(enqueues_a_missing_task) {
        return true;
    }
    let named = |line: &LineWorld| lines::facts(line.item).next.is_some() && line.front.messages.is_empty();
    if let Some(number) = world.lines.iter().position(named) {
        let number = u8::try_from(number).unwrap_or(u8::MAX);
        // The interval in which the queue recognises the deduplication id has passed.
        let line = &mut world.lines[usize::from(number)];
        processor::send_front(line, line.item, true);
        return true;
    }
    world.operator.must_reconcile = false;
    true
}

/// Enqueues a task again whose message retention deleted, at the end of its line.
fn enqueues_a_missing_task(line: &mut LineWorld) -> bool {
    let is_missing = |task: &TaskNumber| {
        let messages = line.messages.messages.iter().chain(line.parked.iter().map(|entry| &entry.message));
        line.ghost.expired.has(*task) && !messages.into_iter().any(|message| message.task == *task)
    };
    for task in (0..line.accepted).filter(is_missing) {
        if let Some(record) = line.record(task).and_then(|it| rules::change(it, Change::EnqueueMissing)) {
            line.next_enqueued += 1;
            let generation = rules::facts(record).generation;
            let message = TaskMessage { task, generation, enqueued: line.next_enqueued, sequence: 0 };
            line.records[usize::from(task)] = Some(record);
            line.enqueue(message, rules::dedupe_id(message), true);
            line.ghost.expired.remove(task);
            return true;
        }
    }
    false
}

/// An operator resumes a paused line and discards the dead letter of a blocked one.
fn opens_a_line(world: &mut World) -> bool {
    for (number, line) in (0..).zip(&world.lines) {
        let facts = lines::facts(line.item);
        let command = match facts.blocked_by {
            _ if facts.is_paused => Command::Resume,
            Some(task) => Command::Discard(task),
            None => continue,
        };
        world.operator.performs = Some(Performed::new(number, command));
        return true;
    }
    false
}

/// Every line is open: nothing is parked.
fn finished(world: &World) -> Option<&'static str> {
    for line in &world.lines {
        if !line.parked.is_empty() {
            return Some("P2: a parked task is left behind in an open line");
        }
    }
    None
}
