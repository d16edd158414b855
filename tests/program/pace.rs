//! What a task asks of the disk: the line's pace is that of the syncs it waits for.

use harness::{Synced, eventually};
use shared::ports::Depth;

use crate::{
    data::Data,
    receiver::Receiver,
    request::{post, wait},
};

const TASKS: usize = 12;

#[test]
fn a_task_is_handled_at_two_syncs_that_of_its_claim_and_that_of_its_end() {
    let receiver = wait(Receiver::start());
    let (taskline, synced) = Synced::told_of(receiver.taskline());
    let running = taskline.start();
    assert_eq!(taskline.run(&["line", "pause", "--reason", "a test"]).code, 0);
    for number in 0..TASKS {
        post(&running.url, &format!("task-{number}"), None).unwrap();
    }
    let before = synced.lengths().len();
    assert_eq!(taskline.run(&["line", "resume", "--reason", "a test"]).code, 0);
    let data = Data::of(&taskline);
    wait(eventually(|| data.line(), |depth| *depth == Depth::default()));
    let of_the_switch = 1;
    assert_eq!(synced.lengths().len() - before, of_the_switch + 2 * TASKS);
    assert_eq!(receiver.titles().len(), TASKS);
    assert_eq!(running.terminate(), 0);
}
