//! The real process, killed by SIGKILL before and after each single change of the file, in every journey of a task and in
//! every command of an operator. What was accepted ends well or stands with its reason, in its order; what completed is
//! not handled again; and every run that a kill cut short is on record.

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
const LATER: StatusCode = StatusCode::SERVICE_UNAVAILABLE;
const YES: StatusCode = StatusCode::NO_CONTENT;

/// A pipeline that has run, and stopped.
fn stopped() -> Taskline {
    let taskline = wait(Receiver::start()).taskline().with("RUST_LOG", "warn");
    assert_eq!(taskline.start().terminate(), 0);
    taskline
}

/// `a` and `b` stand in the line.
fn accepted(taskline: Taskline) -> Taskline {
    taskline.submit("a");
    taskline.submit("b");
    taskline
}

/// What is left when `a` was refused for good and the pipeline has stopped: held, `b` waits behind it; dead, it did not.
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
fn accepting_under_a_key() {
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
        case.kept(&[("a", Completed), ("b", Completed)]);
    });
}

#[test]
fn accepting_again_what_a_crash_left_half_accepted() {
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
        case.kept(&[("a", Completed)]);
    });
}

/// Without a key the client that got no answer asks for another task; what is left of the first one runs once, or is
/// a record that never ran and that nobody was told of.
#[test]
fn accepting_without_a_key() {
    at_each_step("accept without a key", &stopped(), &[("write", 1), ("enqueue", 1)], |case| {
        let doomed = case.start_doomed().unwrap();
        let first = case.post(&doomed, "a", None);
        case.dies(Some(doomed));
        assert_eq!(first, None, "an answer before both were made");
        let running = case.taskline.start();
        case.post(&running, "b", None).unwrap();
        case.until_empty();
        running.terminate();
        case.kept(&[("b", Completed)]);
    });
}

#[test]
fn completing() {
    let steps =
        [("recover", 1), ("delete_expired", 1), ("receive_unless_paused", 3), ("write", 4), ("delete", 2)];
    let template = accepted(stopped());
    at_each_step("complete", &template, &steps, |case| {
        case.dies_at_work();
        case.works_off();
        case.kept(&[("a", Completed), ("b", Completed)]);
    });
    // There are no more steps than were tried.
    for beyond in ["recover:before:2", "write:before:5", "delete:before:3", "enqueue:before:1"] {
        let case = Case::new(beyond.to_owned(), &template, beyond);
        let running = case.start_doomed().unwrap();
        case.until_empty();
        assert_eq!(running.terminate(), 0);
        case.kept(&[("a", Completed), ("b", Completed)]);
    }
}

#[test]
fn completing_where_the_record_is_all_there_is_to_a_task() {
    let webhook = ["TASK_HANDLER", "WEBHOOK_URL", "WEBHOOK_SECRET", "WEBHOOK_TIMEOUT_SECONDS"];
    let template = accepted(stopped().without(&webhook));
    let steps = [("receive_unless_paused", 3), ("write", 2), ("delete", 2)];
    at_each_step("complete by the record alone", &template, &steps, |case| {
        case.dies_at_work();
        case.works_off();
        case.kept_by_the_record_alone(&["a", "b"]);
    });
    let case = Case::new("a third write".to_owned(), &template, "write:before:3");
    let running = case.start_doomed().unwrap();
    case.until_empty();
    assert_eq!(running.terminate(), 0, "each took one write");
    case.kept_by_the_record_alone(&["a", "b"]);
}

#[test]
fn a_crash_point_that_cant_be_read_is_named_by_its_variable() {
    let said = stopped().with("CRASH_AT", "now").run(&["line", "status"]);
    assert!(said.code == 1 && said.err.contains("CRASH_AT must be"), "{}", said.err);
}

#[test]
fn retrying() {
    let steps = [("write", 4), ("change_visibility", 2)];
    at_each_step("retry", &accepted(stopped()), &steps, |case| {
        case.answers("a", LATER);
        case.dies_at_work();
        case.answers("a", YES);
        case.works_off();
        case.kept(&[("a", Completed), ("b", Completed)]);
    });
}

#[test]
fn dead_lettering() {
    let steps = [("write", 3), ("enqueue", 1), ("delete", 1)];
    at_each_step("dead-letter", &accepted(stopped()), &steps, |case| {
        case.answers("a", NO);
        case.dies_at_work();
        case.works_off();
        case.kept(&[("a", DeadLettered), ("b", Completed)]);
    });
}

#[test]
fn holding() {
    let template = accepted(stopped().with("FAILURE_POLICY", "hold"));
    at_each_step("hold", &template, &[("write", 3), ("change_visibility", 1)], |case| {
        case.answers("a", NO);
        case.dies_at_work();
        let running = case.taskline.start();
        case.until("a", Held);
        assert!(!case.receiver.titles().contains(&"b".to_owned()), "it was overtaken");
        case.answers("a", YES);
        case.run(&["held", "resume", "--yes", "--reason", "mended"]);
        case.until_empty();
        running.terminate();
        case.kept(&[("a", Completed), ("b", Completed)]);
    });
}

/// The process starts on a line that is held, holds it again, and goes on once an operator says so.
#[test]
fn going_on_after_a_hold() {
    let template = refused(stopped().with("FAILURE_POLICY", "hold"), Held);
    let steps = [("recover", 1), ("write", 4), ("change_visibility", 1), ("delete", 1)];
    at_each_step("go on after a hold", &template, &steps, |case| {
        case.answers("a", YES);
        let resume = ["held", "resume", "--yes", "--reason", "mended"];
        let doomed = case.start_doomed();
        // It is hidden while it is held again: before anybody lets it go.
        if case.is_at("change_visibility") {
            case.dies(doomed);
            case.run(&resume);
        } else {
            case.run(&resume);
            case.dies(doomed);
        }
        case.works_off();
        case.kept(&[("a", Completed), ("b", Completed)]);
    });
}

#[test]
fn resuming_and_skipping_and_discarding_what_is_held() {
    let template = refused(stopped().with("FAILURE_POLICY", "hold"), Held);
    let id = template.json(&["held", "show"])[0]["task_id"].as_str().unwrap().to_owned();
    for (verb, ends) in [("resume", Completed), ("skip", DeadLettered), ("discard", Discarded)] {
        let action = ["held", verb, &id, "--yes", "--reason", "decided"];
        at_each_step(&format!("held {verb}"), &template, &[("write", 1), ("change_visibility", 1)], |case| {
            case.answers("a", YES);
            let running = case.taskline.start();
            case.until_held_again("a");
            case.dies_in(&action);
            // Refused when the first one got through; the line must go on at once either way.
            case.taskline.run(&action);
            case.until_empty();
            running.terminate();
            case.kept(&[("a", ends), ("b", Completed)]);
        });
    }
}

#[test]
fn redriving() {
    let redrive = ["dead-letters", "redrive", "--yes", "--all", "--force", "--reason", "mended"];
    let template = refused(stopped(), DeadLettered);
    // A pipeline that is faster ends the redrive by its claim: then there is no second write.
    for (journey, is_running, writes) in [("redrive beside a pipeline", true, 1), ("redrive", false, 2)] {
        let steps = [("write", writes), ("enqueue", 1), ("delete_read", 1)];
        at_each_step(journey, &template, &steps, |case| {
            case.answers("a", YES);
            let running = is_running.then(|| case.taskline.start());
            case.dies_in(&redrive);
            // Refused when a pipeline takes the task up at this very moment.
            let again = case.taskline.run(&redrive);
            assert!(is_running || again.code == 0, "{}", again.err);
            let running = running.unwrap_or_else(|| case.taskline.start());
            case.until_empty();
            case.until("a", Completed);
            running.terminate();
            case.run(&["dead-letters", "reconcile", "--yes"]);
            case.kept(&[("a", Completed), ("b", Completed)]);
        });
    }
}

#[test]
fn discarding_and_amending_a_dead_letter() {
    let template = refused(stopped(), DeadLettered);
    let discard = ["dead-letters", "discard", "--yes", "--all", "--reason", "needless"];
    at_each_step("discard", &template, &[("write", 1), ("delete_read", 1)], |case| {
        case.dies_in(&discard);
        case.run(&discard);
        case.works_off();
        case.run(&["dead-letters", "reconcile", "--yes"]);
        case.kept(&[("a", Discarded), ("b", Completed)]);
    });
    at_each_step("amend", &template, &[("write", 1)], |case| {
        let mended = case.taskline.file("mended.json", &task("mended"));
        let id = case.taskline.json(&["dead-letters", "list"])["dead_letters"][0]["task_id"]
            .as_str()
            .unwrap()
            .to_owned();
        let amend = ["dead-letters", "amend", "--yes", &id, &mended, "--reason", "typo"];
        case.dies_in(&amend);
        // Where it was made before the crash, nothing is left to change.
        let again = case.taskline.run(&amend);
        assert!(again.code == 0 || again.err.contains("would not change"), "{}", again.err);
        case.works_off();
        case.until("mended", DeadLettered);
    });
}

#[test]
fn submitting_as_an_operator() {
    at_each_step("submit", &stopped(), &[("write", 1), ("enqueue", 1)], |case| {
        let file = case.taskline.file("a.json", &task("a"));
        let submit = ["submit", &file, "--key", "k"];
        case.dies_in(&submit);
        case.run(&submit);
        case.works_off();
        case.kept(&[("a", Completed)]);
    });
}
