//! SQS and DynamoDB as fakecloud emulates them: the only emulator that moves dead letters back as SQS does. It takes a
//! quarter of an hour to build, so it has a separate command, `make fakecloud`. It runs as a separate process and is
//! linked to nothing (its licence is the AGPL).

use harness::{Emulator, Running};
use tokio::sync::OnceCell;

use crate::{native_redrive, remote};

pub struct Fakecloud;

impl Emulator for Fakecloud {
    const NAME: &'static str = "fakecloud";

    fn program(port: u16) -> (&'static str, Vec<String>, Vec<(&'static str, String)>) {
        let arguments = ["--addr", &format!("127.0.0.1:{port}"), "--log-level", "warn"].map(str::to_owned);
        ("fakecloud", arguments.to_vec(), Vec::new())
    }

    fn running() -> &'static OnceCell<Running> {
        static RUNNING: OnceCell<Running> = OnceCell::const_new();
        &RUNNING
    }
}

pub type Queues = remote::Queues<Fakecloud>;
pub type Records = remote::Records<Fakecloud>;

mod task_queue {
    task_queue_cases!(crate::fakecloud::Queues);
}

mod task_records {
    task_records_cases!(crate::fakecloud::Records);
}

#[tokio::test]
async fn dead_letters_moved_back_by_sqs_run_again_in_their_order_and_under_their_generation() {
    native_redrive::runs_again::<Fakecloud>().await;
}
