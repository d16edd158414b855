//! DynamoDB as moto emulates it. Its SQS forgets the dedupe id of a deleted message and assigns random sequence
//! numbers, so it is no reference for a line.

use harness::{Emulator, Running};
use tokio::sync::OnceCell;

use crate::remote;

pub struct Moto;

impl Emulator for Moto {
    const NAME: &'static str = "moto";

    fn program(port: u16) -> (&'static str, Vec<String>, Vec<(&'static str, String)>) {
        let arguments = ["-H", "127.0.0.1", "-p", &port.to_string()].map(str::to_owned);
        ("moto_server", arguments.to_vec(), Vec::new())
    }

    fn running() -> &'static OnceCell<Running> {
        static RUNNING: OnceCell<Running> = OnceCell::const_new();
        &RUNNING
    }
}

pub type Records = remote::Records<Moto>;

mod task_records {
    task_records_cases!(crate::moto::Records);
}
