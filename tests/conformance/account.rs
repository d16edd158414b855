//! A real account: the one that the environment configures. Every case creates queues or a table there and deletes
//! them. Only built with the feature `account`, so that no case passes without running. docs/aws-account-tests.md
//! describes what this proves, needs and costs, and how to run it.

use std::{process, sync::Once, thread, time::Duration};

use aws::{Session, SessionOptions};
use aws_config::{SdkConfig, retry::RetryConfig};
use chrono::{TimeDelta, Utc};
use tokio::{
    runtime::Runtime,
    signal::unix::{SignalKind, signal},
};

use crate::{
    host::{Host, Terms},
    native_redrive, remote,
    resources::{Resources, report},
};

pub struct Account;

impl Host for Account {
    const NAME: &'static str = "account";

    const TERMS: Terms = Terms {
        // "You must wait at least one second after the queue is created" (CreateQueue, SQS API reference).
        settling: Duration::from_secs(5),
        // "The change can take up to 60 seconds for most of the attributes" (SetQueueAttributes).
        propagation: Duration::from_secs(60),
        // Counts "may not achieve consistency until at least 1 minute after the producers stop sending messages"
        // (GetQueueAttributes).
        lag: Duration::from_secs(180),
        margin: Duration::from_secs(1),
        // The longest case waits twice for the dedupe window.
        deadline: Duration::from_secs(900),
        // Ten calls from another continent take some seconds.
        visibility_seconds: 12,
        visibility_slack_seconds: 4,
        dedupe_slack_seconds: 20,
        empty_receive_seconds: 1,
        runs_long_cases: true,
    };

    async fn configuration() -> SdkConfig {
        let consent = std::env::var("TASKLINE_AWS_TEST");
        assert_eq!(consent.as_deref(), Ok("1"), "TASKLINE_AWS_TEST=1 says that this account may be used");
        delete_when_interrupted();
        configuration().await
    }
}

/// Like an operator's: a link may be slow, and a person may have to sign in. Many concurrent writers of one record are
/// throttled for a moment, which is not under test.
async fn configuration() -> SdkConfig {
    let session = match Session::start(SessionOptions::default()).await {
        Ok(session) => session,
        Err(error) => panic!("{error}"),
    };
    let retries = RetryConfig::standard().with_max_attempts(10);
    session.configuration().clone().into_builder().retry_config(retries).build()
}

/// An interrupted run deletes what it created, because no case reaches its end.
fn delete_when_interrupted() {
    static BEGUN: Once = Once::new();
    BEGUN.call_once(|| {
        thread::spawn(|| Runtime::new().unwrap().block_on(delete_once_interrupted()));
    });
}

#[expect(clippy::exit, reason = "no other thread may create more")]
async fn delete_once_interrupted() {
    let mut interrupt = signal(SignalKind::interrupt()).unwrap();
    let mut terminate = signal(SignalKind::terminate()).unwrap();
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
    let resources = Resources::over(&configuration().await, &Account::TERMS);
    report(&resources.delete_all_of_the_run().await);
    process::exit(130);
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
async fn dead_letters_moved_back_by_sqs_run_again_in_their_order_and_under_their_generation() {
    native_redrive::runs_again::<Account>().await;
}

/// Longer than a run takes, so that another current run is left alone.
const OLD: TimeDelta = TimeDelta::hours(1);

/// Deletes the resources of killed runs.
#[tokio::test]
async fn resources_of_interrupted_runs_are_deleted() {
    let resources = Resources::over(&Account::configuration().await, &Account::TERMS);
    let left = resources.made_before(Utc::now() - OLD).await;
    assert_eq!(resources.delete_each(left).await, [""; 0]);
}
