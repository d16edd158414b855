//! A pipeline on an AWS emulator, deployed as a separate stack. Its line begins paused and nothing delivers it: a
//! test processes message by message.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
};

use aws::{Clients, DynamoDbTaskRecords, SqsTaskQueue};
use aws_config::{Region, SdkConfig, timeout::TimeoutConfig};
use aws_sdk_cloudformation::types::StackStatus;
use harness::{Ministack, ScriptedHandler, endpoint, eventually, within};
use local::SystemClock;
use processor::{Invocation, Processor, ProcessorSettings, sqs_event};
use shared::{lifecycle::FailurePolicy, ports::TaskQueue};

use crate::taskline::Taskline;

const REGION: &str = "us-east-1";

pub struct Stack {
    pub name: String,
    pub handler: ScriptedHandler,
    pub settings: ProcessorSettings,
    outputs: BTreeMap<String, String>,
    endpoint: &'static str,
    clients: Clients,
}

impl Stack {
    /// Deploys a stack like infrastructure/lib, with everything that `taskline` reads.
    pub async fn deploy() -> Self {
        Self::deploy_from(include_str!("stack.json")).await
    }

    pub async fn deploy_from(template: &str) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!("taskline-{}-processing", COUNT.fetch_add(1, Ordering::Relaxed));
        let configuration = configuration().await;
        let client = aws_sdk_cloudformation::Client::new(&configuration);
        client.create_stack().stack_name(&name).template_body(template).send().await.unwrap();
        let outputs = within("the stack", outputs_of(&client, &name)).await;
        let code_version = outputs["CodeVersion"].clone();
        let variable = |name: &str| (name == "CODE_VERSION").then(|| code_version.clone());
        Self {
            name,
            handler: ScriptedHandler::default(),
            settings: ProcessorSettings::read(&variable).unwrap(),
            outputs,
            endpoint: endpoint::<Ministack>().await,
            clients: Clients::over(&configuration),
        }
    }

    /// A stack whose line is held at a task that can't succeed.
    pub async fn holding() -> Self {
        let mut stack = Self::deploy().await;
        stack.settings.failure_policy = FailurePolicy::Hold;
        stack
    }

    /// The program, on this pipeline.
    pub fn taskline(&self) -> Taskline {
        reaching(Taskline::on(&["--stack", &self.name, "--endpoint-url", self.endpoint]))
    }

    /// The file that `cdk deploy --outputs-file` writes.
    pub fn outputs_file(&self) -> String {
        serde_json::json!({"taskline-0-api": {"ApiUrl": "https://example.com"}, (&self.name): self.outputs})
            .to_string()
    }

    fn queue(&self, output: &str) -> SqsTaskQueue {
        self.clients.task_queue(&self.outputs[output], &self.outputs["MessageGroup"])
    }

    pub fn line(&self) -> SqsTaskQueue {
        self.queue("QueueUrl")
    }

    pub fn records(&self) -> DynamoDbTaskRecords {
        self.clients.task_records(&self.outputs["TableName"])
    }

    /// Receives one message, processes it, and deletes it when it is finished, like Lambda.
    pub async fn turn(&self) {
        let processor = Processor::new(
            self.records(),
            self.line(),
            self.queue("DeadLetterQueueUrl"),
            self.handler.clone(),
            Arc::new(SystemClock::default()),
            self.settings.clone(),
        );
        let line = self.line();
        let received = async || line.receive(1, 5).await.unwrap();
        let deliveries = eventually(received, |deliveries| !deliveries.is_empty()).await;
        let receipt = deliveries[0].receipt.clone();
        let invocation = Invocation { request_id: "request".to_owned(), xray_trace_id: None };
        let response = processor.process_batch(sqs_event(deliveries), &invocation).await.unwrap();
        if response.batch_item_failures.is_empty() {
            self.line().delete(&receipt).await.unwrap();
        }
    }
}

/// With the emulator's credentials, and no settings of this machine.
pub fn reaching(taskline: Taskline) -> Taskline {
    taskline
        .with("AWS_REGION", REGION)
        .with("AWS_ACCESS_KEY_ID", "test")
        .with("AWS_SECRET_ACCESS_KEY", "test")
        .with("NO_PROXY", "127.0.0.1")
}

/// Without our timeouts: a retry of a call that is only slow in an emulator would run it twice.
pub async fn configuration() -> SdkConfig {
    aws::defaults()
        .timeout_config(TimeoutConfig::disabled())
        .endpoint_url(endpoint::<Ministack>().await)
        .region(Region::from_static(REGION))
        .test_credentials()
        .load()
        .await
}

async fn outputs_of(client: &aws_sdk_cloudformation::Client, name: &str) -> BTreeMap<String, String> {
    loop {
        let described = client.describe_stacks().stack_name(name).send().await.unwrap();
        let stack = described.stacks.unwrap().remove(0);
        match stack.stack_status {
            Some(StackStatus::CreateComplete) => {
                let outputs = stack.outputs.unwrap_or_default().into_iter();
                return outputs.map(|it| (it.output_key.unwrap(), it.output_value.unwrap())).collect();
            }
            Some(StackStatus::CreateInProgress) => tokio::task::yield_now().await,
            other => panic!("the stack is {other:?}: {:?}", stack.stack_status_reason),
        }
    }
}
