//! The two pipelines that most cases share, each with the receiver of its webhooks. A case has its line to itself, and
//! must leave it in order.

use std::sync::LazyLock;

use tokio::{
    runtime::Runtime,
    sync::{Mutex, OnceCell},
};

use crate::{
    deployment::{Choice, Deployment},
    line::Line,
    permissions::Gatekeepers,
    receiver::Receiver,
    taskline::Taskline,
};

pub struct Pipeline {
    pub deployment: Deployment,
    pub line: Line,
    pub receiver: Receiver,
    pub taskline: Taskline,
    pub gatekeepers: Gatekeepers,
}

/// Receivers outlive the test that was first to need them.
static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().unwrap());

struct Shared {
    environment: &'static str,
    failure_policy: &'static str,
    pipeline: OnceCell<Pipeline>,
    turn: Mutex<()>,
}

impl Shared {
    const fn new(environment: &'static str, failure_policy: &'static str) -> Self {
        Self { environment, failure_policy, pipeline: OnceCell::const_new(), turn: Mutex::const_new(()) }
    }

    async fn deploy(&self) -> Pipeline {
        let receiver = Receiver::start().await;
        let context = [
            "handler=webhook".to_owned(),
            format!("webhookUrl={}", receiver.url()),
            format!("failurePolicy={}", self.failure_policy),
        ];
        let context = context.each_ref().map(String::as_str);
        let choice = Choice {
            pipeline: "taskline",
            environment: self.environment,
            binaries: "functions",
            context: &context,
        };
        let deployment = Deployment::deploy(choice).await;
        let gatekeepers = Gatekeepers::before(&deployment).await;
        let (line, taskline) =
            (deployment.line().await, deployment.taskline_at(gatekeepers.url_for_the_operator()));
        Pipeline { deployment, line, receiver, taskline, gatekeepers }
    }
}

/// Tries a case on a line that goes on without a task that can't succeed.
pub fn on_a_line_that_goes_on(case: impl AsyncFnOnce(&Pipeline)) {
    static SHARED: Shared = Shared::new("dev", "dead-letter");
    try_on(&SHARED, case);
}

/// Tries a case on a line that stops at a task that can't succeed.
pub fn on_a_line_that_holds(case: impl AsyncFnOnce(&Pipeline)) {
    static SHARED: Shared = Shared::new("prod", "hold");
    try_on(&SHARED, case);
}

fn try_on(shared: &Shared, case: impl AsyncFnOnce(&Pipeline)) {
    run(async {
        let _turn = shared.turn.lock().await;
        let pipeline = shared.pipeline.get_or_init(|| shared.deploy()).await;
        case(pipeline).await;
        pipeline.gatekeepers.denied_nothing();
        let verified = pipeline.taskline.run(&["verify"]);
        assert_eq!(verified.code, 0, "{}{}", verified.out, verified.err);
    });
}

pub fn run(case: impl Future<Output = ()>) {
    RUNTIME.block_on(case);
}
