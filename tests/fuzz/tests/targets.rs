//! Every target on its corpus, and on as many mutants of it as take a few seconds: the same ones each time.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    missing_docs,
    reason = "tests fail by panicking, and print what they ran"
)]

use std::{cell::RefCell, collections::BTreeMap, panic};

use fuzz::{TARGETS, Target, keep, mutants, seeds};
use proptest::test_runner::{Config, RngAlgorithm, TestError, TestRng, TestRunner};

fn holds(name: &str) {
    let target = TARGETS.into_iter().find(|target| target.name == name).unwrap();
    holds_for_the_corpus(target);
    let reached = holds_for_mutants(target);
    println!("{name}: {reached:?}");
    let never: Vec<_> = target.outcomes.iter().filter(|outcome| !reached.contains_key(*outcome)).collect();
    assert_eq!(never, [&""; 0], "none of {} mutants had this outcome", target.cases);
    assert!(reached.keys().all(|outcome| target.outcomes.contains(outcome)), "{reached:?}");
}

fn holds_for_the_corpus(target: &Target) {
    let fails = |input: &[u8]| panic::catch_unwind(|| (target.check)(input)).is_err();
    let failing = seeds(target.name).into_iter().filter(|seed| fails(&seed.input));
    let names: Vec<_> = failing.map(|seed| seed.name).collect();
    assert_eq!(names, [""; 0], "of the corpus of {}", target.name);
}

/// How many mutants had each outcome.
fn holds_for_mutants(target: &'static Target) -> BTreeMap<&'static str, u32> {
    let config = Config {
        cases: target.cases,
        failure_persistence: None,
        max_shrink_iters: 1_000,
        ..Config::default()
    };
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let reached = RefCell::new(BTreeMap::new());
    let outcome = TestRunner::new_with_rng(config, rng).run(&mutants(target, seeds(target.name)), |mutant| {
        *reached.borrow_mut().entry((target.check)(&mutant.input())).or_insert(0) += 1;
        Ok(())
    });
    if let Err(TestError::Fail(reason, mutant)) = outcome {
        let input = mutant.input();
        let path = keep(target.name, &input);
        panic!("{reason}\nfor {}\nkept as {}", input.escape_ascii(), path.display());
    }
    outcome.unwrap();
    reached.into_inner()
}

#[test]
fn a_request_is_parsed_or_every_violation_is_reported() {
    holds("request");
}

#[test]
fn sanitised_text_has_no_markup() {
    holds("text");
}

#[test]
fn an_identifier_is_parsed_as_it_is_formatted() {
    holds("identity");
}

#[test]
fn a_message_is_decoded_as_it_was_encoded_or_kept_as_text() {
    holds("message");
}

#[test]
fn a_record_is_read_or_refused_and_can_change_further() {
    holds("record");
}

#[test]
fn every_message_of_an_event_is_handled_or_reported() {
    holds("event");
}

#[test]
fn every_answer_of_the_api_is_documented() {
    holds("http");
}
