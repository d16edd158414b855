//! Compares the diagram in docs/lifecycle.md with what the functions do in every status.

use std::collections::{BTreeSet, HashSet};

use super::{
    Arrival, Claim, FailurePolicy, Force, PresentHandler, Refusal, abandon, amend, begin_redrive, cancel,
    claim, complete, discard, enqueue_missing, fail, finish_dead_lettering, finish_redrive, fixture::*,
    lapse, note_enqueued, publish_receipt, record_native_dead_letter, renew, resume, skip,
};
use crate::{AuditAction, FailureClass, Receipt, Status, TaskRecord};

/// A status, the status after it (absent before the first record), and the function in between.
type Edge = (Option<Status>, Status, &'static str);

const DOCUMENT: &str = include_str!("../../../docs/lifecycle.md");

/// A record in each status, made by the functions.
fn records() -> Vec<TaskRecord> {
    let failed =
        |policy, class| fail(&processing(), failure(class), &failure_terms(policy, 2)).record().clone();
    let redriving = begin_redrive(
        &dead_lettered(),
        Force::Yes,
        &PresentHandler::default(),
        entry(AuditAction::Redrive),
        at(5),
    );
    let records = vec![
        accepted(),
        processing(),
        failed(FailurePolicy::DeadLetter, FailureClass::Transient),
        complete(&processing(), at(2)),
        held(),
        failed(FailurePolicy::DeadLetter, FailureClass::Permanent),
        dead_lettered(),
        redriving.unwrap(),
        abandon(&accepted(), at(1)),
    ];
    assert_eq!(records.iter().map(|record| record.status).collect::<Vec<_>>(), Status::ALL);
    records
}

/// The results of the functions that check the status.
fn decided(record: &TaskRecord) -> Vec<(&'static str, TaskRecord)> {
    let audit = || entry(AuditAction::Redrive);
    let made: [(&'static str, Result<TaskRecord, Refusal>); 11] = [
        ("amend", amend(record, task("other"), audit(), at(9))),
        ("begin_redrive", begin_redrive(record, Force::Yes, &PresentHandler::default(), audit(), at(9))),
        ("cancel", cancel(record, at(9))),
        ("discard", discard(record, audit(), at(9))),
        ("enqueue_missing", enqueue_missing(record, audit(), at(9))),
        ("finish_redrive", finish_redrive(record, record.generation, sequence(90), at(9))),
        ("publish_receipt", publish_receipt(record, Receipt::new("r"), at(9))),
        ("record_native_dead_letter", record_native_dead_letter(record, "ann", at(9))),
        ("resume", resume(record, audit(), at(9))),
        ("skip", skip(record, audit(), at(9))),
        ("lapse", lapse(record, at(9)).ok_or(Refusal::NotInTheLine(record.status))),
    ];
    let made = made.into_iter().filter_map(|(function, made)| made.ok().map(|next| (function, next)));
    made.chain(claimed(record).map(|next| ("claim", next))).collect()
}

/// Claims of the same message, of one with a higher sequence number, and of one after the lease.
fn claimed(record: &TaskRecord) -> impl Iterator<Item = TaskRecord> {
    let message = crate::Message { generation: record.generation, ..message() };
    [(10, 9), (90, 9), (10, 10 + LEASE_SECONDS)].into_iter().filter_map(move |(number, seconds)| {
        let delivery = delivery(&message, number);
        match claim(Some(record), &Arrival::read(&delivery), &terms(seconds)) {
            Claim::Granted(next) | Claim::Completed(next) | Claim::Cancelled(next) => Some(*next),
            Claim::Finished(_)
            | Claim::Busy { .. }
            | Claim::Held(_)
            | Claim::FinishDeadLettering(_)
            | Claim::Exhausted(_) => None,
        }
    })
}

/// The results of the functions that don't check the status, for the statuses in which they are called.
fn settled(record: &TaskRecord) -> Vec<(&'static str, TaskRecord)> {
    let failed =
        |policy, class| ("fail", fail(record, failure(class), &failure_terms(policy, 2)).record().clone());
    match record.status {
        Status::Accepted => vec![
            ("abandon", abandon(record, at(9))),
            ("note_enqueued", note_enqueued(record, sequence(10), at(9))),
        ],
        Status::Processing => vec![
            ("complete", complete(record, at(9))),
            ("renew", renew(record, at(99), at(9))),
            failed(FailurePolicy::DeadLetter, FailureClass::Transient),
            failed(FailurePolicy::DeadLetter, FailureClass::Unavailable),
            failed(FailurePolicy::DeadLetter, FailureClass::Permanent),
            failed(FailurePolicy::Hold, FailureClass::Permanent),
        ],
        Status::DeadLettering => vec![("finish_dead_lettering", finish_dead_lettering(record, at(9)))],
        _ => Vec::new(),
    }
}

fn edges() -> HashSet<Edge> {
    let mut edges = HashSet::from([(None, accepted().status, "accept")]);
    let cancelled_during_its_attempt = cancel(&processing(), at(2)).unwrap();
    for record in records().into_iter().chain([cancelled_during_its_attempt]) {
        let changes = decided(&record).into_iter().chain(settled(&record));
        edges.extend(changes.map(|(function, next)| (Some(record.status), next.status, function)));
    }
    edges
}

/// The edges of the document's diagram.
fn drawn() -> BTreeSet<(String, String, String)> {
    let diagram = DOCUMENT.split("```").nth(1).unwrap();
    let arrows = diagram.lines().filter_map(|line| line.trim().split_once(" --> "));
    let edges = arrows.filter_map(|(from, rest)| {
        let (to, label) = rest.split_once(": ")?;
        Some((from.to_owned(), to.to_owned(), label.split(' ').next().unwrap().to_owned()))
    });
    edges.collect()
}

fn named((from, to, function): Edge) -> (String, String, String) {
    let from = from.map_or_else(|| "[*]".to_owned(), |status| status.to_string());
    (from, to.to_string(), function.to_owned())
}

#[test]
fn the_diagram_has_every_change_of_status_and_no_other() {
    let real: BTreeSet<_> = edges().into_iter().map(named).collect();
    let drawn = drawn();
    assert!(drawn.len() > 20, "the document has no diagram");
    let invented: Vec<_> = drawn.difference(&real).collect();
    assert!(invented.is_empty(), "in the diagram, but no function does this: {invented:?}");
    let missing: Vec<_> = real.difference(&drawn).filter(|(from, to, _)| from != to).collect();
    assert!(missing.is_empty(), "missing from the diagram: {missing:?}");
}

#[test]
fn every_change_that_keeps_the_status_is_mentioned_beside_the_diagram() {
    for (function, status) in
        edges().into_iter().filter_map(|(from, to, name)| (from == Some(to)).then_some((name, to)))
    {
        assert!(DOCUMENT.contains(function), "{function} keeps {status} and is not mentioned");
    }
}
