//! The handler with real servers, in Python.

use std::fs;

use processor::Completed;
use tempfile::TempDir;

use super::*;
use crate::{
    CommandLine,
    fixture::{is_alive, options, run, until},
};

/// Answers to each title in its way, and notes how often it was started.
const SERVER: &str = r#"
import json, os, sys, time
with open(sys.argv[1] + "/starts", "a") as starts:
    print(os.getpid(), file=starts)
for line in sys.stdin:
    task = json.loads(line)
    title = task["title"]
    answer = {"task_id": task["task_id"], "attempt": task["attempt"], "outcome": "completed"}
    if title == "dies":
        os.kill(os.getpid(), 11)
    elif title == "exits":
        sys.exit(0)
    elif title == "unavailable":
        sys.exit(69)
    elif title == "hangs":
        with open(sys.argv[1] + "/hangs", "w") as hangs:
            print(os.getpid(), file=hangs)
        time.sleep(1000)
    elif title == "chatty":
        print("starting", flush=True)
    elif title == "endless":
        os.write(1, b"x" * 1000000)
    elif title == "fails":
        answer.update(outcome="permanent", code="no_account", message="there is no such account")
    else:
        answer["result"] = {"title": title}
    print(json.dumps(answer), flush=True)
"#;

fn server(script: &str, folder: &TempDir) -> ServerHandler {
    let file = folder.path().join("server.py");
    fs::write(&file, script).unwrap();
    let mut options = options("", folder.path());
    let words = ["python3", file.to_str().unwrap(), folder.path().to_str().unwrap()];
    let command = shlex::try_join(words).unwrap();
    options.command = CommandLine::parse(&command, std::env::var_os("PATH").as_deref()).unwrap();
    ServerHandler::new(options)
}

fn starts(folder: &TempDir) -> Vec<String> {
    let starts = fs::read_to_string(folder.path().join("starts")).unwrap_or_default();
    starts.lines().map(str::to_owned).collect()
}

#[tokio::test]
async fn one_server_handles_all_tasks() {
    let folder = tempfile::tempdir().unwrap();
    let handler = server(SERVER, &folder);
    handler.start().await;
    for title in ["a", "b", "ü \n 'c'"] {
        let run = run(title);
        let result = handler.handle(run.clone()).await.unwrap().result.unwrap();
        let result: serde_json::Value = serde_json::from_str(result.as_str()).unwrap();
        assert_eq!(result["title"], run.task.title());
    }
    let Err(HandlerFailure::Permanent { code, message }) = handler.handle(run("fails")).await else {
        panic!("it answered that the task fails")
    };
    assert_eq!((&*code, &*message), ("no_account", "there is no such account"));
    assert_eq!(starts(&folder).len(), 1);
    handler.stop().await;
    assert!(!is_alive(&starts(&folder)[0]));
    assert_eq!(handler.handle(run("a")).await, Err(cancelled()));
}

#[tokio::test]
async fn a_server_that_ends_during_a_task_is_a_crash_and_is_started_again() {
    let folder = tempfile::tempdir().unwrap();
    let handler = server(SERVER, &folder);
    for (number, (title, expected)) in
        [("dies", "killed_by_SIGSEGV"), ("exits", "exit_0")].into_iter().enumerate()
    {
        let Err(HandlerFailure::Crashed { code, .. }) = handler.handle(run(title)).await else {
            panic!("{title} is a crash")
        };
        assert_eq!((&*code, starts(&folder).len()), (expected, number + 1));
    }
    assert!(matches!(handler.handle(run("unavailable")).await, Err(HandlerFailure::Unavailable { .. })));
    assert!(handler.handle(run("a")).await.is_ok());
    handler.stop().await;
}

#[tokio::test]
async fn an_answer_that_does_not_belong_to_the_task_stops_the_server() {
    let folder = tempfile::tempdir().unwrap();
    let handler = server(SERVER, &folder);
    for title in ["chatty", "endless"] {
        let Err(HandlerFailure::Transient { code, message, .. }) = handler.handle(run(title)).await else {
            panic!("{title} can't be used")
        };
        assert_eq!(code, "bad_answer");
        assert!(!message.contains("starting") && !message.contains("xx"), "{message}");
    }
    assert_eq!(starts(&folder).len(), 2);
    assert!(handler.handle(run("a")).await.is_ok());
    assert!(!starts(&folder)[..2].iter().any(|pid| is_alive(pid)));
    handler.stop().await;
}

#[tokio::test]
async fn a_line_that_came_without_a_task_is_not_taken_for_an_answer() {
    let folder = tempfile::tempdir().unwrap();
    let handler = server(&format!("print('ready', flush=True){SERVER}"), &folder);
    let Err(HandlerFailure::Transient { code, .. }) = handler.handle(run("a")).await else {
        panic!("the line is not an answer")
    };
    assert_eq!(code, "bad_answer");
    handler.stop().await;
}

#[tokio::test]
async fn a_server_that_ends_before_it_gets_a_task_is_unavailable() {
    let folder = tempfile::tempdir().unwrap();
    let handler = server("import no_such_module", &folder);
    handler.start().await;
    for _ in 0..2 {
        let Err(HandlerFailure::Unavailable { code, .. }) = handler.handle(run("a")).await else {
            panic!("it can't have failed because of the task")
        };
        assert_eq!(code, "ended_at_start");
    }
}

#[tokio::test]
async fn a_cancelled_attempt_ends_the_server_and_the_next_one_starts_another() {
    let folder = tempfile::tempdir().unwrap();
    let handler = server(SERVER, &folder);
    let hangs = run("hangs");
    let mut handling = handler.handle(hangs.clone());
    let file = folder.path().join("hangs");
    tokio::select! {
        _ = &mut handling => panic!("it hangs"),
        () = until("the task", || fs::read_to_string(&file).is_ok_and(|text| text.ends_with('\n'))) => {}
    }
    // As the processor does at the deadline.
    drop(handling);
    hangs.cancellation.cancel();
    assert!(matches!(handler.handle(run("a")).await, Ok(Completed { result: Some(_) })));
    assert!(!is_alive(&fs::read_to_string(file).unwrap()));
    handler.stop().await;
}
