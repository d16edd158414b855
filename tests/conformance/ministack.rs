//! SQS and DynamoDB as ministack emulates them.

use tokio::sync::OnceCell;

use crate::{
    emulator::{Emulator, Running},
    remote,
};

pub struct Ministack;

impl Emulator for Ministack {
    const NAME: &'static str = "ministack";

    fn program(port: u16) -> (&'static str, Vec<String>, Vec<(&'static str, String)>) {
        // Left to itself it answers the whole network.
        let environment = vec![("GATEWAY_PORT", port.to_string()), ("BIND_HOST", "127.0.0.1".to_owned())];
        ("ministack", Vec::new(), environment)
    }

    fn running() -> &'static OnceCell<Running> {
        static RUNNING: OnceCell<Running> = OnceCell::const_new();
        &RUNNING
    }
}

pub type Queues = remote::Queues<Ministack>;
pub type Records = remote::Records<Ministack>;

mod task_queue {
    task_queue_cases!(crate::ministack::Queues);
}

mod task_records {
    task_records_cases!(crate::ministack::Records);
}
