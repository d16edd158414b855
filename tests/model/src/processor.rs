//! A processor: what each of its calls does, and which call follows.

use shared::{
    Status,
    lifecycle::line::{AfterFinished, Grant, LineState, Look},
    ports::Expected,
};

use crate::{
    environment::{LineWorld, Source, TaskNumber},
    interned::{LineItem, Record},
    lines::{self, LineChange},
    promise::begins,
    rules::{self, Change, Decision, End, Outcome},
    settings::Settings,
    work::{Condition, Step, Work, first_claim},
    world::World,
};

/// What follows a call.
enum Next {
    Step(Step),
    /// Claim the task of the message, or claim it again.
    Claim,
    /// Leave the message to become visible again.
    Release,
    Acknowledged,
}

/// Receives the head of a group.
pub fn receive(world: &mut World, settings: &Settings, number: u8, source: Source) -> Work {
    let line = &mut world.lines[usize::from(number)];
    let is_closed = settings.has_lines && lines::facts(line.item).state != LineState::Open;
    let (turn, message, is_redelivered) = match source {
        Source::Line => {
            let head = line.messages.deliver();
            (None, Some(head), line.messages.was_delivered)
        }
        Source::Front => {
            let head = line.front.deliver();
            (Some(head), None, line.front.was_delivered)
        }
    };
    let step = match message {
        Some(_) if is_closed => Step::LookFirst,
        Some(message) => first_claim(message),
        None => Step::ReadTurn,
    };
    let (line, holds, position, is_suspended) = (number, true, 0, false);
    let (seen, first, run) = (None, None, None);
    Work { line, turn, holds, is_redelivered, is_suspended, message, position, run, seen, first, step }
}

/// Makes the next call. `misses_duplicate`: the queue doesn't recognise a deduplication id that it has seen.
pub fn step(world: &mut World, settings: &Settings, index: usize, misses_duplicate: bool) {
    let Some(mut work) = world.processors[index].take() else { return };
    let line = usize::from(work.line);
    match call(world, settings, &mut work, misses_duplicate) {
        Next::Release => return,
        Next::Acknowledged => {
            match work.turn {
                _ if !work.holds => {}
                Some(_) => world.lines[line].front.delete_head(),
                None => world.lines[line].messages.delete_head(),
            }
            return;
        }
        Next::Claim => work.claim(),
        Next::Step(step) => work.step = step,
    }
    world.processors[index] = Some(work);
}

fn call(world: &mut World, settings: &Settings, work: &mut Work, misses_duplicate: bool) -> Next {
    let of = usize::from(work.line);
    let line = &mut world.lines[of];
    match work.step {
        Step::LookFirst => look_first(line, work),
        Step::ReadTurn => read_turn(line, work),
        Step::ReadParked => {
            let Some(entry) = line.parked_at(work.position) else {
                if is_granted(line.item, work) {
                    world.broken = Some("P2: the line names a task that is not parked");
                }
                return Next::Release;
            };
            work.message = Some(entry.message);
            Next::Claim
        }
        Step::Claim(decision, condition) => claim(world, settings, work, decision, condition),
        Step::CheckLine if is_granted(line.item, work) => run(world, settings, work),
        Step::CheckLine => {
            work.seen = Some(line.item);
            Next::Step(if work.turn.is_some() { Step::GiveBack } else { Step::ParkClaimed })
        }
        Step::GiveBack => match give_back(line, work) {
            true => Next::Step(Step::ReadTurn),
            false => continue_or_release(line, work, Step::GiveBack),
        },
        Step::Park if Some(line.item) == work.seen => park(line, work),
        Step::Park if work.run.is_some() => Next::Step(Step::ReadLineOfFinished),
        Step::Park => Next::Step(Step::LookFirst),
        Step::ParkClaimed => park_claimed(line, work),
        Step::Run => Next::Step(Step::Run),
        Step::End(outcome) => end(line, settings, work, outcome),
        Step::ReadLineToBlock(outcome) => {
            work.seen = Some(line.item);
            Next::Step(Step::Block(outcome))
        }
        Step::Block(outcome) => block(world, work, outcome),
        Step::ReadParkedBlocker => {
            work.message = line.parked_at(work.position).map(|entry| entry.message);
            Next::Step(if work.message.is_some() { Step::ReadBlocker } else { Step::Acknowledge })
        }
        Step::ReadBlocker => {
            let is_unfinished = |record: &Record| rules::facts(*record).status == Status::DeadLettering;
            work.run = line.record(work.task()).filter(is_unfinished);
            Next::Step(if work.run.is_some() { Step::SendDeadLetter } else { Step::Acknowledge })
        }
        Step::SendDeadLetter => {
            let (Some(record), Some(message)) = (work.run, work.message) else { return Next::Release };
            if line.seen.insert(rules::dead_letter_dedupe_id(record)) || misses_duplicate {
                line.dead_letters.push(message);
            }
            Next::Step(Step::FinishDeadLettering)
        }
        Step::FinishDeadLettering => {
            let Some(record) = work.run else { return Next::Release };
            let finished = rules::change(record, Change::FinishDeadLettering);
            match write(line, work, finished, Condition::Still(record)) {
                true => leave(settings, work),
                false => Next::Release,
            }
        }
        Step::ReadLineOfFinished => {
            work.seen = Some(line.item);
            let is_final = work.run.is_some_and(|record| rules::facts(record).status.is_final());
            Next::Step(match lines::after_finished(line.item, work.task(), is_final, work.is_redelivered) {
                AfterFinished::Park => Step::Park,
                AfterFinished::SendFront => Step::SendFront,
                AfterFinished::Acknowledge => Step::Acknowledge,
            })
        }
        Step::ReadLineToAdvance => {
            work.seen = Some(line.item);
            let facts = lines::facts(line.item);
            Next::Step(match facts.next {
                Some(_) if work.turn == Some(facts.turn) => Step::QueryFirst,
                Some(_) => Step::SendFront,
                None => Step::Acknowledge,
            })
        }
        Step::QueryFirst => {
            work.first = line.first_parked(Some(work.position));
            Next::Step(Step::Advance)
        }
        Step::Advance => advance(line, work),
        Step::SendFront => {
            if let Some(seen) = work.seen.take() {
                send_front(line, seen, misses_duplicate);
            }
            Next::Step(Step::Acknowledge)
        }
        Step::Acknowledge => Next::Acknowledged,
    }
}

/// Sends the front message of the turn that this revision of the line names.
pub fn send_front(line: &mut LineWorld, seen: LineItem, misses_duplicate: bool) {
    let named = lines::facts(seen);
    if line.seen.insert(named.front_dedupe_id) || misses_duplicate {
        line.front.messages.push(named.turn);
    }
}

/// Whether the line permits the run of a claim.
fn is_granted(item: LineItem, work: &Work) -> bool {
    match lines::grant(item, work.turn) {
        Grant::Handle => true,
        Grant::HandleParked(position) => rules::number(position) == work.position,
        Grant::Park | Grant::SendFront | Grant::FinishDeadLettering { .. } | Grant::Acknowledge => false,
    }
}

/// Writes a record if the condition is met.
fn write(line: &mut LineWorld, work: &Work, record: Option<Record>, condition: Condition) -> bool {
    let is_made = record.is_some() && is_met(condition, line, work.task());
    if is_made {
        line.records[usize::from(work.task())] = record;
    }
    is_made
}

fn is_met(condition: Condition, line: &LineWorld, task: TaskNumber) -> bool {
    let present = line.record(task).map(Record::get);
    let expected = match condition {
        Condition::Untouched => Expected::Untouched,
        Condition::Absent => Expected::Absent,
        Condition::Still(record) => Expected::Revision(rules::facts(record).revision),
    };
    expected.is_met_by(present.as_deref())
}

fn look_first(line: &LineWorld, work: &mut Work) -> Next {
    work.seen = Some(line.item);
    match lines::look_first(line.item, work.task(), work.is_redelivered) {
        Look::Claim => Next::Claim,
        Look::Park => Next::Step(Step::Park),
    }
}

fn read_turn(line: &LineWorld, work: &mut Work) -> Next {
    (work.run, work.message) = (None, None);
    match lines::grant(line.item, work.turn) {
        Grant::HandleParked(position) => {
            work.position = rules::number(position);
            Next::Step(Step::ReadParked)
        }
        Grant::SendFront => {
            work.seen = Some(line.item);
            Next::Step(Step::SendFront)
        }
        Grant::FinishDeadLettering { parked_at } => {
            work.position = rules::number(parked_at);
            Next::Step(Step::ReadParkedBlocker)
        }
        Grant::Acknowledge | Grant::Handle | Grant::Park => Next::Step(Step::Acknowledge),
    }
}

fn claim(
    world: &mut World,
    settings: &Settings,
    work: &mut Work,
    decision: Decision,
    condition: Condition,
) -> Next {
    let of = usize::from(work.line);
    let Some(message) = work.message else { return Next::Release };
    let (Decision::Granted(record) | Decision::Cancelled(record)) = decision else { return Next::Release };
    if write(&mut world.lines[of], work, Some(record), condition) {
        work.run = Some(record);
        return match decision {
            Decision::Granted(_) if settings.has_lines => Next::Step(Step::CheckLine),
            Decision::Granted(_) => run(world, settings, work),
            _ => leave_unhandled(settings, work),
        };
    }
    let present = world.lines[of].record(message.task);
    match rules::claim(present, message, is_lapsed(world, work.line, message.task)) {
        decision @ (Decision::Granted(_) | Decision::Cancelled(_)) => {
            let condition = present.map_or(Condition::Absent, Condition::Still);
            Next::Step(Step::Claim(decision, condition))
        }
        Decision::Finished => {
            work.run = present;
            leave_unhandled(settings, work)
        }
        Decision::Busy => Next::Release,
        Decision::FinishDeadLettering(record) => {
            work.run = Some(record);
            Next::Step(Step::SendDeadLetter)
        }
        Decision::Exhausted(record) => {
            work.run = Some(record);
            Next::Step(Step::End(Outcome::Crashed))
        }
    }
}

/// Whether the lease of the task's claim is over: nobody who is alive and was not suspended has it.
fn is_lapsed(world: &World, of: u8, task: TaskNumber) -> bool {
    let line = &world.lines[usize::from(of)];
    !world.processors.iter().flatten().any(|other| {
        other.line == of && other.task() == task && !other.is_suspended && other.has_claim_in(line)
    })
}

/// Starts the handler, unless the lease is over by the processor's own clock.
fn run(world: &mut World, settings: &Settings, work: &Work) -> Next {
    if work.is_suspended {
        return Next::Release;
    }
    if let Some(broken) = begins(world, settings, work) {
        world.broken = Some(broken);
    }
    Next::Step(Step::Run)
}

/// The task has left the line.
fn leave(settings: &Settings, work: &Work) -> Next {
    let is_front = settings.has_lines && work.turn.is_some();
    Next::Step(if is_front { Step::ReadLineToAdvance } else { Step::Acknowledge })
}

/// The same of a delivery that was not handled. A task that blocks its line and was cancelled after SQS moved it back has to end
/// the block.
fn leave_unhandled(settings: &Settings, work: &Work) -> Next {
    match work.turn {
        None if settings.blocks => Next::Step(Step::ReadLineOfFinished),
        _ => leave(settings, work),
    }
}

fn give_back(line: &mut LineWorld, work: &Work) -> bool {
    let Some(claimed) = work.run else { return false };
    write(line, work, rules::change(claimed, Change::GiveBack), Condition::Still(claimed))
}

/// After a conflict: continues from the present revision if the claim is still its own.
fn continue_or_release(line: &LineWorld, work: &mut Work, step: Step) -> Next {
    let continued = work.run.and_then(|run| rules::after_conflict(run, line.record(work.task())));
    match continued {
        Some(present) => {
            work.run = Some(present);
            Next::Step(step)
        }
        None => Next::Release,
    }
}

fn end(line: &mut LineWorld, settings: &Settings, work: &mut Work, outcome: Outcome) -> Next {
    let Some(run) = work.run else { return Next::Release };
    let end = rules::end(run, outcome);
    let (End::Completed(record) | End::RetryLater(record) | End::DeadLetter(record) | End::Discarded(record)) =
        end;
    if settings.blocks && matches!(end, End::DeadLetter(_)) {
        return Next::Step(Step::ReadLineToBlock(outcome));
    }
    if !write(line, work, Some(record), Condition::Still(run)) {
        return continue_or_release(line, work, Step::End(outcome));
    }
    match end {
        End::Completed(_) => {
            line.ghost.completed.add(work.task());
            leave(settings, work)
        }
        End::Discarded(_) => leave(settings, work),
        End::RetryLater(_) => Next::Release,
        End::DeadLetter(_) => {
            line.ghost.excused.add(work.task());
            work.run = Some(record);
            Next::Step(Step::SendDeadLetter)
        }
    }
}

/// One transaction: the record and the line.
fn block(world: &mut World, work: &mut Work, outcome: Outcome) -> Next {
    let line = &mut world.lines[usize::from(work.line)];
    let (Some(run), Some(seen)) = (work.run, work.seen) else { return Next::Release };
    let End::DeadLetter(record) = rules::end(run, outcome) else { return Next::Step(Step::End(outcome)) };
    if !is_met(Condition::Still(run), line, work.task()) {
        return continue_or_release(line, work, Step::End(outcome));
    }
    if line.item != seen {
        return Next::Step(Step::ReadLineToBlock(outcome));
    }
    let parked_at = work.turn.map(|_| work.position);
    let Some(blocked) = lines::change(seen, LineChange::Block { task: work.task(), parked_at }) else {
        world.broken = Some("P7: two tasks block one line");
        return Next::Release;
    };
    line.records[usize::from(work.task())] = Some(record);
    line.item = blocked;
    line.ghost.blocking.add(work.task());
    (work.run, work.seen) = (Some(record), None);
    Next::Step(Step::SendDeadLetter)
}

/// One transaction: the line and the parked task.
fn park(line: &mut LineWorld, work: &mut Work) -> Next {
    let (Some(seen), Some(message)) = (work.seen, work.message) else { return Next::Release };
    let before = lines::facts(seen);
    let parking = lines::park(seen, message, work.is_redelivered, work.run);
    if !lines::replaces(parking.entry, line.parked_at(parking.entry.position)) {
        return Next::Step(after_parking(lines::is_front_unsent(seen, work.is_redelivered)));
    }
    let after = lines::facts(parking.line);
    if before.blocked_by.is_some() && after.blocked_by.is_none() {
        line.ghost.blocking.remove(message.task);
    }
    line.put_parked(parking.entry);
    line.item = parking.line;
    work.seen = Some(line.item);
    Next::Step(after_parking(parking.sends_front))
}

fn after_parking(sends_front: bool) -> Step {
    if sends_front { Step::SendFront } else { Step::Acknowledge }
}

/// The same transaction also returns the claim.
fn park_claimed(line: &mut LineWorld, work: &mut Work) -> Next {
    let Some(claimed) = work.run else { return Next::Release };
    if !is_met(Condition::Still(claimed), line, work.task()) {
        return continue_or_release(line, work, Step::CheckLine);
    }
    if Some(line.item) != work.seen {
        return Next::Step(Step::CheckLine);
    }
    give_back(line, work);
    park(line, work)
}

/// One transaction: the line and the deleted entry.
fn advance(line: &mut LineWorld, work: &mut Work) -> Next {
    let (Some(seen), Some(turn)) = (work.seen, work.turn) else { return Next::Release };
    let first = work.first.take();
    if line.item != seen {
        return Next::Step(Step::ReadLineToAdvance);
    }
    let Some(after) = lines::change(seen, LineChange::Advance { turn, first }) else {
        return Next::Step(Step::ReadLineToAdvance);
    };
    line.delete_parked(work.position);
    line.item = after;
    work.seen = Some(after);
    Next::Step(if lines::facts(after).next.is_some() { Step::SendFront } else { Step::Acknowledge })
}
