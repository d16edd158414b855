//! Tests of the program on a machine whose clock is set while it runs, or between two runs.

use std::sync::Arc;

use axum::http::StatusCode;
use chrono::{TimeDelta, Utc};
use harness::FakeTime;
use shared::{Status, Timestamp, ports::Depth};

use crate::{
    data::Data,
    receiver::Receiver,
    request::{post, wait},
    taskline::{Running, Taskline},
};

/// A pipeline that delivers to the receiver, and the machine's simulated clock.
fn with_fake_time() -> (Receiver, Arc<FakeTime>, Taskline) {
    let receiver = wait(Receiver::start());
    let time = Arc::new(FakeTime::new());
    let taskline = time.over(receiver.taskline());
    (receiver, time, taskline)
}

fn submit(running: &Running, title: &str, key: Option<&str>) -> String {
    let answer = post(&running.url, title, key).unwrap();
    assert_eq!(answer.status, StatusCode::ACCEPTED, "{title}: {}", answer.body);
    answer.body["task_id"].as_str().unwrap().to_owned()
}

/// Waits until the task is completed, and returns the number of attempts.
fn completed(taskline: &Taskline, id: &str) -> u64 {
    let is_finished = |status: &serde_json::Value| status == "completed" || status == "dead_lettered";
    let task = taskline.until(&["task", "show", id], |task| is_finished(&task["status"]));
    assert_eq!(task["status"], "completed", "{task}");
    task["attempts"].as_u64().unwrap()
}

fn assert_in_order(taskline: &Taskline) {
    let verified = taskline.run(&["verify"]);
    assert_eq!(verified.code, 0, "{}{}", verified.out, verified.err);
}

/// A pipeline that was killed no longer defines the time.
#[test]
fn a_command_uses_the_machines_clock_where_no_pipeline_runs() {
    let (_receiver, time, taskline) = with_fake_time();
    time.set("+40y");
    taskline.start().kill();
    time.set("+0");
    let id = taskline.submit("by hand");
    let shown = taskline.status_of(&id);
    let accepted_at: Timestamp = shown["accepted_at"].as_str().unwrap().parse().unwrap();
    assert!(accepted_at < Utc::now() + TimeDelta::days(1), "{accepted_at}");
}

/// Each task fails once, and the clock is set before its retry is scheduled.
#[test]
fn a_step_of_the_clock_does_not_stop_the_line() {
    let (receiver, time, taskline) = with_fake_time();
    let running = taskline.start();
    for step in ["-1d", "+10m", "-20y", "+40y", "+0"] {
        receiver.answer_first(step, StatusCode::SERVICE_UNAVAILABLE);
        let clock = Arc::clone(&time);
        receiver.on_call(move |title| clock.set(title));
        let id = submit(&running, step, None);
        assert_eq!(completed(&taskline, &id), 2, "{step}");
        assert_in_order(&taskline);
    }
    assert!(taskline.log().contains("the machine's clock was set"), "{}", taskline.log());
    assert_eq!(running.terminate(), 0);
}

#[test]
fn setting_the_clock_back_a_day_during_a_retry_delay_does_not_stop_the_line() {
    let (receiver, time, taskline) = with_fake_time();
    let running = taskline.start();
    receiver.answer_first("a", StatusCode::SERVICE_UNAVAILABLE);
    let id = submit(&running, "a", None);
    taskline.until(&["task", "show", &id], |task| !task["failure"].is_null());
    time.set("-1d");
    assert_eq!(completed(&taskline, &id), 2);
    assert_eq!(running.terminate(), 0);
}

/// The time is read while the clock is wrong. Neither a running process nor one that started at that moment may keep
/// it.
#[test]
fn webhooks_are_signed_with_the_correct_time_after_the_clock_was_briefly_ahead() {
    let (receiver, time, taskline) = with_fake_time();
    receiver.check_timestamps();
    let running = taskline.start();
    assert_eq!(taskline.run(&["line", "pause", "--reason", "a test"]).code, 0);
    time.set("+10m");
    let while_ahead = submit(&running, "while it was ahead", None);
    time.set("+0");
    assert_eq!(taskline.run(&["line", "resume", "--reason", "a test"]).code, 0);
    assert_eq!(completed(&taskline, &while_ahead), 1);
    assert_eq!(running.terminate(), 0);

    time.set("+10m");
    let running = taskline.start();
    time.set("+0");
    let started_while_ahead = submit(&running, "started while it was ahead", None);
    assert_eq!(completed(&taskline, &started_while_ahead), 1);
    assert_eq!(running.terminate(), 0);
}

/// Completed tasks stay known, whether the clock is wrong now or was wrong then.
#[test]
fn starting_with_a_clock_years_ahead_or_behind_keeps_every_record() {
    let (receiver, time, taskline) = with_fake_time();
    let mut ids = Vec::new();
    for clock in ["+0", "+40y", "+40y", "-20y", "+41d", "+0"] {
        time.set(clock);
        let running = taskline.start();
        for id in [submit(&running, "with a key", Some("k")), submit(&running, clock, None)] {
            completed(&taskline, &id);
            ids.push(id);
        }
        assert_eq!(running.terminate(), 0);
    }
    ids.sort();
    ids.dedup();
    let records = wait(Data::of(&taskline).records());
    assert_eq!((ids.len(), records.len()), (7, 7));
    assert!(records.values().all(|record| record.status == Status::Completed));
    let titles = receiver.titles();
    assert_eq!(titles.len(), 7, "each was handled once: {titles:?}");
}

/// The process is killed while a retry is scheduled in ten minutes.
#[test]
fn after_a_kill_and_a_clock_change_the_pipeline_continues_at_once() {
    for clock in ["-1d", "+1d", "+40y"] {
        let (receiver, time, taskline) = with_fake_time();
        let taskline = taskline.with("RETRY_BASE_SECONDS", "600").with("RETRY_MAX_SECONDS", "600");
        receiver.answer_first("a", StatusCode::SERVICE_UNAVAILABLE);
        let running = taskline.start();
        let id = submit(&running, "a", Some("k"));
        taskline.until(&["task", "show", &id], |task| task["status"] == "retrying");
        running.kill();
        time.set(clock);
        let running = taskline.start();
        assert_eq!(submit(&running, "a", Some("k")), id);
        assert_eq!(completed(&taskline, &id), 2, "{clock}");
        assert_eq!(wait(Data::of(&taskline).line()), Depth::default());
        assert_eq!(running.terminate(), 0);
    }
}

/// An operator's command that starts after the step takes its time from the pipeline, not from the machine.
#[test]
fn a_held_task_can_be_resumed_immediately_after_a_clock_step() {
    for clock in ["+1d", "-1d"] {
        let (receiver, time, taskline) = with_fake_time();
        let taskline = taskline.with("FAILURE_POLICY", "hold");
        receiver.answer_first("a", StatusCode::UNPROCESSABLE_ENTITY);
        let running = taskline.start();
        let id = submit(&running, "a", None);
        taskline.until(&["line", "status"], |status| status["state"] == "held");
        time.set(clock);
        let resumed = taskline.run(&["held", "resume", "--yes", "--reason", "the receiver works again"]);
        assert_eq!(resumed.code, 0, "{}", resumed.err);
        assert_eq!(completed(&taskline, &id), 2, "{clock}");
        assert_in_order(&taskline);
        assert_eq!(running.terminate(), 0);
    }
}
