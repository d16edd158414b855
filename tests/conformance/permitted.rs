//! ministack behind the policy that docs/aws-account-tests.md gives for an account: the cases call nothing that it does
//! not allow. An emulator alone allows everything.

use std::{collections::BTreeSet, sync::LazyLock};

use aws_config::SdkConfig;
use harness::{Gatekeeper, Ministack, Policy, endpoint};
use shared::ports::{TaskQueue, TaskRecords};
use tokio::{runtime::Runtime, sync::OnceCell};

use crate::{
    fixture::held,
    host::{EMULATED, Host, Terms, emulated},
    remote::{Queues, Records},
    steps::{enqueue, handle, show, take},
    task_records::pages::keep,
    under_test::{QueueUnderTest, RecordsUnderTest, hold_to},
};

const PAGE: &str = include_str!("../../docs/aws-account-tests.md");

/// Used only by the case of SQS's own redrive and by the command that deletes leftovers. ministack can't move messages.
const ELSEWHERE: [&str; 4] =
    ["dynamodb:ListTables", "sqs:ListMessageMoveTasks", "sqs:ListQueues", "sqs:StartMessageMoveTask"];

/// It outlives the case that starts it.
static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().unwrap());

pub struct Permitted;

impl Host for Permitted {
    const NAME: &'static str = "ministack";
    const TERMS: Terms = EMULATED;

    async fn configuration() -> SdkConfig {
        emulated(&gatekeeper().await.url).await
    }
}

/// The one of this run.
async fn gatekeeper() -> &'static Gatekeeper {
    static GATEKEEPER: OnceCell<Gatekeeper> = OnceCell::const_new();
    let start = async || RUNTIME.spawn(start()).await.unwrap();
    GATEKEEPER.get_or_init(start).await
}

async fn start() -> Gatekeeper {
    Gatekeeper::start(endpoint::<Ministack>().await, policy()).await
}

/// The policy on the page.
fn policy() -> Policy {
    let block = PAGE.split("```json\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    Policy::read(&serde_json::from_str(block).unwrap())
}

/// A call of a case beyond the policy is refused, and the case fails. This tests the opposite: the ports' methods need
/// everything in the policy.
#[tokio::test]
async fn the_policy_allows_only_what_is_needed() {
    hold_to::<(Queues<Permitted>, Records<Permitted>)>("permitted", async |(queues, store)| {
        let (line, records) = (queues.line(), store.records());
        enqueue(line, "a").await;
        show(line, &take(line).await).await;
        handle(line).await;
        line.depth().await.unwrap();
        queues.hide_for_long().await;
        let record = held(1);
        keep(store, &record).await;
        records.find(record.task_id).await.unwrap();
        records.all(None, 1).await.unwrap();
        records.needing_attention(None, 1).await.unwrap();
    })
    .await;
    let granted: BTreeSet<_> = gatekeeper().await.granted().into_iter().map(|right| right.action).collect();
    let policy = policy();
    let unused: BTreeSet<_> =
        policy.actions().into_iter().filter(|action| !granted.contains(*action)).collect();
    assert_eq!(unused, ELSEWHERE.into());
}
