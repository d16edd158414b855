//! Thousands of runs of the real protocol in a world that seeds decide; run more with `make simulate SEEDS=100000`.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    missing_docs,
    reason = "tests fail by panicking"
)]

use std::{collections::BTreeSet, ops::Range, thread};

use shared::Status;
use simulation::{Fault, Plan, Seen, keep_panics_quiet, run, shrink};

const SEEDS: u64 = 3_000;
const THREADS: u64 = 2;

/// Seeds that once found a bug, each with its description.
const FOUND: [(u64, &str); 3] = [
    (27, "a process that was suspended between its claim and its handler handled a completed task again"),
    (
        334,
        "a repair that ended between its write and its enqueue let a resubmission be answered 202 without a message",
    ),
    (22_680, "a suspended operator finished the next redrive of a task, whose message was not sent yet"),
];

fn keeps_every_promise(seed: u64) -> Seen {
    let plan = Plan::of(seed);
    let seen = run(&plan);
    if seen.violations.is_empty() {
        return seen;
    }
    let smallest = shrink(&plan);
    let trace = run(&smallest).trace.join("\n");
    panic!(
        "{trace}\n{smallest:?}\nseed {seed} breaks a promise: {:?}; again by make simulate FROM={seed} SEEDS=1",
        seen.violations
    );
}

fn several_seeds_keep_every_promise(seeds: Range<u64>) -> Vec<Seen> {
    seeds.map(keeps_every_promise).map(|seen| Seen { trace: Vec::new(), ..seen }).collect()
}

#[test]
fn no_seed_breaks_a_promise_and_every_fault_and_status_occurs() {
    keep_panics_quiet();
    let share = SEEDS / THREADS;
    let threads: Vec<_> = (0..THREADS)
        .map(|thread| {
            thread::spawn(move || several_seeds_keep_every_promise(thread * share..(thread + 1) * share))
        })
        .collect();
    let seen: Vec<_> = threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect();
    let struck: BTreeSet<_> = seen.iter().flat_map(|seen| seen.faults.keys().copied()).collect();
    assert_eq!(struck, BTreeSet::from(Fault::ALL));
    let reached: BTreeSet<_> = seen.iter().flat_map(|seen| seen.statuses.keys().copied()).collect();
    assert_eq!(reached, Status::ALL.iter().map(|status| status.as_str()).collect());
    let handled: u64 = seen.iter().map(|seen| seen.handled).sum();
    let completed_at_once: u64 = seen.iter().map(|seen| seen.completed_at_once).sum();
    let renewals: u64 = seen.iter().map(|seen| seen.renewals).sum();
    let cancelled: usize = seen.iter().map(|seen| seen.cancelled_during.len()).sum();
    assert!(renewals > SEEDS && cancelled > 100, "{renewals} renewals, {cancelled} cancelled attempts");
    let results: u64 = seen.iter().map(|seen| seen.results).sum();
    let cancelled: u64 = seen.iter().map(|seen| seen.cancelled_in_outage).sum();
    assert!(
        results > 2 * SEEDS && cancelled > 3,
        "{results} results, {cancelled} cancelled tasks in an outage"
    );
    let accepted: usize = seen.iter().map(|seen| seen.accepted.len()).sum();
    assert!(
        handled > SEEDS && completed_at_once > SEEDS / 3 && accepted as u64 > SEEDS,
        "{handled} runs of handlers, {completed_at_once} completions without, {accepted} accepted tasks"
    );
}

#[test]
fn seeds_that_once_found_a_bug_find_none() {
    for (seed, _) in FOUND {
        keeps_every_promise(seed);
    }
}

#[test]
fn a_seed_gives_the_same_run_every_time() {
    for seed in 0..5 {
        assert_eq!(run(&Plan::of(seed)).trace, run(&Plan::of(seed)).trace);
    }
}
