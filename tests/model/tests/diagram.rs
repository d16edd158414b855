//! Compares the diagram in docs/line-protocol.md with what the functions do in every state of a line.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    missing_docs,
    reason = "tests fail by panicking"
)]

use std::collections::BTreeSet;

use shared::{
    AuditAction, AuditEntry, SequenceNumber, TaskId, Timestamp,
    lifecycle::line::{
        Advance, Arriving, Line, LineState, Resumption, advance, block, park, pause, resume, unblock,
    },
};

const DOCUMENT: &str = include_str!("../../../docs/line-protocol.md");

type Edge = (String, String, &'static str);

fn task(seed: u8) -> TaskId {
    TaskId::fresh(Timestamp::UNIX_EPOCH, &[seed; 10])
}

fn position() -> SequenceNumber {
    SequenceNumber::new(7)
}

fn paused(line: &Line) -> Line {
    pause(line, AuditEntry::new(AuditAction::PauseLine, Timestamp::UNIX_EPOCH, "ann", "because"))
}

/// A line in every state, and one that is both blocked and paused.
fn lines() -> Vec<Line> {
    let blocked = block(&Line::default(), task(1), None).unwrap();
    let draining = unblock(&blocked, task(1), Some(position())).unwrap();
    vec![Line::default(), paused(&Line::default()), blocked.clone(), draining, paused(&blocked)]
}

/// The line after each function, with and without a parked task.
fn changed(line: &Line) -> Vec<(&'static str, Line)> {
    let mut changed = vec![("pause", paused(line))];
    for seed in [1, 2] {
        changed.extend(block(line, task(seed), line.next).map(|line| ("block", line)));
        // An open line parks nothing.
        if line.state() != LineState::Open {
            let arriving = Arriving {
                task_id: task(seed),
                generation: 0,
                sequence_number: position(),
                receive_count: 1,
                first_sequence_number: None,
            };
            changed.push(("park", park(line, &arriving).line));
        }
    }
    for first in [None, Some(position())] {
        changed.extend(unblock(line, task(1), first).map(|line| ("unblock", line)));
        if let Advance::Write(line) = advance(line, line.turn, first) {
            changed.push(("advance", line));
        }
        if let Resumption::Write(line) = resume(line, first) {
            changed.push(("resume", line));
        }
    }
    changed
}

fn name(line: &Line) -> String {
    format!("{:?}", line.state()).to_lowercase()
}

fn edges() -> BTreeSet<Edge> {
    let of = |line: &Line| {
        let edge = |(function, after): (_, Line)| (name(line), name(&after), function);
        changed(line).into_iter().map(edge).collect::<Vec<_>>()
    };
    lines().iter().flat_map(of).collect()
}

/// The edges of the document's diagram.
fn drawn() -> BTreeSet<(String, String, String)> {
    let diagram = DOCUMENT.split("```").nth(1).unwrap();
    let edge = |line: &str| {
        let (from, rest) = line.trim().split_once(" --> ")?;
        let (to, label) = rest.split_once(": ")?;
        Some((from.to_owned(), to.to_owned(), label.split(' ').next()?.to_owned()))
    };
    diagram.lines().filter_map(edge).collect()
}

#[test]
fn the_diagram_has_every_change_of_a_lines_state_and_no_other() {
    let real: BTreeSet<_> =
        edges().into_iter().map(|(from, to, function)| (from, to, function.to_owned())).collect();
    let drawn = drawn();
    assert!(drawn.len() > 10, "the document has no diagram");
    let invented: Vec<_> = drawn.difference(&real).collect();
    assert!(invented.is_empty(), "in the diagram, but no function does this: {invented:?}");
    let missing: Vec<_> = real.difference(&drawn).filter(|(from, to, _)| from != to).collect();
    assert!(missing.is_empty(), "missing from the diagram: {missing:?}");
}
