//! A separate line with the released functions, each of which calls AWS only through a proxy that can kill it.

use std::{collections::BTreeSet, path::Path, process::Command, time::Duration};

use aws::{Clients, DynamoDbTaskRecords};
use aws_config::SdkConfig;
use aws_sdk_lambda::{
    primitives::Blob,
    types::{Environment, FunctionCode, Runtime},
};
use axum::http::StatusCode;
use harness::{every_attempt_is_explained, gateway_event};
use serde_json::{Value, json};
use shared::{
    Status, TaskId, TaskRecord,
    ports::{TaskQueue, TaskRecords},
};
use tokio::sync::{Mutex, watch};

use crate::{
    account::configuration,
    cdk::{REGION, in_target},
    receiver::Receiver,
    taskline::{Taskline, http},
};

use super::kill_proxy::{KillProxy, Point, kill_function};

const PATIENCE: Duration = Duration::from_secs(600);
const POLL_INTERVAL: Duration = Duration::from_millis(50);
const BUCKET: &str = "functions";
const ROLE: &str = "arn:aws:iam::000000000000:role/any";

pub struct Line {
    pub name: String,
    pub receiver: Receiver,
    pub api: KillProxy,
    pub processor: KillProxy,
    pub operator: KillProxy,
    pub records: DynamoDbTaskRecords,
    dead_letters: aws::SqsTaskQueue,
    sqs: aws_sdk_sqs::Client,
    lambda: aws_sdk_lambda::Client,
}

/// The outcome of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    Accepted(TaskId),
    /// The status, and the Retry-After seconds.
    Refused(u64, Option<String>),
    /// The function died.
    None,
}

impl Answer {
    pub fn task_id(&self) -> TaskId {
        match self {
            Self::Accepted(task_id) => *task_id,
            other => panic!("not accepted: {other:?}"),
        }
    }
}

impl Line {
    /// Named `taskline-NAME`, on this emulator, with this failure policy and handler timeout.
    pub async fn deploy(endpoint: &str, name: &str, failure_policy: &str, handler_timeout: u32) -> Self {
        let name = format!("taskline-{name}");
        let configuration = configuration(endpoint).await;
        let outputs = deploy_stack(&configuration, &name).await;
        let output = |name: &str| outputs[name].as_str().unwrap();
        let receiver = Receiver::start().await;
        let [api, processor, operator] = [
            KillProxy::start(endpoint).await,
            KillProxy::start(endpoint).await,
            KillProxy::start(endpoint).await,
        ];
        let lambda = aws_sdk_lambda::Client::new(&configuration);
        let (url, seconds) = (receiver.url(), handler_timeout.to_string());
        let of_the_processor = [
            ("DEAD_LETTER_QUEUE_URL", output("DeadLetterQueueUrl")),
            ("FAILURE_POLICY", failure_policy),
            ("TASK_HANDLER", "webhook"),
            ("WEBHOOK_URL", &url),
            ("WEBHOOK_SECRET", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"),
            ("HANDLER_TIMEOUT_SECONDS", &seconds),
            ("RETRY_BASE_SECONDS", "1"),
            ("RETRY_MAX_SECONDS", "1"),
        ];
        let variables = |proxy: &KillProxy, specific: &[(&str, &str)]| {
            let common = [
                ("QUEUE_URL", output("QueueUrl")),
                ("MESSAGE_GROUP", output("MessageGroup")),
                ("TABLE_NAME", output("TableName")),
                ("PIPELINE", "crash"),
                ("AWS_ENDPOINT_URL_SQS", &proxy.url),
                ("AWS_ENDPOINT_URL_DYNAMODB", &proxy.url),
            ];
            let common = common.iter().chain(specific);
            common.fold(Environment::builder(), |all, (name, value)| all.variables(*name, *value)).build()
        };
        let functions =
            [("api", variables(&api, &[])), ("processor", variables(&processor, &of_the_processor))];
        for (function, variables) in functions {
            let code = FunctionCode::builder().s3_bucket(BUCKET).s3_key(upload(endpoint, function).await);
            let create = lambda.create_function().function_name(format!("{name}-{function}"));
            let create = create.runtime(Runtime::Providedal2023).handler("bootstrap").role(ROLE).timeout(60);
            create.environment(variables).code(code.build()).send().await.unwrap();
        }
        let delivery = lambda.create_event_source_mapping().event_source_arn(output("QueueArn"));
        let delivery = delivery.function_name(format!("{name}-processor")).batch_size(1);
        let reporting = aws_sdk_lambda::types::FunctionResponseType::ReportBatchItemFailures;
        delivery.function_response_types(reporting).send().await.unwrap();
        let clients = Clients::over(&configuration);
        Self {
            receiver,
            api,
            processor,
            operator,
            records: clients.task_records(output("TableName")),
            dead_letters: clients.task_queue(output("DeadLetterQueueUrl"), output("MessageGroup")),
            sqs: aws_sdk_sqs::Client::new(&configuration),
            lambda,
            name,
        }
    }

    pub fn kill_processor_at(&self, point: Point) {
        let name = format!("{}-processor", self.name);
        self.processor.plan(point, move || kill_function(&name));
    }

    pub fn kill_api_at(&self, point: Point) {
        let name = format!("{}-api", self.name);
        self.api.plan(point, move || kill_function(&name));
    }

    /// The program, which calls AWS through a proxy that can kill it.
    pub fn taskline(&self) -> Taskline {
        Taskline::on(&["--stack", &self.name, "--endpoint-url", &self.operator.url])
            .with("AWS_REGION", REGION)
            .with("AWS_ACCESS_KEY_ID", "test")
            .with("AWS_SECRET_ACCESS_KEY", "test")
            .with("NO_PROXY", "127.0.0.1,localhost")
    }

    pub async fn post(&self, title: &str, key: Option<&str>) -> Answer {
        let event = gateway_event::post(title, key).to_string();
        let invoke =
            self.lambda.invoke().function_name(format!("{}-api", self.name)).payload(Blob::new(event));
        let invoked = invoke.send().await.unwrap();
        if invoked.function_error.is_some() {
            return Answer::None;
        }
        let answer: Value = serde_json::from_slice(invoked.payload.unwrap().as_ref()).unwrap();
        let body: Value = serde_json::from_str(answer["body"].as_str().unwrap()).unwrap();
        match answer["statusCode"].as_u64().unwrap() {
            202 => Answer::Accepted(body["task_id"].as_str().unwrap().parse().unwrap()),
            status => {
                let retry_after = answer["headers"]["retry-after"].as_str().map(str::to_owned);
                Answer::Refused(status, retry_after)
            }
        }
    }

    /// Retries while the API answers 503; a task that was started and refused is never handled.
    pub async fn submit(&self, title: &str) -> TaskId {
        let submit = async || match self.post(title, None).await {
            Answer::Refused(503, _) => None,
            answer => Some(answer.task_id()),
        };
        self.poll("nothing is accepted", submit).await
    }

    /// Makes a held message visible whose receipt only SQS and the proxy know, instead of waiting for an hour.
    pub async fn make_held_message_visible(&self) {
        // The last known request may still be that of a retry.
        let hidden = async || {
            Some(self.processor.last("ChangeMessageVisibility")).filter(|it| it["VisibilityTimeout"] == 3600)
        };
        let hidden = self.poll("it is not hidden for an hour", hidden).await;
        let show = self.sqs.change_message_visibility().visibility_timeout(0);
        let show = show.queue_url(hidden["QueueUrl"].as_str().unwrap());
        show.receipt_handle(hidden["ReceiptHandle"].as_str().unwrap()).send().await.unwrap();
    }

    /// Waits until no dead letter is hidden by a process that died.
    pub async fn until_dead_letters_are_seen(&self) {
        let none_hidden = async || (self.dead_letters.depth().await.unwrap().in_flight == 0).then_some(());
        self.poll("its dead letters remain hidden", none_hidden).await;
    }

    /// Polls until there is a value.
    async fn poll<T>(&self, otherwise: &str, attempt: impl AsyncFn() -> Option<T>) -> T {
        let started = tokio::time::Instant::now();
        loop {
            if let Some(seen) = attempt().await {
                return seen;
            }
            assert!(started.elapsed() < PATIENCE, "{}: {otherwise}", self.name);
            tokio::time::sleep(POLL_INTERVAL).await;
        }
    }

    /// Waits for the next kill.
    pub async fn until_killed(&self, killed: &mut watch::Receiver<usize>) {
        let waited = tokio::time::timeout(PATIENCE, killed.changed()).await;
        assert!(waited.is_ok(), "{}: it never reached the point", self.name);
    }

    /// Waits until the task has this status.
    pub async fn until(&self, task_id: TaskId, status: Status) -> TaskRecord {
        self.until_it_is(task_id, |record| record.status == status).await
    }

    pub async fn until_it_is(&self, task_id: TaskId, wanted: impl Fn(&TaskRecord) -> bool) -> TaskRecord {
        let started = tokio::time::Instant::now();
        loop {
            match self.records.find(task_id).await.ok().flatten() {
                Some(record) if wanted(&record) => return record,
                seen => {
                    assert!(started.elapsed() < PATIENCE, "{}: still not as expected: {seen:#?}", self.name)
                }
            }
            tokio::time::sleep(POLL_INTERVAL).await;
        }
    }

    /// Asserts the promises, once every task is finished.
    pub async fn assert_kept(&self) {
        let calls = self.receiver.calls();
        let all = self.records.all(None, 500).await.unwrap();
        assert!(all.next.is_none() && !all.records.is_empty());
        for record in &all.records {
            let id = record.task_id.to_string();
            let mut seen = calls.iter().filter(|call| call.task_id == id);
            if record.status == Status::Discarded {
                assert_eq!(seen.next(), None, "{}: refused but handled: {record:#?}", self.name);
            } else {
                every_attempt_is_explained(&self.name, record, 0, seen);
            }
        }
        let dead = all.records.iter().filter(|record| record.status == Status::DeadLettered).count();
        assert_eq!(
            self.dead_letters.depth().await.unwrap().waiting,
            dead as u64,
            "{}: dead letters",
            self.name
        );
        let verified = self.taskline().run(&["verify"]);
        assert_eq!(verified.code, 0, "{}: {}{}", self.name, verified.out, verified.err);
    }
}

/// Deploys the table and queues of `tests/program`, with a visibility timeout short enough for a test.
async fn deploy_stack(configuration: &SdkConfig, name: &str) -> Value {
    let mut template: Value = serde_json::from_str(include_str!("../../program/stack.json")).unwrap();
    template["Resources"]["Line"]["Properties"]["VisibilityTimeout"] = json!(2);
    template["Resources"]["Line"]["Properties"]["RedrivePolicy"]["maxReceiveCount"] = json!(1000);
    template["Resources"]["DeadLetters"]["Properties"]["VisibilityTimeout"] = json!(1);
    template["Outputs"]["QueueArn"] = json!({"Value": {"Fn::GetAtt": ["Line", "Arn"]}});
    // The template's mapping stays disabled: the one that delivers is created with its function.
    let cloudformation = aws_sdk_cloudformation::Client::new(configuration);
    let create = cloudformation.create_stack().stack_name(name).template_body(template.to_string());
    create.send().await.unwrap();
    loop {
        let described = cloudformation.describe_stacks().stack_name(name).send().await.unwrap();
        let stack = described.stacks.unwrap().remove(0);
        if let Some(outputs) = stack.outputs.filter(|outputs| !outputs.is_empty()) {
            let outputs =
                outputs.into_iter().map(|it| (it.output_key.unwrap(), it.output_value.unwrap().into()));
            return Value::Object(outputs.collect());
        }
        tokio::time::sleep(POLL_INTERVAL).await;
    }
}

/// Uploads the binary that `make functions-for-tests` built, once. Returns its key.
async fn upload(endpoint: &str, function: &str) -> String {
    static UPLOADED: Mutex<BTreeSet<String>> = Mutex::const_new(BTreeSet::new());
    let key = format!("{function}.zip");
    let object = format!("{endpoint}/{BUCKET}/{key}");
    let mut uploaded = UPLOADED.lock().await;
    if uploaded.insert(object.clone()) {
        let python = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/emulators/bin/python");
        let file = in_target(&format!("tmp/{key}"));
        let folder = in_target(&format!("functions/{function}"));
        let mut pack = Command::new(python);
        pack.args(["-m", "zipfile", "-c", &file, "bootstrap"]).current_dir(folder);
        assert!(pack.status().unwrap().success(), "{function} is not built: `make functions-for-tests`");
        let archive = std::fs::read(file).unwrap();
        for (url, body) in [(format!("{endpoint}/{BUCKET}"), Vec::new()), (object, archive)] {
            let answer = http().put(url).body(body).send().await.unwrap();
            assert!(answer.status().is_success() || answer.status() == StatusCode::CONFLICT, "{answer:?}");
        }
    }
    key
}
