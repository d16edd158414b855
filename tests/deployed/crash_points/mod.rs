//! The released functions, and the operator's program, killed by SIGKILL before and after each call they make to AWS, in
//! every journey of a task.

pub mod between;
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

use between::{Moment, Point, kill, points};
use line::{Answer, Line};

const NO: StatusCode = StatusCode::BAD_REQUEST;
const LATER: StatusCode = StatusCode::SERVICE_UNAVAILABLE;
const YES: StatusCode = StatusCode::NO_CONTENT;

/// A handler's seconds, where the claim of each processor that dies is waited for until it lapses.
const SOON_LAPSES: u32 = 5;
/// Where no processor dies.
const NEVER_LAPSES: u32 = 20;

/// What the processor does with a task, up to where it is at rest.
struct Journey {
    name: &'static str,
    failure_policy: &'static str,
    /// What the receiver answers until the processor has died.
    answer: StatusCode,
    /// Its calls to AWS.
    calls: &'static [(&'static str, u32)],
    /// How the task stands at rest.
    rests: Status,
}

const JOURNEYS: [Journey; 4] = [
    Journey {
        name: "complete",
        failure_policy: "dead-letter",
        answer: YES,
        calls: &[("PutItem", 1), ("PutItem", 2)],
        rests: Completed,
    },
    Journey {
        name: "retry",
        failure_policy: "dead-letter",
        answer: LATER,
        calls: &[("PutItem", 2), ("ChangeMessageVisibility", 1)],
        rests: Completed,
    },
    Journey {
        name: "dead-letter",
        failure_policy: "dead-letter",
        answer: NO,
        calls: &[("PutItem", 2), ("SendMessage", 1), ("PutItem", 3)],
        rests: DeadLettered,
    },
    Journey {
        name: "hold",
        failure_policy: "hold",
        answer: NO,
        calls: &[("PutItem", 2), ("ChangeMessageVisibility", 1), ("PutItem", 3)],
        rests: Held,
    },
];

/// Each call on a line of its own, so that their leases lapse side by side.
#[test]
fn a_processor_killed_at_any_call_loses_nothing_and_keeps_the_order() {
    run(async {
        let endpoint = endpoint::<Ministack>().await;
        let each = JOURNEYS.iter().flat_map(|journey| journey.calls.iter().map(move |call| (journey, call)));
        let lines = each.map(|(journey, call)| kill_the_processor(endpoint, journey, *call));
        let kills: usize = join_all(lines).await.into_iter().sum();
        assert_eq!(kills, 20);
        println!("processor: {kills} kills survived");
    });
}

async fn kill_the_processor(endpoint: &str, journey: &Journey, call: (&'static str, u32)) -> usize {
    let name = format!("crash-{}-{}-{}", journey.name, call.0, call.1).to_lowercase();
    let line = Line::deploy(endpoint, &name, journey.failure_policy, SOON_LAPSES).await;
    for point in points(&[call]) {
        let [first, second] = ["first", "second"].map(|which| format!("{which}-{point}"));
        line.receiver.answer(&first, journey.answer);
        let mut killed = line.processor.killed();
        killed.mark_unchanged();
        line.kill_processor_at(point);
        let first_id = line.submit(&first).await;
        let second_id = line.submit(&second).await;
        line.until_killed(&mut killed).await;
        if journey.answer == LATER {
            line.receiver.answer(&first, YES);
        }
        line.until(first_id, journey.rests).await;
        if journey.rests == Held {
            if is_hidden_for_an_hour(point) {
                line.an_hour_passes().await;
            }
            line.until_it_is(first_id, |record| record.held_receipt.is_some()).await;
            assert!(!line.receiver.titles().contains(&second), "{name}: overtaken");
            line.receiver.answer(&first, YES);
            let resume = ["held", "resume", "--yes", "--reason", "mended"];
            let said = line.taskline().run(&resume);
            assert_eq!(said.code, 0, "{name}: {}", said.err);
            line.until(first_id, Completed).await;
        }
        line.until(second_id, Completed).await;
        let order: Vec<_> =
            line.receiver.titles().into_iter().filter(|it| *it == first || *it == second).collect();
        assert!(order.is_sorted(), "{name}: {order:?}");
    }
    line.kept().await;
    line.processor.kills()
}

/// Between hiding a held message and publishing the receipt under which it was hidden.
fn is_hidden_for_an_hour(point: Point) -> bool {
    match point.moment {
        Moment::Before => (point.operation, point.nth) == ("PutItem", 3),
        Moment::After => point.operation == "ChangeMessageVisibility",
    }
}

#[test]
fn an_api_killed_at_any_call_is_asked_again_and_takes_the_task_once() {
    run(async {
        let line =
            Line::deploy(endpoint::<Ministack>().await, "crash-api", "dead-letter", NEVER_LAPSES).await;
        for point in points(&[("PutItem", 1), ("SendMessage", 1)]) {
            // With a key: the same request again finishes what the first began.
            let title = format!("under-a-key-{point}");
            line.kill_api_at(point);
            assert_eq!(line.post(&title, Some(&title)).await, Answer::None, "{title}");
            let id = line.post(&title, Some(&title)).await.task_id();
            line.until(id, Completed).await;
            assert_eq!(line.receiver.titles().iter().filter(|it| **it == title).count(), 1, "{title}");
            // Without: another task; nobody was told of the first.
            let title = format!("without-a-key-{point}");
            line.kill_api_at(point);
            assert_eq!(line.post(&title, None).await, Answer::None, "{title}");
            let id = line.submit(&title).await;
            line.until(id, Completed).await;
        }
        // What a first crash left half accepted, and a second one again.
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
        line.kept().await;
        let kills = line.api.kills();
        assert_eq!(kills, 2 * 4 + 2 * 6);
        println!("api: {kills} kills survived");
    });
}

#[test]
fn an_operator_killed_at_any_call_of_a_redrive_runs_it_again_and_the_task_runs_once() {
    run(async {
        let line =
            Line::deploy(endpoint::<Ministack>().await, "crash-operator", "dead-letter", NEVER_LAPSES).await;
        let taskline = line.taskline();
        let redrive = ["dead-letters", "redrive", "--yes", "--all", "--force", "--reason", "mended"];
        let calls =
            [("PutItem", 1), ("SendMessage", 1), ("PutItem", 2), ("ReceiveMessage", 1), ("DeleteMessage", 1)];
        for point in points(&calls) {
            let title = format!("letter-{point}");
            line.receiver.answer(&title, NO);
            let id = line.submit(&title).await;
            line.until(id, DeadLettered).await;
            line.receiver.answer(&title, YES);
            line.until_dead_letters_are_seen().await;
            let mut command = taskline.command(&redrive);
            // Before it runs: it may be past the point when we come to know its id.
            let pid = Arc::new(OnceLock::new());
            let told = Arc::clone(&pid);
            // Who has taken the task up by then spares the operator its second write.
            line.processor.cut((point.operation, point.nth) == ("PutItem", 2));
            line.operator.plan(point, move || kill(*told.wait()));
            let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
            pid.set(Pid::from_child(&child)).unwrap();
            let ended = tokio::task::spawn_blocking(move || child.wait().unwrap()).await.unwrap();
            line.processor.cut(false);
            assert!(!ended.success() && ended.code().is_none(), "{point} was not reached: {ended}");
            // Refused when the processor takes the task up at this very moment.
            taskline.run(&redrive);
            let record = line.until(id, Completed).await;
            assert_eq!((record.generation, record.attempt), (1, 2), "{point}");
        }
        taskline.until(&["line", "status"], |status| status["state"] == "idle");
        line.until_dead_letters_are_seen().await;
        let reconciled = taskline.run(&["dead-letters", "reconcile", "--yes"]);
        assert_eq!(reconciled.code, 0, "{}", reconciled.err);
        line.kept().await;
        let kills = line.operator.kills();
        assert_eq!(kills, 2 * calls.len());
        println!("operator: {kills} kills survived");
    });
}
