//! A pipeline and its alarms, minute by minute. Queues and table come from the shared stack's template, on an
//! emulator; the functions are the real binaries; the clock is set for each run.

use std::{collections::BTreeMap, sync::LazyLock};

use aws_config::{Region, SdkConfig, timeout::TimeoutConfig};
use aws_sdk_sqs::types::{Message, MessageSystemAttributeName as Attribute};
use harness::{
    FakeTime, Invoked, Ministack, RunningFunction, StandIn, endpoint, gateway_event::post, queue_event,
    taskline::Taskline,
};
use serde_json::{Value, json};
use tokio::{
    runtime::Runtime,
    sync::{Mutex, OnceCell},
};

use crate::{
    cloudwatch::{Alarm, Metrics, State},
    template::template,
};

/// 2025-01-01, long before the harness's clock, which sets Lambda's deadlines.
const START: u64 = 1_735_689_600;
const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// The stack's queues and table.
struct Stack {
    endpoint: &'static str,
    line: String,
    dead_letters: String,
    table: String,
}

pub struct AlarmFixture {
    stack: &'static Stack,
    clock: FakeTime,
    minute: u64,
    pub metrics: Metrics,
    alarms: Vec<Alarm>,
    states: BTreeMap<String, State>,
    /// How often each alarm fired.
    fired: BTreeMap<String, u32>,
    canary: bool,
}

static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().unwrap());

/// Runs a test on a healthy pipeline, which the test must leave healthy. One test at a time: there is one stack.
pub fn with_pipeline(case: impl AsyncFnOnce(&mut AlarmFixture)) {
    static STACK: OnceCell<Stack> = OnceCell::const_new();
    static LOCK: Mutex<u64> = Mutex::const_new(0);
    RUNTIME.block_on(async {
        let mut minute = LOCK.lock().await;
        let stack = STACK.get_or_init(deploy).await;
        // A test begins an hour after the previous one, so that no earlier event is recent.
        let mut fixture = AlarmFixture::new(stack, *minute + 60);
        fixture.minutes(8).await;
        fixture.assert_healthy();
        // WatchSilent is on until the watch has run three times, because CloudWatch has no data of a new deployment.
        fixture.fired.clear();
        case(&mut fixture).await;
        fixture.minutes(8).await;
        fixture.assert_healthy();
        *minute = fixture.minute;
    });
}

impl AlarmFixture {
    fn new(stack: &'static Stack, minute: u64) -> Self {
        let alarms = template().alarms();
        let states = alarms.iter().map(|alarm| (alarm.name.clone(), State::InsufficientData)).collect();
        let clock = FakeTime::new();
        Self {
            stack,
            clock,
            minute,
            metrics: Metrics::default(),
            alarms,
            states,
            fired: BTreeMap::new(),
            canary: false,
        }
    }

    pub fn with_canary(&mut self) {
        self.canary = true;
    }

    /// Simulates this many minutes: in each, the watch runs once, and then every alarm is evaluated.
    pub async fn minutes(&mut self, count: u64) {
        for _ in 0..count {
            self.watch().await;
            self.pass_minute();
        }
    }

    /// Simulates this many minutes in which the watch does not run.
    pub fn minutes_without_watch(&mut self, count: u64) {
        for _ in 0..count {
            self.pass_minute();
        }
    }

    /// Moves the clock without evaluating an alarm.
    pub fn skip_days(&mut self, days: u64) {
        self.minute += days * 24 * 60;
    }

    /// Moves the clock to the start of an interval of this many minutes.
    pub fn begin_interval(&mut self, minutes: u64) {
        self.minute = self.minute.next_multiple_of(minutes);
    }

    fn pass_minute(&mut self) {
        self.minute += 1;
        for alarm in &self.alarms {
            let before = self.states[&alarm.name];
            let after = alarm.evaluate(&self.metrics, self.second(), before);
            if after == State::Alarm && before != State::Alarm {
                *self.fired.entry(alarm.name.clone()).or_default() += 1;
            }
            self.states.insert(alarm.name.clone(), after);
        }
    }

    /// The second in which the current minute begins.
    pub fn second(&self) -> u64 {
        START + self.minute * 60
    }

    pub fn assert_fired(&self, name: &str, times: u32) {
        assert_eq!(self.states[name], State::Alarm, "{name}");
        assert_eq!(self.fired.get(name), Some(&times), "{name}");
    }

    pub fn assert_ok(&self, name: &str) {
        assert_eq!(self.states[name], State::Ok, "{name}");
    }

    /// Asserts that no alarm is on, and that each alarm on a metric of the watch is off.
    fn assert_healthy(&self) {
        for alarm in &self.alarms {
            let state = self.states[&alarm.name];
            assert_ne!(state, State::Alarm, "{}", alarm.name);
            let is_written = self.canary || alarm.name != "CanaryMissed";
            if alarm.metric.0 == "Taskline" && is_written {
                assert_eq!(state, State::Ok, "{}", alarm.name);
            }
        }
    }

    /// Runs the watch once, with AWS at this endpoint.
    async fn watch_at(&mut self, endpoint: &str) -> Invoked {
        let canary = template().variable("Watch", "CANARY_SECONDS");
        let canary = [("CANARY_SECONDS", canary.as_str())];
        let settings = if self.canary { &canary[..] } else { &[] };
        let mut watch = self.start("watch", endpoint, settings).await;
        let invoked = watch.invoke(json!({})).await;
        self.metrics.ingest(&watch.printed_until_killed().await, self.second());
        invoked
    }

    pub async fn watch(&mut self) {
        let invoked = self.watch_at(self.stack.endpoint).await;
        assert!(matches!(invoked, Invoked::Answered(_)), "{invoked:?}");
    }

    /// Simulates this many minutes in which the watch runs and can't reach AWS.
    pub async fn minutes_of_outage(&mut self, count: u64) {
        for _ in 0..count {
            assert!(matches!(self.watch_at("http://127.0.0.1:1").await, Invoked::Failed(_)));
            self.pass_minute();
        }
    }

    /// Submits a task through the API function.
    pub async fn submit(&mut self, title: &str) {
        let mut api = self.start("api", self.stack.endpoint, &[]).await;
        let invoked = api.invoke(post(title, None)).await;
        assert!(matches!(&invoked, Invoked::Answered(answer) if answer["statusCode"] == 202), "{invoked:?}");
        self.metrics.ingest(&api.printed_until_killed().await, self.second());
    }

    /// Delivers the head of the line to the processor function like the event source mapping. The webhook's receiver
    /// answers with this status.
    pub async fn deliver(&mut self, status: u16, failure_policy: &str) {
        let receiver = StandIn::start(move |_, _| (status, json!({}))).await;
        let settings = [
            ("TASK_HANDLER", "webhook"),
            ("WEBHOOK_URL", receiver.url()),
            ("WEBHOOK_SECRET", SECRET),
            ("FAILURE_POLICY", failure_policy),
        ];
        let message = self.receive().await;
        let mut processor = self.start("processor", self.stack.endpoint, &settings).await;
        let invoked = processor.invoke(event(&message)).await;
        self.metrics.ingest(&processor.printed_until_killed().await, self.second());
        let Invoked::Answered(answer) = invoked else { panic!("{invoked:?}") };
        if answer["batchItemFailures"].as_array().unwrap().is_empty() {
            self.delete(&self.stack.line, &message).await;
        }
    }

    async fn receive(&self) -> Message {
        let sqs = sqs().await;
        let names = [
            Attribute::ApproximateReceiveCount,
            Attribute::SentTimestamp,
            Attribute::SequenceNumber,
            Attribute::MessageGroupId,
        ];
        let receive = sqs.receive_message().queue_url(&self.stack.line).wait_time_seconds(20);
        let received = receive.set_message_system_attribute_names(Some(names.to_vec())).send().await.unwrap();
        received.messages.unwrap_or_default().pop().expect("a message at the head of the line")
    }

    async fn delete(&self, queue: &str, message: &Message) {
        let receipt = message.receipt_handle().unwrap();
        sqs().await.delete_message().queue_url(queue).receipt_handle(receipt).send().await.unwrap();
    }

    /// Puts a message into the dead-letter queue like the redrive policy of SQS: without a record.
    pub async fn move_as_sqs_would(&self) {
        let send = sqs().await.send_message().queue_url(&self.stack.dead_letters).message_body("a body");
        send.message_group_id("line").message_deduplication_id("moved").send().await.unwrap();
    }

    /// Removes all messages from the dead-letter queue.
    pub async fn empty_dead_letter_queue(&self) {
        let receive = sqs().await.receive_message().queue_url(&self.stack.dead_letters);
        let received = receive.max_number_of_messages(10).send().await.unwrap();
        for message in received.messages.unwrap_or_default() {
            self.delete(&self.stack.dead_letters, &message).await;
        }
    }

    /// Runs an operator's command.
    pub fn operate(&self, arguments: &[&str]) {
        let outputs = json!({"taskline-prod-processing": {
            "QueueUrl": self.stack.line,
            "DeadLetterQueueUrl": self.stack.dead_letters,
            "MessageGroup": "line",
            "TableName": self.stack.table,
            "EventSourceMappingId": "none",
            "CodeVersion": "v",
        }});
        let file = Taskline::new();
        let file_name = file.file("outputs.json", &outputs.to_string());
        let taskline = Taskline::on(&["--outputs", &file_name, "--endpoint-url", self.stack.endpoint]);
        let taskline = taskline
            .with("AWS_REGION", "us-east-1")
            .with("AWS_ACCESS_KEY_ID", "test")
            .with("AWS_SECRET_ACCESS_KEY", "test")
            .with("NO_PROXY", "127.0.0.1,localhost")
            .with("TZ", "UTC");
        let output = self.clock.over(taskline).run(&[arguments, &["--yes", "--reason", "a test"]].concat());
        assert_eq!(output.code, 0, "{}{}", output.out, output.err);
    }

    /// Starts a function half a minute after the current minute began, with the pipeline's name from its template.
    async fn start(&self, function: &str, endpoint: &str, settings: &[(&str, &str)]) -> RunningFunction {
        let at = chrono::DateTime::from_timestamp(i64::try_from(self.second()).unwrap() + 30, 0).unwrap();
        self.clock.set(&format!("@{}", at.format("%Y-%m-%d %H:%M:%S")));
        let pipeline =
            template().variable(if function == "watch" { "Watch" } else { "Processor" }, "PIPELINE");
        let time = self.clock.variables();
        let mut variables: Vec<(&str, &str)> =
            time.iter().map(|(name, value)| (*name, value.as_str())).collect();
        variables.extend([
            ("TZ", "UTC"),
            ("AWS_ENDPOINT_URL", endpoint),
            ("QUEUE_URL", &self.stack.line),
            ("TABLE_NAME", &self.stack.table),
            ("MESSAGE_GROUP", "line"),
            ("PIPELINE", &pipeline),
        ]);
        if function != "api" {
            variables.push(("DEAD_LETTER_QUEUE_URL", &self.stack.dead_letters));
        }
        variables.extend(settings);
        RunningFunction::start(function, &variables).await
    }
}

/// An event with this message, in the format of the event source mapping.
fn event(message: &Message) -> Value {
    let attributes = message.attributes().unwrap();
    let mut event = queue_event::delivery(message.body().unwrap());
    let record = &mut event["Records"][0];
    record["messageId"] = json!(message.message_id());
    record["receiptHandle"] = json!(message.receipt_handle());
    for (name, value) in attributes {
        record["attributes"][name.as_str()] = json!(value);
    }
    event
}

/// Without our timeouts: a retry of a call that is only slow in an emulator would run it twice.
async fn configuration() -> SdkConfig {
    aws::defaults()
        .timeout_config(TimeoutConfig::disabled())
        .endpoint_url(endpoint::<Ministack>().await)
        .region(Region::from_static("us-east-1"))
        .test_credentials()
        .load()
        .await
}

async fn sqs() -> aws_sdk_sqs::Client {
    aws_sdk_sqs::Client::new(&configuration().await)
}

/// Deploys the shared stack's template, without the parts that require a bootstrapped account.
async fn deploy() -> Stack {
    let endpoint = endpoint::<Ministack>().await;
    let mut template = template().shared.clone();
    for section in ["Parameters", "Rules"] {
        template.as_object_mut().unwrap().remove(section);
    }
    let cloudformation = aws_sdk_cloudformation::Client::new(&configuration().await);
    let name = "taskline-prod-shared";
    cloudformation.create_stack().stack_name(name).template_body(template.to_string()).send().await.unwrap();
    let status = async || {
        let described = cloudformation.describe_stacks().stack_name(name).send().await.unwrap();
        described.stacks()[0].stack_status().unwrap().as_str().to_owned()
    };
    harness::eventually(status, |status| status == "CREATE_COMPLETE").await;
    let resources = cloudformation.describe_stack_resources().stack_name(name).send().await.unwrap();
    let find = |kind: &str, part: &str| {
        let found = resources.stack_resources().iter().find(|resource| {
            resource.resource_type() == Some(kind) && resource.physical_resource_id().unwrap().contains(part)
        });
        found.unwrap_or_else(|| panic!("no {kind} {part}")).physical_resource_id().unwrap().to_owned()
    };
    Stack {
        endpoint,
        line: find("AWS::SQS::Queue", "line.fifo"),
        dead_letters: find("AWS::SQS::Queue", "dead-letters.fifo"),
        table: find("AWS::DynamoDB::Table", ""),
    }
}
