//! An operator: what each call of a command does.

use crate::{
    command::{Call, Command, Performed, is_dead},
    environment::{LineWorld, Parked, TaskMessage, TaskNumber},
    interned::LineItem,
    lines::{self, LineChange},
    processor::send_front,
    rules::{self, Change},
    world::World,
};

/// Makes the next call.
pub fn step(world: &mut World) {
    let Some(performed) = world.operator.performs else { return };
    let line = &mut world.lines[usize::from(performed.line)];
    world.operator.performs = match performed.call {
        Call::ReadRecord => {
            let (Command::Skip(task) | Command::Discard(task) | Command::Redrive(task)) = performed.command
            else {
                return;
            };
            let record = line.record(task);
            let is_refused = matches!(performed.command, Command::Skip(_)) && !is_dead(record);
            if is_refused { None } else { Performed { record, ..performed }.with(Call::ReadLine) }
        }
        Call::ReadLine => read_line(line, performed),
        Call::QueryFirst => Performed { first: line.first_parked(None), ..performed }.with(Call::Write),
        Call::Write => write(line, performed),
        Call::SendFront => {
            if let Some(seen) = performed.seen {
                send_front(line, seen, false);
            }
            match performed.command {
                Command::Redrive(_) => performed.with(Call::FinishRedrive),
                _ => None,
            }
        }
        Call::SendMessage => send_message(line, performed),
        Call::FinishRedrive => {
            let Command::Redrive(task) = performed.command else { return };
            let finished = performed.record.and_then(|record| {
                let sequence = performed.first.unwrap_or_default();
                rules::change(record, Change::FinishRedrive(sequence))
            });
            if finished.is_some() && line.record(task) == performed.record {
                line.records[usize::from(task)] = finished;
            }
            None
        }
    };
}

fn read_line(line: &LineWorld, performed: Performed) -> Option<Performed> {
    let facts = lines::facts(line.item);
    let read = Performed { seen: Some(line.item), ..performed };
    match performed.command {
        Command::Pause => read.with(Call::Write),
        Command::Resume => read.with(Call::QueryFirst),
        Command::Skip(task) | Command::Discard(task) if facts.blocked_by == Some(task) => {
            read.with(Call::QueryFirst)
        }
        Command::Skip(_) => None,
        Command::Discard(_) | Command::Redrive(_) => read.with(Call::Write),
    }
}

fn write(line: &mut LineWorld, performed: Performed) -> Option<Performed> {
    let seen = performed.seen?;
    match performed.command {
        Command::Pause => {
            let paused = lines::change(seen, LineChange::Pause)?;
            if line.item != seen {
                return Some(performed.restarted());
            }
            line.item = paused;
            line.ghost.is_paused = true;
            None
        }
        Command::Resume => match lines::change(seen, LineChange::Resume { first: performed.first }) {
            None if lines::facts(seen).next.is_some() => performed.with(Call::SendFront),
            None => None,
            Some(_) if line.item != seen => Some(performed.restarted()),
            Some(resumed) => {
                line.ghost.is_paused = false;
                written(line, performed, resumed)
            }
        },
        Command::Skip(task) => {
            let unblocked = lines::change(seen, LineChange::Unblock { task, first: performed.first })?;
            if line.item != seen {
                return Some(performed.restarted());
            }
            line.ghost.blocking.remove(task);
            line.ghost.excused.add(task);
            written(line, performed, unblocked)
        }
        Command::Discard(task) => discard(line, performed, task, seen),
        Command::Redrive(task) => redrive(line, performed, task, seen),
    }
}

/// After a write of the line that may have named a task.
fn written(line: &mut LineWorld, performed: Performed, written: LineItem) -> Option<Performed> {
    let is_named = lines::facts(written).next.is_some();
    line.item = written;
    let next = Performed { seen: Some(line.item), ..performed };
    if is_named { next.with(Call::SendFront) } else { None }
}

/// One transaction if the task blocks its line.
fn discard(
    line: &mut LineWorld,
    performed: Performed,
    task: TaskNumber,
    seen: LineItem,
) -> Option<Performed> {
    let discarded = performed.record.and_then(|record| rules::change(record, Change::Discard))?;
    if line.record(task) != performed.record {
        return Some(performed.restarted());
    }
    match lines::change(seen, LineChange::Unblock { task, first: performed.first }) {
        Some(_) if line.item != seen => Some(performed.restarted()),
        Some(unblocked) => {
            line.records[usize::from(task)] = Some(discarded);
            line.ghost.blocking.remove(task);
            written(line, performed, unblocked)
        }
        None => {
            line.records[usize::from(task)] = Some(discarded);
            None
        }
    }
}

/// One transaction if the task blocks its line: the record, the line and the parked task. Else the task goes to the end of
/// its line.
fn redrive(
    line: &mut LineWorld,
    performed: Performed,
    task: TaskNumber,
    seen: LineItem,
) -> Option<Performed> {
    let before = performed.record?;
    let redriving = rules::change(before, Change::BeginRedrive)?;
    let position = rules::facts(before).first?;
    let generation = rules::facts(redriving).generation;
    if redriving == before {
        return finish_interrupted(
            line,
            performed,
            seen,
            Parked { position, message: TaskMessage { task, generation, enqueued: 0, sequence: position } },
        );
    }
    if line.record(task) != performed.record {
        return Some(performed.restarted());
    }
    let next = Performed { record: Some(redriving), ..performed };
    match lines::change(seen, LineChange::Unblock { task, first: Some(position) }) {
        Some(_) if line.item != seen => Some(performed.restarted()),
        Some(unblocked) => {
            line.records[usize::from(task)] = Some(redriving);
            let message = TaskMessage { task, generation, enqueued: 0, sequence: position };
            line.put_parked(Parked { position, message });
            line.ghost.blocking.remove(task);
            let next = Performed { first: Some(position), ..next };
            written(line, next, unblocked).or_else(|| next.with(Call::FinishRedrive))
        }
        None => {
            line.records[usize::from(task)] = Some(redriving);
            next.with(Call::SendMessage)
        }
    }
}

/// Goes on with a redrive that was interrupted after its first write. Whether it parked the task shows where it goes.
fn finish_interrupted(
    line: &LineWorld,
    performed: Performed,
    seen: LineItem,
    parked: Parked,
) -> Option<Performed> {
    if !line.parked.contains(&parked) {
        return performed.with(Call::SendMessage);
    }
    let next = Performed { first: Some(parked.position), ..performed };
    let call = if lines::facts(seen).next.is_some() { Call::SendFront } else { Call::FinishRedrive };
    next.with(call)
}

fn send_message(line: &mut LineWorld, performed: Performed) -> Option<Performed> {
    let Command::Redrive(task) = performed.command else { return None };
    let generation = rules::facts(performed.record?).generation;
    line.next_enqueued += 1;
    let message = TaskMessage { task, generation, enqueued: line.next_enqueued, sequence: 0 };
    let sequence = line.next_sequence;
    line.enqueue(message, rules::dedupe_id(message), false);
    Performed { first: Some(sequence), ..performed }.with(Call::FinishRedrive)
}
