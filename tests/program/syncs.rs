//! The number of disk syncs for a task, which bounds the line's throughput.

use harness::{Synced, eventually};
use shared::ports::Depth;

use crate::{
    data::Data,
    receiver::Receiver,
    request::{post, wait},
};

const TASKS: usize = 12;

#[test]
fn a_task_takes_two_syncs_one_for_its_claim_and_one_for_its_end() {
    let receiver = wait(Receiver::start());
    let (taskline, synced) = Synced::watch(receiver.taskline());
    let running = taskline.start();
    assert_eq!(taskline.run(&["line", "pause", "--reason", "a test"]).code, 0);
    for number in 0..TASKS {
        post(&running.url, &format!("task-{number}"), None).unwrap();
    }
    let before = synced.lengths().len();
    assert_eq!(taskline.run(&["line", "resume", "--reason", "a test"]).code, 0);
    let data = Data::of(&taskline);
    wait(eventually(|| data.line(), |depth| *depth == Depth::default()));
    let syncs_of_the_resume = 1;
    assert_eq!(synced.lengths().len() - before, syncs_of_the_resume + 2 * TASKS);
    assert_eq!(receiver.titles().len(), TASKS);
    assert_eq!(running.terminate(), 0);
}
