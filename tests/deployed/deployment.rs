//! The deployment of one environment: `cdk deploy --all`, its outputs, and clients for its parts.

use std::{
    collections::BTreeMap,
    fs,
    sync::atomic::{AtomicU32, Ordering},
};

use aws::{Clients, DynamoDbTaskRecords};
use aws_sdk_sqs::types::QueueAttributeName;

use crate::{
    account::{Account, account},
    cdk::{REGION, cdk, in_target},
    line::Line,
    taskline::Taskline,
};

/// The options of one deployment.
pub struct Configuration<'a> {
    pub pipeline: &'static str,
    pub environment: &'static str,
    /// A folder that `make functions-for-tests` puts into the target folder.
    pub binaries: &'a str,
    /// Further `-c name=value` arguments.
    pub context: &'a [&'a str],
}

pub struct Deployment {
    pub account: &'static Account,
    /// `PIPELINE-ENVIRONMENT`.
    name: String,
    outputs: BTreeMap<String, String>,
}

impl Deployment {
    /// Deploys the environment, or updates it.
    pub async fn deploy(configuration: Configuration<'_>) -> Self {
        let account = account().await;
        let name = configuration.name();
        let outputs = outputs_file(&name);
        run(account, "deploy", &configuration, &["--require-approval", "never", "--outputs-file", &outputs])
            .await;
        let outputs: BTreeMap<String, BTreeMap<String, String>> =
            serde_json::from_str(&fs::read_to_string(outputs).unwrap()).unwrap();
        let outputs = outputs[&stack(&name)].clone();
        if let Some(secret) = outputs.get("WebhookSecretArn") {
            account.put_secret(secret).await;
        }
        Self { account, name, outputs }
    }

    pub async fn destroy(&self, configuration: Configuration<'_>) {
        run(self.account, "destroy", &configuration, &["--force"]).await;
    }

    pub fn output(&self, name: &str) -> &str {
        self.outputs.get(name).unwrap_or_else(|| panic!("no output {name}"))
    }

    /// The line, for a caller whose token has all scopes.
    pub async fn line(&self) -> Line {
        let token = self.account.token("tasks/read tasks/write").await;
        Line::new(self.output("ApiUrl"), &token)
    }

    /// The program, on this pipeline.
    pub fn taskline(&self) -> Taskline {
        self.taskline_at(self.account.endpoint)
    }

    /// The program, with AWS at this endpoint.
    pub fn taskline_at(&self, endpoint_url: &str) -> Taskline {
        reaching(&["--stack", &stack(&self.name)], endpoint_url)
    }

    /// The program, with the file of the stacks' outputs.
    pub fn taskline_by_outputs(&self) -> Taskline {
        reaching(&["--outputs", &outputs_file(&self.name)], self.account.endpoint)
    }

    /// The functions of all stacks, each with its role.
    pub async fn functions(&self) -> Vec<(String, String)> {
        let lambda = aws_sdk_lambda::Client::new(&self.account.configuration().await);
        let listed = lambda.list_functions().into_paginator().items().send().try_collect().await.unwrap();
        let ours = format!("{}-", self.name);
        let with_role = listed.into_iter().map(|function| {
            let role = function.role.unwrap();
            (function.function_name.unwrap(), role.rsplit('/').next().unwrap().to_owned())
        });
        with_role.filter(|(name, _)| name.starts_with(&ours)).collect()
    }

    pub async fn sqs(&self) -> aws_sdk_sqs::Client {
        aws_sdk_sqs::Client::new(&self.account.configuration().await)
    }

    pub async fn records(&self) -> DynamoDbTaskRecords {
        Clients::over(&self.account.configuration().await).task_records(self.output("TableName"))
    }

    /// The first visible message of the queue whose body contains `title`; it stays in the queue.
    pub async fn message_with(&self, title: &str, queue: &str) -> String {
        let sqs = self.sqs().await;
        let receive = sqs.receive_message().queue_url(self.output(queue)).max_number_of_messages(10);
        let received = receive.visibility_timeout(0).wait_time_seconds(5).send().await.unwrap();
        let bodies = received.messages.unwrap_or_default().into_iter().filter_map(|message| message.body);
        bodies
            .into_iter()
            .find(|body| body.contains(title))
            .unwrap_or_else(|| panic!("no {title} in {queue}"))
    }

    /// Sends a body to the line like the redrive of SQS: unchanged, with a new sequence number.
    pub async fn send_as_sqs_would(&self, body: &str) {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let send = self.sqs().await.send_message().queue_url(self.output("QueueUrl")).message_body(body);
        let send = send.message_group_id(self.output("MessageGroup"));
        send.message_deduplication_id(format!("again-{}", COUNT.fetch_add(1, Ordering::Relaxed)))
            .send()
            .await
            .unwrap();
    }

    /// Changes the visibility timeout of the line without its stack.
    pub async fn set_visibility(&self, seconds: u32) {
        let change = self.sqs().await.set_queue_attributes().queue_url(self.output("QueueUrl"));
        change.attributes(QueueAttributeName::VisibilityTimeout, seconds.to_string()).send().await.unwrap();
    }
}

impl Configuration<'_> {
    fn name(&self) -> String {
        format!("{}-{}", self.pipeline, self.environment)
    }
}

fn stack(name: &str) -> String {
    format!("{name}-processing")
}

fn outputs_file(name: &str) -> String {
    in_target(&format!("tmp/{name}-outputs.json"))
}

/// The program on the pipeline that `target` names, with AWS at this endpoint.
fn reaching(target: &[&str], endpoint_url: &str) -> Taskline {
    Taskline::on(&[target, &["--endpoint-url", endpoint_url]].concat())
        .with("AWS_REGION", REGION)
        .with("AWS_ACCESS_KEY_ID", "test")
        .with("AWS_SECRET_ACCESS_KEY", "test")
        .with("NO_PROXY", "127.0.0.1,localhost")
}

async fn run(account: &Account, verb: &str, configuration: &Configuration<'_>, options: &[&str]) {
    let Configuration { pipeline, environment, binaries, context } = configuration;
    let name = configuration.name();
    let synthesised = in_target(&format!("tmp/{name}.cdk.out"));
    let common = [
        format!("pipeline={pipeline}"),
        format!("environment={environment}"),
        format!("binaries={}", in_target(binaries)),
        format!("architecture={}", if cfg!(target_arch = "aarch64") { "arm64" } else { "x86_64" }),
        format!("jwtIssuer={}", account.issuer),
        format!("jwtAudience={}", account.audience),
    ];
    let common = common.iter().map(String::as_str).chain(context.iter().copied());
    let context = common.flat_map(|each| ["-c", each]);
    let arguments: Vec<&str> = [verb, "--all", "--output", &synthesised]
        .into_iter()
        .chain(context)
        .chain(options.iter().copied())
        .collect();
    cdk(account.endpoint, &format!("{name}-{verb}"), &arguments).await;
}
