//! The real process, killed by SIGKILL before and after each single change of the file, in every scenario of a task
//! and every operator command. Every accepted task completes or has a recorded failure, in order; no completed task
//! is handled again; and every interrupted run is on record.

mod case;

use axum::http::StatusCode;
use shared::Status::{Completed, DeadLettered, Discarded, Held};

use crate::{
    receiver::Receiver,
    request::wait,
    taskline::{Taskline, task},
};

use case::{Case, at_each_step};

const NO: StatusCode = StatusCode::BAD_REQUEST;
const LATER: StatusCode = StatusCode::INTERNAL_SERVER_ERROR;
const DOWN: StatusCode = StatusCode::SERVICE_UNAVAILABLE;
const YES: StatusCode = StatusCode::NO_CONTENT;

/// A pipeline that ran and stopped.
fn stopped() -> Taskline {
    let taskline = wait(Receiver::start()).taskline().with("RUST_LOG", "warn");
    assert_eq!(taskline.start().terminate(), 0);
    taskline
}

/// `a` and `b` wait in the line.
fn accepted(taskline: Taskline) -> Taskline {
    taskline.submit("a");
    taskline.submit("b");
    taskline
}

/// The state after `a` was refused permanently and the pipeline stopped: if `a` is held, `b` waits behind it; if `a`
/// is dead, `b` was handled.
fn refused(taskline: Taskline, ends: shared::Status) -> Taskline {
    let case = Case::new("the template".to_owned(), &accepted(taskline), "");
    case.answers("a", NO);
    let running = case.taskline.start();
    case.until("a", ends);
    if ends == DeadLettered {
        case.until_empty();
    }
    assert_eq!(running.terminate(), 0);
    case.taskline
}

#[test]
fn a_crash_while_accepting_with_a_key_loses_and_repeats_nothing() {
    at_each_step("accept under a key", &stopped(), &[("write", 1), ("enqueue", 1)], |case| {
        let doomed = case.start_doomed().unwrap();
        let first = case.post(&doomed, "a", Some("k"));
        case.dies(Some(doomed));
        let running = case.taskline.start();
        let again = case.post(&running, "a", Some("k")).unwrap();
        assert!(first.is_none_or(|first| first == again));
        case.post(&running, "b", None).unwrap();
        case.until_empty();
        running.terminate();
        case.assert_kept(&[("a", Completed), ("b", Completed)]);
    });
}

#[test]
fn a_resubmission_completes_an_interrupted_accept_despite_another_crash() {
    let half = Case::new("the template".to_owned(), &stopped(), "enqueue:before:1");
    let doomed = half.start_doomed().unwrap();
    half.post(&doomed, "a", Some("k"));
    half.dies(Some(doomed));
    at_each_step("accept again", &half.taskline, &[("write", 2), ("enqueue", 1)], |case| {
        let doomed = case.start_doomed().unwrap();
        let first = case.post(&doomed, "a", Some("k"));
        case.dies(Some(doomed));
        let running = case.taskline.start();
        let again = case.post(&running, "a", Some("k")).unwrap();
        assert!(first.is_none_or(|first| first == again));
        case.until_empty();
        running.terminate();
        case.assert_kept(&[("a", Completed)]);
    });
}

/// Without a key, a client without an answer submits a new task. What remains of the first one runs once, or is a
/// record that never ran and whose id was never returned.
#[test]
fn a_crash_while_accepting_without_a_key_runs_no_task_twice() {
    at_each_step("accept without a key", &stopped(), &[("write", 1), ("enqueue", 1)], |case| {
        let doomed = case.start_doomed().unwrap();
        let first = case.post(&doomed, "a", None);
        case.dies(Some(doomed));
        assert_eq!(first, None, "an answer before the record and the message were written");
        let running = case.taskline.start();
        case.post(&running, "b", None).unwrap();
        case.until_empty();
        running.terminate();
        case.assert_kept(&[("b", Completed)]);
    });
}

#[test]
fn a_crash_while_completing_repeats_no_completed_task() {
    let steps =
        [("recover", 1), ("delete_expired", 1), ("receive_unless_paused", 3), ("write", 4), ("delete", 2)];
    let template = accepted(stopped());
    at_each_step("complete", &template, &steps, |case| {
        case.dies_while_processing();
        case.finish();
        case.assert_kept(&[("a", Completed), ("b", Completed)]);
    });
    // There are no more steps than were tested.
    for beyond in ["recover:before:2", "write:before:5", "delete:before:3", "enqueue:before:1"] {
        let case = Case::new(beyond.to_owned(), &template, beyond);
        let running = case.start_doomed().unwrap();
        case.until_empty();
        assert_eq!(running.terminate(), 0);
        case.assert_kept(&[("a", Completed), ("b", Completed)]);
    }
}

#[test]
fn a_crash_while_completing_with_the_record_handler_repeats_no_task() {
    let webhook = ["TASK_HANDLER", "WEBHOOK_URL", "WEBHOOK_SECRET", "WEBHOOK_TIMEOUT_SECONDS"];
    let template = accepted(stopped().without(&webhook));
    let steps = [("receive_unless_paused", 3), ("write", 2), ("delete", 2)];
    at_each_step("complete by the record alone", &template, &steps, |case| {
        case.dies_while_processing();
        case.finish();
        case.assert_kept_without_a_handler(&["a", "b"]);
    });
    let case = Case::new("a third write".to_owned(), &template, "write:before:3");
    let running = case.start_doomed().unwrap();
    case.until_empty();
    assert_eq!(running.terminate(), 0, "each task took one write");
    case.assert_kept_without_a_handler(&["a", "b"]);
}

#[test]
fn an_unreadable_crash_point_is_reported_with_its_variable() {
    let output = stopped().with("CRASH_AT", "now").run(&["line", "status"]);
    assert!(output.code == 1 && output.err.contains("CRASH_AT must be"), "{}", output.err);
}

#[test]
fn a_crash_while_retrying_keeps_the_order() {
    let steps = [("write", 4), ("change_visibility", 2)];
    for (scenario, answer) in [("retry", LATER), ("outage", DOWN)] {
        at_each_step(scenario, &accepted(stopped()), &steps, |case| {
            case.answers("a", answer);
            case.dies_while_processing();
            case.answers("a", YES);
            case.finish();
            case.assert_kept(&[("a", Completed), ("b", Completed)]);
        });
    }
}

#[test]
fn a_crash_while_dead_lettering_loses_no_dead_letter() {
    let steps = [("write", 3), ("enqueue", 1), ("delete", 1)];
    at_each_step("dead-letter", &accepted(stopped()), &steps, |case| {
        case.answers("a", NO);
        case.dies_while_processing();
        case.finish();
        case.assert_kept(&[("a", DeadLettered), ("b", Completed)]);
    });
}

#[test]
fn a_crash_while_holding_lets_nothing_overtake() {
    let template = accepted(stopped().with("FAILURE_POLICY", "hold"));
    at_each_step("hold", &template, &[("write", 3), ("change_visibility", 1)], |case| {
        case.answers("a", NO);
        case.dies_while_processing();
        let running = case.taskline.start();
        case.until("a", Held);
        assert!(!case.receiver.titles().contains(&"b".to_owned()), "it was overtaken");
        case.answers("a", YES);
        case.run(&["held", "resume", "--yes", "--reason", "fixed"]);
        case.until_empty();
        running.terminate();
        case.assert_kept(&[("a", Completed), ("b", Completed)]);
    });
}

/// The process starts on a held line, holds it again, and continues when an operator says so.
#[test]
fn a_crash_after_the_start_of_a_held_line_keeps_the_hold() {
    let template = refused(stopped().with("FAILURE_POLICY", "hold"), Held);
    let steps = [("recover", 1), ("write", 4), ("change_visibility", 1), ("delete", 1)];
    at_each_step("continue after a hold", &template, &steps, |case| {
        case.answers("a", YES);
        let resume = ["held", "resume", "--yes", "--reason", "fixed"];
        let doomed = case.start_doomed();
        // The message is hidden once the line is held again: wait for that before the operator acts.
        if case.is_at("change_visibility") {
            case.dies(doomed);
            case.run(&resume);
        } else {
            case.run(&resume);
            case.dies(doomed);
        }
        case.finish();
        case.assert_kept(&[("a", Completed), ("b", Completed)]);
    });
}

#[test]
fn a_crash_while_resuming_skipping_or_discarding_can_be_repeated() {
    let template = refused(stopped().with("FAILURE_POLICY", "hold"), Held);
    let id = template.json(&["held", "show"])[0]["task_id"].as_str().unwrap().to_owned();
    for (verb, ends) in [("resume", Completed), ("skip", DeadLettered), ("discard", Discarded)] {
        let action = ["held", verb, &id, "--yes", "--reason", "decided"];
        at_each_step(&format!("held {verb}"), &template, &[("write", 1), ("change_visibility", 1)], |case| {
            case.answers("a", YES);
            let running = case.taskline.start();
            case.until_held_again("a");
            case.dies_in(&action);
            // Refused if the first run succeeded; the line must continue at once in both cases.
            case.taskline.run(&action);
            case.until_empty();
            running.terminate();
            case.assert_kept(&[("a", ends), ("b", Completed)]);
        });
    }
}

#[test]
fn a_crash_while_redriving_sends_each_dead_letter_once() {
    let redrive = ["dead-letters", "redrive", "--yes", "--all", "--force", "--reason", "fixed"];
    let template = refused(stopped(), DeadLettered);
    // A faster pipeline ends the redrive by its claim: then there is no second write.
    for (scenario, is_running, writes) in [("redrive while a pipeline runs", true, 1), ("redrive", false, 2)]
    {
        let steps = [("write", writes), ("enqueue", 1), ("delete_read", 1)];
        at_each_step(scenario, &template, &steps, |case| {
            case.answers("a", YES);
            let running = is_running.then(|| case.taskline.start());
            case.dies_in(&redrive);
            // Refused if a pipeline claims the task at this moment.
            let again = case.taskline.run(&redrive);
            assert!(is_running || again.code == 0, "{}", again.err);
            let running = running.unwrap_or_else(|| case.taskline.start());
            case.until_empty();
            case.until("a", Completed);
            running.terminate();
            case.run(&["dead-letters", "reconcile", "--yes"]);
            case.assert_kept(&[("a", Completed), ("b", Completed)]);
        });
    }
}

#[test]
fn a_crash_while_discarding_or_amending_a_dead_letter_can_be_repeated() {
    let template = refused(stopped(), DeadLettered);
    let discard = ["dead-letters", "discard", "--yes", "--all", "--reason", "needless"];
    at_each_step("discard", &template, &[("write", 1), ("delete_read", 1)], |case| {
        case.dies_in(&discard);
        case.run(&discard);
        case.finish();
        case.run(&["dead-letters", "reconcile", "--yes"]);
        case.assert_kept(&[("a", Discarded), ("b", Completed)]);
    });
    at_each_step("amend", &template, &[("write", 1)], |case| {
        let fixed = case.taskline.file("fixed.json", &task("fixed"));
        let id = case.taskline.json(&["dead-letters", "list"])["dead_letters"][0]["task_id"]
            .as_str()
            .unwrap()
            .to_owned();
        let amend = ["dead-letters", "amend", "--yes", &id, &fixed, "--reason", "typo"];
        case.dies_in(&amend);
        // If the change was made before the crash, nothing remains to change.
        let again = case.taskline.run(&amend);
        assert!(again.code == 0 || again.err.contains("would not change"), "{}", again.err);
        case.finish();
        case.until("fixed", DeadLettered);
    });
}

#[test]
fn a_crash_while_an_operator_submits_can_be_repeated() {
    at_each_step("submit", &stopped(), &[("write", 1), ("enqueue", 1)], |case| {
        let file = case.taskline.file("a.json", &task("a"));
        let submit = ["submit", &file, "--key", "k"];
        case.dies_in(&submit);
        case.run(&submit);
        case.finish();
        case.assert_kept(&[("a", Completed)]);
    });
}
