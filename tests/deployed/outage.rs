//! AWS out of order, and AWS gone and back again: callers are told to come again, nothing that was accepted is lost, and
//! all goes on by itself.

use harness::{Emulator, Port, Running, endpoint, start_on};
use shared::Status::Completed;
use tokio::sync::OnceCell;

use crate::{
    account::{Ministack, in_target},
    crash_points::line::{Answer, Line},
    pipeline::run,
};

#[test]
fn while_aws_is_out_of_order_callers_are_told_to_come_again_and_then_all_goes_on() {
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
        let said = line.taskline().run(&["line", "status"]);
        assert_eq!(said.code, 1, "{}", said.out);
        for part in [&line.api, &line.processor, &line.operator] {
            part.cut(false);
        }
        let refused = line.post("2-refused", Some("2-refused")).await.task_id();
        for task in [waiting, refused] {
            line.until(task, Completed).await;
        }
        assert_eq!(line.receiver.titles(), ["1-waiting", "2-refused"]);
        line.kept().await;
    });
}

/// ministack that keeps its state, and so the functions too, over an orderly end; one that is killed keeps nothing.
struct Keeping;

impl Emulator for Keeping {
    const NAME: &'static str = "ministack-that-keeps";

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
fn aws_restarted_in_the_middle_of_a_run_loses_no_task_and_keeps_the_order() {
    run(async {
        let port = Port::free();
        let emulator = start_on::<Keeping>(&port).await;
        let line = Line::deploy(emulator.endpoint(), "restart", "dead-letter", 2).await;
        let mut tasks = Vec::new();
        for number in 0..TASKS {
            // The first half is being handled when the second half begins to wait.
            line.processor.cut(number >= TASKS / 2);
            tasks.push(line.submit(&format!("task-{number:02}")).await);
        }
        emulator.end();
        let handled = *line.receiver.counted().borrow();
        assert!(handled <= TASKS / 2, "the other half did not wait");
        line.processor.cut(false);
        let said = line.taskline().run(&["line", "status"]);
        assert_eq!(said.code, 1, "{}", said.out);

        let emulator = start_on::<Keeping>(&port).await;
        tasks.push(line.submit("task-after").await);
        for task in tasks {
            line.until(task, Completed).await;
        }
        let titles = line.receiver.titles();
        assert!(titles.is_sorted(), "{titles:?}");
        line.kept().await;
        println!("restarted after {handled} of {TASKS}");
        emulator.end();
        std::fs::remove_dir_all(in_target(&format!("tmp/state-{}", port.number()))).unwrap();
    });
}
