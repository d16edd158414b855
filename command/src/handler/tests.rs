//! The handler with real programs.

use std::{fs, path::Path, pin::Pin, time::Duration};

use chrono::TimeDelta;
use processor::{Handler, HandlerFailure, Outcome};
use serde_json::{Map, Value};
use shared::Timestamp;
use system::SystemClock;
use tempfile::TempDir;

use super::*;
use crate::fixture::{data, is_alive, options, run, run_of, until};

fn handler(script: &str, folder: &Path) -> CommandHandler {
    CommandHandler::new(options(script, folder))
}

async fn outcome_of(script: &str) -> Outcome {
    let folder = tempfile::tempdir().unwrap();
    handler(script, folder.path()).handle(run("t")).await
}

async fn text(folder: &TempDir, name: &str) -> String {
    let path = folder.path().join(name);
    until(name, || fs::read_to_string(&path).is_ok_and(|text| text.ends_with('\n'))).await;
    fs::read_to_string(path).unwrap()
}

#[tokio::test]
async fn a_program_gets_the_task_on_its_standard_input_and_in_its_environment() {
    let folder = tempfile::tempdir().unwrap();
    let run = run("a 'quoted' $(title) `x`");
    let handler = handler(r#"cat > "$1/input"; printf '%s\n' "$TASKLINE_TITLE" > "$1/title""#, folder.path());
    assert_eq!(handler.handle(run.clone()).await, Ok(Completed::default()));
    let input = text(&folder, "input").await;
    assert_eq!(serde_json::from_str::<Map<String, Value>>(&input).unwrap(), data(&run));
    assert_eq!(text(&folder, "title").await, format!("{}\n", run.task.title()));
}

#[tokio::test]
async fn a_payload_is_passed_with_numbers_that_no_type_holds() {
    let folder = tempfile::tempdir().unwrap();
    let payload = "{ \"a\": [1.10, 1e400, 123456789012345678901234567890] }";
    let body = format!(r#"{{"title": "t", "description": "d", "priority": "low", "payload": {payload}}}"#);
    let handler = handler(r#"cat > "$1/input""#, folder.path());
    assert_eq!(handler.handle(run_of(&body)).await, Ok(Completed::default()));
    assert!(text(&folder, "input").await.contains(payload));
}

#[tokio::test]
async fn the_exit_code_decides_and_json_on_the_standard_output_is_the_result() {
    let completed = outcome_of("echo '{\"paid\": 1.50}'").await.unwrap();
    assert_eq!(completed.result.unwrap().as_str(), "{\"paid\": 1.50}");
    assert_eq!(outcome_of("echo done").await, Ok(Completed::default()));
    assert!(matches!(outcome_of("echo '{}'; exit 3").await, Err(HandlerFailure::Permanent { .. })));
    assert!(matches!(outcome_of("exit 75").await, Err(HandlerFailure::Transient { .. })));
    assert!(matches!(outcome_of("exit 69").await, Err(HandlerFailure::Unavailable { .. })));
    let crash = outcome_of("kill -s SEGV $$").await.unwrap_err();
    assert!(matches!(crash, HandlerFailure::Crashed { code, .. } if code == "killed_by_SIGSEGV"));
}

#[tokio::test]
async fn a_program_that_reads_nothing_completes_its_task() {
    // More than a pipe holds.
    let payload = vec!["x".repeat(1_000); 120];
    let body = serde_json::json!({"title": "t", "description": "d", "priority": "low", "payload": payload});
    let run = run_of(&body.to_string());
    let folder = tempfile::tempdir().unwrap();
    for script in ["exec <&-; exit 0", "exit 0"] {
        assert_eq!(handler(script, folder.path()).handle(run.clone()).await, Ok(Completed::default()));
    }
}

#[tokio::test]
async fn endless_output_is_read_and_not_kept() {
    let script = "head -c 100000000 /dev/zero; head -c 100000000 /dev/zero >&2; echo; exit 75";
    assert!(matches!(outcome_of(script).await, Err(HandlerFailure::Transient { .. })));
}

#[tokio::test]
async fn a_child_that_keeps_the_outputs_open_is_killed_and_does_not_stop_the_line() {
    let folder = tempfile::tempdir().unwrap();
    let script = r#"sleep 1000 & echo $! > "$1/child"; echo 5"#;
    let completed = handler(script, folder.path()).handle(run("t")).await.unwrap();
    assert_eq!(completed.result.unwrap().as_str(), "5");
    let child = text(&folder, "child").await;
    until("the end of the child", || !is_alive(&child)).await;
}

#[tokio::test]
async fn output_that_a_child_writes_after_the_end_of_the_program_counts() {
    let result =
        outcome_of("( while kill -0 $$; do :; done; echo 5 ) 2> /dev/null & exit 0").await.unwrap().result;
    assert_eq!(result.unwrap().as_str(), "5");
}

#[tokio::test]
async fn a_daemon_that_left_the_group_does_not_stop_the_line() {
    let folder = tempfile::tempdir().unwrap();
    let script = r#"setsid sleep 1000 & echo $! > "$1/daemon"; exit 0"#;
    assert_eq!(handler(script, folder.path()).handle(run("t")).await, Ok(Completed::default()));
    let daemon = text(&folder, "daemon").await;
    std::process::Command::new("kill").arg(daemon.trim()).status().unwrap();
}

/// Starts a run of a program, and cancels the attempt once the program wrote its number.
async fn cancelled_run(handler: &CommandHandler, folder: &TempDir) -> (Outcome, String) {
    let run = run("t");
    let cancellation = run.cancellation.clone();
    let handling = tokio::spawn({
        let handler = handler.clone();
        async move { handler.handle(run).await }
    });
    let pid = text(folder, "pid").await;
    cancellation.cancel();
    (handling.await.unwrap(), pid)
}

#[tokio::test]
async fn a_cancelled_program_gets_sigterm_and_can_finish() {
    let folder = tempfile::tempdir().unwrap();
    let waits = |on_term: &str| {
        format!(r#"trap '{on_term}' TERM; echo $$ > "$1/pid"; while :; do sleep 1000 & wait $!; done"#)
    };
    let (outcome, _) = cancelled_run(&handler(&waits("echo 1; exit 0"), folder.path()), &folder).await;
    assert_eq!(outcome.unwrap().result.unwrap().as_str(), "1");
    fs::remove_file(folder.path().join("pid")).unwrap();
    let (outcome, _) = cancelled_run(&handler(&waits("exit 3"), folder.path()), &folder).await;
    assert_eq!(outcome, Err(cancelled()));
}

#[tokio::test]
async fn a_program_that_ignores_sigterm_is_killed_with_its_children() {
    let folder = tempfile::tempdir().unwrap();
    let script =
        r#"trap '' TERM; sleep 1000 & echo $! > "$1/child"; echo $$ > "$1/pid"; while :; do wait; done"#;
    let mut options = options(script, folder.path());
    options.handler_timeout = Duration::from_millis(100);
    let (outcome, pid) = cancelled_run(&CommandHandler::new(options), &folder).await;
    assert_eq!(outcome, Err(cancelled()));
    let child = text(&folder, "child").await;
    until("the end of both", || !is_alive(&pid) && !is_alive(&child)).await;
}

#[tokio::test]
async fn the_next_program_starts_only_when_the_cancelled_one_has_ended() {
    let folder = tempfile::tempdir().unwrap();
    let script = r#"
        if [ -e "$1/pid" ]; then test -e "$1/ended"; exit; fi
        trap 'sleep 0.2; echo > "$1/ended"; exit 1' TERM
        echo $$ > "$1/pid"; while :; do sleep 1000 & wait $!; done"#;
    let handler = handler(script, folder.path());
    let first = run("t");
    let mut handling = handler.handle(first.clone());
    tokio::select! {
        _ = &mut handling => panic!("the program ended"),
        _ = text(&folder, "pid") => {}
    }
    // As the processor does at the deadline.
    drop(handling);
    first.cancellation.cancel();
    assert_eq!(handler.handle(run("t")).await, Ok(Completed::default()));
}

#[tokio::test]
async fn a_stop_ends_the_program_and_starts_no_other() {
    let folder = tempfile::tempdir().unwrap();
    let handler = handler(r#"echo $$ > "$1/pid"; exec sleep 1000"#, folder.path());
    let handling = tokio::spawn({
        let handler = handler.clone();
        async move { handler.handle(run("t")).await }
    });
    let pid = text(&folder, "pid").await;
    handler.stop().await;
    assert!(!is_alive(&pid));
    assert_eq!(handling.await.unwrap(), Err(cancelled()));
    fs::remove_file(folder.path().join("pid")).unwrap();
    assert_eq!(handler.handle(run("t")).await, Err(cancelled()));
    assert!(!folder.path().join("pid").exists());
}

#[tokio::test]
async fn a_program_that_is_gone_is_unavailable() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("program");
    fs::copy("/bin/sh", &path).unwrap();
    let mut options = options("", folder.path());
    options.command = CommandLine::parse(path.to_str().unwrap(), None).unwrap();
    fs::remove_file(&path).unwrap();
    let Err(HandlerFailure::Unavailable { code, message, .. }) =
        CommandHandler::new(options).handle(run("t")).await
    else {
        panic!("a missing program is not the task's fault")
    };
    assert_eq!(code, "not_started");
    assert!(message.contains("No such file") && !message.contains("program/"), "{message}");
}

/// A machine's clock that was set an hour ahead while the pipeline ran.
struct Ahead(SystemClock);

impl Clock for Ahead {
    fn now(&self) -> Timestamp {
        self.0.now()
    }

    fn wall(&self) -> Timestamp {
        self.0.now() + Duration::from_secs(3_600)
    }

    fn sleep_until(&self, at: Timestamp) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        self.0.sleep_until(at)
    }
}

#[tokio::test]
async fn the_deadline_is_by_the_machines_clock() {
    let folder = tempfile::tempdir().unwrap();
    let mut options = options(r#"printf '%s\n' "$TASKLINE_DEADLINE" > "$1/deadline""#, folder.path());
    options.clock = Arc::new(Ahead(SystemClock::default()));
    let run = run("t");
    assert_eq!(CommandHandler::new(options).handle(run.clone()).await, Ok(Completed::default()));
    let deadline: Timestamp = text(&folder, "deadline").await.trim().parse().unwrap();
    let later = deadline - run.deadline;
    assert!(later > TimeDelta::minutes(59) && later < TimeDelta::minutes(61), "{later}");
}
