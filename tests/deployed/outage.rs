//! AWS is unavailable, or restarts: callers get a 503 with Retry-After, no accepted task is lost, and everything
//! continues automatically.

use harness::{Emulator, Port, Running, endpoint, start_on};
use shared::Status::Completed;
use tokio::sync::OnceCell;

use crate::{
    account::Ministack,
    cdk::in_target,
    crash_points::line::{Answer, Line},
    pipeline::run,
};

#[test]
fn during_an_aws_outage_callers_get_503_with_retry_after_and_afterwards_every_task_completes() {
    run(async {
        let line = Line::deploy(endpoint::<Ministack>().await, "outage", "dead-letter", 20).await;
        line.processor.cut(true);
        let waiting = line.submit("1-waiting").await;
        line.api.cut(true);
        line.operator.cut(true);
        for key in [Some("2-refused"), None] {
            match line.post("2-refused", key).await {
                Answer::Refused(503, Some(_)) => {}
                other => panic!("{other:?}"),
            }
        }
        let output = line.taskline().run(&["line", "status"]);
        assert_eq!(output.code, 1, "{}", output.out);
        for part in [&line.api, &line.processor, &line.operator] {
            part.cut(false);
        }
        let refused = line.post("2-refused", Some("2-refused")).await.task_id();
        for task in [waiting, refused] {
            line.until(task, Completed).await;
        }
        assert_eq!(line.receiver.titles(), ["1-waiting", "2-refused"]);
        line.assert_kept().await;
    });
}

/// ministack with persistent state, including the functions, if it ends regularly; a killed one keeps nothing.
struct PersistentMinistack;

impl Emulator for PersistentMinistack {
    const NAME: &'static str = "ministack-persistent";

    fn program(port: u16) -> (&'static str, Vec<String>, Vec<(&'static str, String)>) {
        let (program, arguments, mut environment) = Ministack::program(port);
        environment.push(("PERSIST_STATE", "1".to_owned()));
        environment.push(("STATE_DIR", in_target(&format!("tmp/state-{port}"))));
        (program, arguments, environment)
    }

    fn running() -> &'static OnceCell<Running> {
        static RUNNING: OnceCell<Running> = OnceCell::const_new();
        &RUNNING
    }
}

const TASKS: u64 = 40;

#[test]
fn a_restart_of_aws_loses_no_task_and_keeps_the_order() {
    run(async {
        let port = Port::free();
        let emulator = start_on::<PersistentMinistack>(&port).await;
        let line = Line::deploy(emulator.endpoint(), "restart", "dead-letter", 2).await;
        let mut tasks = Vec::new();
        for number in 0..TASKS {
            // The first half is being handled when the second half begins to wait.
            line.processor.cut(number >= TASKS / 2);
            tasks.push(line.submit(&format!("task-{number:02}")).await);
        }
        emulator.end();
        let handled = *line.receiver.counted().borrow();
        assert!(handled <= TASKS / 2, "the second half did not wait");
        line.processor.cut(false);
        let output = line.taskline().run(&["line", "status"]);
        assert_eq!(output.code, 1, "{}", output.out);

        let emulator = start_on::<PersistentMinistack>(&port).await;
        tasks.push(line.submit("task-after").await);
        for task in tasks {
            line.until(task, Completed).await;
        }
        let titles = line.receiver.titles();
        assert!(titles.is_sorted(), "{titles:?}");
        line.assert_kept().await;
        println!("restarted after {handled} of {TASKS}");
        emulator.end();
        std::fs::remove_dir_all(in_target(&format!("tmp/state-{}", port.number()))).unwrap();
    });
}
