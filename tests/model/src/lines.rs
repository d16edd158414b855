//! The functions of lines on interned lines: the real functions, each called once for the same arguments.

use std::cell::RefCell;

use shared::{
    AuditAction,
    lifecycle::line::{self, Advance, AfterFinished, Arriving, Carrier, Grant, LineState, Look, Resumption},
};

use crate::{
    environment::{Parked, Sequence, TASKS_MAX, TaskMessage, TaskNumber},
    interned::{DedupeId, LineItem, Memo, Record, known},
    rules,
};

thread_local! {
    static GRANTS: Memo<(LineItem, Option<u8>), Grant> = RefCell::default();
    static LOOKS: Memo<(LineItem, TaskNumber, bool), Look> = RefCell::default();
    static FINISHED: Memo<(LineItem, TaskNumber, bool, bool), AfterFinished> = RefCell::default();
    static PARKINGS: Memo<(LineItem, TaskMessage, bool, Option<Record>), Parking> = RefCell::default();
    static REPLACED: Memo<(Parked, Option<Parked>), bool> = RefCell::default();
    static CHANGES: Memo<(LineItem, LineChange), Option<LineItem>> = RefCell::default();
    static FACTS: Memo<LineItem, Facts> = RefCell::default();
}

/// What the model asks of a line.
#[derive(Debug, Clone, Copy)]
pub struct Facts {
    pub state: LineState,
    pub is_paused: bool,
    pub blocked_by: Option<TaskNumber>,
    pub next: Option<Sequence>,
    pub turn: u8,
    pub front_dedupe_id: DedupeId,
}

pub fn facts(item: LineItem) -> Facts {
    known(&FACTS, item, |item| {
        let line = item.get();
        let is_blocker = |task: &TaskNumber| line.is_blocked_by(rules::task_id(*task));
        Facts {
            state: line.state(),
            is_paused: line.paused.is_some(),
            blocked_by: (0..TASKS_MAX as TaskNumber).find(is_blocker),
            next: line.next.map(rules::number),
            turn: u8::try_from(line.turn).unwrap_or(u8::MAX),
            front_dedupe_id: DedupeId::of(line::front_dedupe_id(&line)),
        }
    })
}

/// Decides on a delivery: of the front message of a turn, or of a message of the line.
pub fn grant(item: LineItem, turn: Option<u8>) -> Grant {
    known(&GRANTS, (item, turn), |(item, turn)| {
        let carrier = turn.map_or(Carrier::Line, |turn| Carrier::Front { turn: u64::from(turn) });
        line::grant(&item.get(), carrier)
    })
}

fn receive_count(is_redelivered: bool) -> u32 {
    1 + u32::from(is_redelivered)
}

/// Decides before the claim.
pub fn look_first(item: LineItem, task: TaskNumber, is_redelivered: bool) -> Look {
    known(&LOOKS, (item, task, is_redelivered), |_| {
        line::look_first(&item.get(), rules::task_id(task), receive_count(is_redelivered))
    })
}

/// Decides on the message of a finished task.
pub fn after_finished(
    item: LineItem,
    task: TaskNumber,
    is_final: bool,
    is_redelivered: bool,
) -> AfterFinished {
    known(&FINISHED, (item, task, is_final, is_redelivered), |_| {
        line::after_finished(&item.get(), rules::task_id(task), is_final, receive_count(is_redelivered))
    })
}

/// Whether the front message of the present turn may be missing.
pub fn is_front_unsent(item: LineItem, is_redelivered: bool) -> bool {
    line::is_front_unsent(&item.get(), receive_count(is_redelivered))
}

/// A parked task, and its line.
#[derive(Debug, Clone, Copy)]
pub struct Parking {
    pub line: LineItem,
    pub entry: Parked,
    pub sends_front: bool,
}

/// Parks a message. `record` is the record of its task, if the processor knows it.
pub fn park(item: LineItem, message: TaskMessage, is_redelivered: bool, record: Option<Record>) -> Parking {
    known(&PARKINGS, (item, message, is_redelivered, record), |_| {
        let arriving = Arriving {
            task_id: rules::task_id(message.task),
            generation: u32::from(message.generation),
            sequence_number: rules::sequence(message.sequence),
            receive_count: receive_count(is_redelivered),
            first_sequence_number: record.and_then(|record| record.get().first_sequence_number),
        };
        let parking = line::park(&item.get(), &arriving);
        let entry = Parked { position: rules::number(parking.parked.position), message };
        assert_eq!(key(entry), parking.parked);
        let sends_front = parking.sends_front;
        Parking { line: LineItem::of(parking.line), entry, sends_front }
    })
}

/// What the real functions know of an entry.
fn key(entry: Parked) -> line::Parked {
    line::Parked {
        position: rules::sequence(entry.position),
        generation: u32::from(entry.message.generation),
        sequence_number: rules::sequence(entry.message.sequence),
    }
}

/// Whether the entry may be written over the one that is there.
pub fn replaces(entry: Parked, present: Option<Parked>) -> bool {
    known(&REPLACED, (entry, present), |(entry, present)| key(*entry).replaces(present.map(key).as_ref()))
}

/// A change of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LineChange {
    Block { task: TaskNumber, parked_at: Option<Sequence> },
    Advance { turn: u8, first: Option<Sequence> },
    Unblock { task: TaskNumber, first: Option<Sequence> },
    Pause,
    Resume { first: Option<Sequence> },
}

/// The changed line; `None` if there is nothing to change.
pub fn change(item: LineItem, change: LineChange) -> Option<LineItem> {
    known(&CHANGES, (item, change), |(item, change)| {
        let line = item.get();
        let changed = match *change {
            LineChange::Block { task, parked_at } => {
                line::block(&line, rules::task_id(task), parked_at.map(rules::sequence)).ok()
            }
            LineChange::Advance { turn, first } => {
                match line::advance(&line, u64::from(turn), first.map(rules::sequence)) {
                    Advance::Write(line) => Some(line),
                    Advance::TurnPassed => None,
                }
            }
            LineChange::Unblock { task, first } => {
                line::unblock(&line, rules::task_id(task), first.map(rules::sequence)).ok()
            }
            LineChange::Pause => Some(line::pause(&line, rules::entry(AuditAction::PauseLine))),
            LineChange::Resume { first } => match line::resume(&line, first.map(rules::sequence)) {
                Resumption::Write(line) => Some(line),
                Resumption::SendFront => None,
            },
        };
        changed.map(LineItem::of)
    })
}
