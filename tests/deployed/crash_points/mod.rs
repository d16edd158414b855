//! The released functions and the operator's program, killed by SIGKILL before and after each call to AWS, in every
//! scenario of a task.

pub mod kill_proxy;
pub mod line;

use std::{
    process::Stdio,
    sync::{Arc, OnceLock},
};

use axum::http::StatusCode;
use futures_util::future::join_all;
use harness::endpoint;
use rustix::process::Pid;
use shared::Status::{self, Completed, DeadLettered, Held};

use crate::{account::Ministack, pipeline::run};

use kill_proxy::{Moment, Point, kill, points};
use line::{Answer, Line};

const REFUSED: StatusCode = StatusCode::BAD_REQUEST;
const UNAVAILABLE: StatusCode = StatusCode::SERVICE_UNAVAILABLE;
const HANDLED: StatusCode = StatusCode::NO_CONTENT;

/// The handler timeout in seconds where a test waits for the claim of each killed processor to expire.
const SHORT_TIMEOUT_SECONDS: u32 = 5;
/// The handler timeout where no processor dies.
const LONG_TIMEOUT_SECONDS: u32 = 20;

/// What the processor does with a task until it reaches its final status.
struct Scenario {
    name: &'static str,
    failure_policy: &'static str,
    /// The receiver's answer until the processor has died.
    answer: StatusCode,
    /// The processor's calls to AWS.
    calls: &'static [(&'static str, u32)],
    /// The task's final status.
    final_status: Status,
}

const SCENARIOS: [Scenario; 4] = [
    Scenario {
        name: "complete",
        failure_policy: "dead-letter",
        answer: HANDLED,
        calls: &[("PutItem", 1), ("PutItem", 2)],
        final_status: Completed,
    },
    Scenario {
        name: "retry",
        failure_policy: "dead-letter",
        answer: UNAVAILABLE,
        calls: &[("PutItem", 2), ("ChangeMessageVisibility", 1)],
        final_status: Completed,
    },
    Scenario {
        name: "dead-letter",
        failure_policy: "dead-letter",
        answer: REFUSED,
        calls: &[("PutItem", 2), ("SendMessage", 1), ("PutItem", 3)],
        final_status: DeadLettered,
    },
    Scenario {
        name: "hold",
        failure_policy: "hold",
        answer: REFUSED,
        calls: &[("PutItem", 2), ("ChangeMessageVisibility", 1), ("PutItem", 3)],
        final_status: Held,
    },
];

/// Each call on a separate line, so that the leases expire concurrently.
#[test]
fn a_processor_killed_at_any_call_loses_nothing_and_keeps_the_order() {
    run(async {
        let endpoint = endpoint::<Ministack>().await;
        let each =
            SCENARIOS.iter().flat_map(|scenario| scenario.calls.iter().map(move |call| (scenario, call)));
        let lines = each.map(|(scenario, call)| kill_the_processor(endpoint, scenario, *call));
        let kills: usize = join_all(lines).await.into_iter().sum();
        assert_eq!(kills, 20);
        println!("processor: {kills} kills survived");
    });
}

async fn kill_the_processor(endpoint: &str, scenario: &Scenario, call: (&'static str, u32)) -> usize {
    let name = format!("crash-{}-{}-{}", scenario.name, call.0, call.1).to_lowercase();
    let line = Line::deploy(endpoint, &name, scenario.failure_policy, SHORT_TIMEOUT_SECONDS).await;
    for point in points(&[call]) {
        let [first, second] = ["first", "second"].map(|which| format!("{which}-{point}"));
        line.receiver.answer(&first, scenario.answer);
        let mut killed = line.processor.killed();
        killed.mark_unchanged();
        line.kill_processor_at(point);
        let first_id = line.submit(&first).await;
        let second_id = line.submit(&second).await;
        line.until_killed(&mut killed).await;
        if scenario.answer == UNAVAILABLE {
            line.receiver.answer(&first, HANDLED);
        }
        line.until(first_id, scenario.final_status).await;
        if scenario.final_status == Held {
            if leaves_the_message_hidden(point) {
                line.make_held_message_visible().await;
            }
            line.until_it_is(first_id, |record| record.held_receipt.is_some()).await;
            assert!(!line.receiver.titles().contains(&second), "{name}: overtaken");
            line.receiver.answer(&first, HANDLED);
            let resume = ["held", "resume", "--yes", "--reason", "fixed"];
            let output = line.taskline().run(&resume);
            assert_eq!(output.code, 0, "{name}: {}", output.err);
            line.until(first_id, Completed).await;
        }
        line.until(second_id, Completed).await;
        let order: Vec<_> =
            line.receiver.titles().into_iter().filter(|it| *it == first || *it == second).collect();
        assert!(order.is_sorted(), "{name}: {order:?}");
    }
    line.assert_kept().await;
    line.processor.kills()
}

/// Between hiding a held message and recording its receipt.
fn leaves_the_message_hidden(point: Point) -> bool {
    match point.moment {
        Moment::Before => (point.operation, point.nth) == ("PutItem", 3),
        Moment::After => point.operation == "ChangeMessageVisibility",
    }
}

#[test]
fn an_api_killed_at_any_call_accepts_the_resubmitted_task_once() {
    run(async {
        let line =
            Line::deploy(endpoint::<Ministack>().await, "crash-api", "dead-letter", LONG_TIMEOUT_SECONDS)
                .await;
        for point in points(&[("PutItem", 1), ("SendMessage", 1)]) {
            // With a key: the same request again completes the first one.
            let title = format!("under-a-key-{point}");
            line.kill_api_at(point);
            assert_eq!(line.post(&title, Some(&title)).await, Answer::None, "{title}");
            let id = line.post(&title, Some(&title)).await.task_id();
            line.until(id, Completed).await;
            assert_eq!(line.receiver.titles().iter().filter(|it| **it == title).count(), 1, "{title}");
            // Without a key: a new task. The id of the first was never returned.
            let title = format!("without-a-key-{point}");
            line.kill_api_at(point);
            assert_eq!(line.post(&title, None).await, Answer::None, "{title}");
            let id = line.submit(&title).await;
            line.until(id, Completed).await;
        }
        // A first crash interrupts the accept, and a second one the resubmission.
        for point in points(&[("PutItem", 1), ("SendMessage", 1), ("PutItem", 2)]) {
            let title = format!("again-{point}");
            line.kill_api_at(Point { operation: "SendMessage", nth: 1, moment: Moment::Before });
            assert_eq!(line.post(&title, Some(&title)).await, Answer::None, "{title}");
            line.kill_api_at(point);
            assert_eq!(line.post(&title, Some(&title)).await, Answer::None, "{title}");
            let id = line.post(&title, Some(&title)).await.task_id();
            line.until(id, Completed).await;
            assert_eq!(line.receiver.titles().iter().filter(|it| **it == title).count(), 1, "{title}");
        }
        line.assert_kept().await;
        let kills = line.api.kills();
        assert_eq!(kills, 2 * 4 + 2 * 6);
        println!("api: {kills} kills survived");
    });
}

#[test]
fn a_redrive_killed_at_any_call_and_run_again_runs_the_task_once() {
    run(async {
        let line = Line::deploy(
            endpoint::<Ministack>().await,
            "crash-operator",
            "dead-letter",
            LONG_TIMEOUT_SECONDS,
        )
        .await;
        let taskline = line.taskline();
        let redrive = ["dead-letters", "redrive", "--yes", "--all", "--force", "--reason", "fixed"];
        let calls =
            [("PutItem", 1), ("SendMessage", 1), ("PutItem", 2), ("ReceiveMessage", 1), ("DeleteMessage", 1)];
        for point in points(&calls) {
            let title = format!("dead-letter-{point}");
            line.receiver.answer(&title, REFUSED);
            let id = line.submit(&title).await;
            line.until(id, DeadLettered).await;
            line.receiver.answer(&title, HANDLED);
            line.until_dead_letters_are_seen().await;
            let mut command = taskline.command(&redrive);
            // The kill waits for the id: the program may pass the point before the test knows its id.
            let pid = Arc::new(OnceLock::new());
            let known_pid = Arc::clone(&pid);
            // A processor that claims the task first would spare the operator its second write.
            line.processor.cut((point.operation, point.nth) == ("PutItem", 2));
            line.operator.plan(point, move || kill(*known_pid.wait()));
            let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
            pid.set(Pid::from_child(&child)).unwrap();
            let ended = tokio::task::spawn_blocking(move || child.wait().unwrap()).await.unwrap();
            line.processor.cut(false);
            assert!(!ended.success() && ended.code().is_none(), "{point} was not reached: {ended}");
            // Refused if the processor claims the task at this moment.
            taskline.run(&redrive);
            let record = line.until(id, Completed).await;
            assert_eq!((record.generation, record.attempt), (1, 2), "{point}");
        }
        taskline.until(&["line", "status"], |status| status["state"] == "idle");
        line.until_dead_letters_are_seen().await;
        let reconciled = taskline.run(&["dead-letters", "reconcile", "--yes"]);
        assert_eq!(reconciled.code, 0, "{}", reconciled.err);
        line.assert_kept().await;
        let kills = line.operator.kills();
        assert_eq!(kills, 2 * calls.len());
        println!("operator: {kills} kills survived");
    });
}
