//! The two pipelines that most tests share, each with the receiver of its webhooks. A test has the line for itself,
//! and must leave it empty and in order.

use std::sync::LazyLock;

use tokio::{
    runtime::Runtime,
    sync::{Mutex, OnceCell},
};

use crate::{
    deployment::{Configuration, Deployment},
    gatekeepers::Gatekeepers,
    line::Line,
    receiver::Receiver,
    taskline::Taskline,
    types_file::types_file,
};

pub struct Pipeline {
    pub deployment: Deployment,
    pub line: Line,
    pub receiver: Receiver,
    /// Of the type `invoice.send`.
    pub invoices: Receiver,
    pub taskline: Taskline,
    pub gatekeepers: Gatekeepers,
}

/// Receivers outlive the test that first needed them.
static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().unwrap());

struct Shared {
    environment: &'static str,
    failure_policy: &'static str,
    pipeline: OnceCell<Pipeline>,
    lock: Mutex<()>,
}

impl Shared {
    const fn new(environment: &'static str, failure_policy: &'static str) -> Self {
        Self { environment, failure_policy, pipeline: OnceCell::const_new(), lock: Mutex::const_new(()) }
    }

    async fn deploy(&self) -> Pipeline {
        let (receiver, invoices) = (Receiver::start().await, Receiver::start().await);
        let folder = tempfile::tempdir().unwrap();
        let context = [
            "handler=webhook".to_owned(),
            format!("webhookUrl={}", receiver.url()),
            format!("failurePolicy={}", self.failure_policy),
            format!("typesFile={}", types_file(&folder, &invoices)),
        ];
        let context = context.each_ref().map(String::as_str);
        let configuration = Configuration {
            pipeline: "taskline",
            environment: self.environment,
            binaries: "functions",
            context: &context,
        };
        let deployment = Deployment::deploy(configuration).await;
        let gatekeepers = Gatekeepers::before(&deployment).await;
        let (line, taskline) =
            (deployment.line().await, deployment.taskline_at(gatekeepers.url_for_the_operator()));
        Pipeline { deployment, line, receiver, invoices, taskline, gatekeepers }
    }
}

/// Runs a test on a line that continues after a task that can't succeed.
pub fn with_the_dead_letter_policy(case: impl AsyncFnOnce(&Pipeline)) {
    static SHARED: Shared = Shared::new("dev", "dead-letter");
    run_on(&SHARED, case);
}

/// Runs a test on a line that is held at a task that can't succeed.
pub fn with_the_hold_policy(case: impl AsyncFnOnce(&Pipeline)) {
    static SHARED: Shared = Shared::new("prod", "hold");
    run_on(&SHARED, case);
}

fn run_on(shared: &Shared, case: impl AsyncFnOnce(&Pipeline)) {
    run(async {
        let _guard = shared.lock.lock().await;
        let pipeline = shared.pipeline.get_or_init(|| shared.deploy()).await;
        case(pipeline).await;
        pipeline.gatekeepers.assert_nothing_denied();
        let verified = pipeline.taskline.run(&["verify"]);
        assert_eq!(verified.code, 0, "{}{}", verified.out, verified.err);
    });
}

pub fn run(case: impl Future<Output = ()>) {
    RUNTIME.block_on(case);
}
