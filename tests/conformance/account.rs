//! A real account: the one that the environment configures. Every case makes queues or a table of its own there and
//! deletes them; it costs cents. Only built with the feature `account`, so that nothing passes untried:
//!
//!     TASKLINE_AWS_TEST=1 cargo test -p tests --features account --test conformance account

use std::time::Duration;

use aws_config::SdkConfig;

use crate::{
    native_redrive,
    remote::{self, Host},
};

pub struct Account;

impl Host for Account {
    const NAME: &'static str = "account";
    // "You must wait at least one second after the queue is created" (CreateQueue, SQS API reference).
    const SETTLING: Duration = Duration::from_secs(1);

    async fn configuration() -> SdkConfig {
        let consent = std::env::var("TASKLINE_AWS_TEST");
        assert_eq!(consent.as_deref(), Ok("1"), "TASKLINE_AWS_TEST=1 says that this account may be used");
        aws::defaults().load().await
    }
}

pub type Queues = remote::Queues<Account>;
pub type Records = remote::Records<Account>;

mod task_queue {
    task_queue_cases!(crate::account::Queues);
}

mod task_records {
    task_records_cases!(crate::account::Records);
}

#[tokio::test]
async fn letters_moved_back_by_sqs_run_again_in_their_order_and_under_their_generation() {
    native_redrive::runs_again::<Account>().await;
}
