//! Each deployed function calls AWS only as its role allows, and its role allows nothing unused; an operator's
//! `taskline` needs only the permissions in docs/operating.md. ministack allows everything, so in every test a
//! gatekeeper checks each call: those of a function by the policies that the stacks gave its role.

use std::collections::BTreeSet;

use axum::http::StatusCode;
use harness::{Gatekeeper, Policy, Right};

use crate::{account::REGION, deployment::Deployment, pipeline::with_the_dead_letter_policy};

/// The actions of Lambda under the role: for the event source mapping and for the logs.
const DONE_BY_LAMBDA: [&str; 5] = [
    "logs:CreateLogStream",
    "logs:PutLogEvents",
    "sqs:DeleteMessage",
    "sqs:GetQueueAttributes",
    "sqs:ReceiveMessage",
];
const SERVICES: [&str; 3] = ["DYNAMODB", "SECRETS_MANAGER", "SQS"];

/// The page with the permissions of an operator.
const OPERATING: &str = include_str!("../../docs/operating.md");

/// A gatekeeper in front of AWS for each function of a deployment, and one for its operator.
pub struct Gatekeepers {
    functions: Vec<(String, Gatekeeper)>,
    operator: Gatekeeper,
}

impl Gatekeepers {
    /// Changes the functions' endpoints without their stacks.
    pub async fn before(deployment: &Deployment) -> Self {
        let account = deployment.account;
        let mut functions = Vec::new();
        for (function, role) in deployment.functions().await {
            let gatekeeper = Gatekeeper::start(account.endpoint, account.policy_of(&role).await).await;
            let endpoints = SERVICES.map(|service| format!("AWS_ENDPOINT_URL_{service}"));
            let endpoints = endpoints.each_ref().map(|name| (name.as_str(), gatekeeper.url.as_str()));
            account.configure_function(&function, None, &endpoints).await;
            functions.push((function, gatekeeper));
        }
        assert!(!functions.is_empty(), "no function is deployed");
        let operator = Gatekeeper::start(account.endpoint, operator_policy(deployment)).await;
        Self { functions, operator }
    }

    /// The AWS endpoint of the operator's program.
    pub fn url_for_the_operator(&self) -> &str {
        &self.operator.url
    }

    pub fn assert_nothing_denied(&self) {
        for (function, gatekeeper) in &self.functions {
            assert_eq!(gatekeeper.denied(), BTreeSet::new(), "the role of {function} does not allow it");
        }
        assert_eq!(self.operator.denied(), BTreeSet::new(), "docs/operating.md does not name it");
    }
}

/// The permissions in the table of docs/operating.md, for the resources in the stack's outputs.
fn operator_policy(deployment: &Deployment) -> Policy {
    let queue = |output| {
        let name = deployment.output(output).rsplit('/').next().unwrap();
        format!("arn:aws:sqs:{REGION}:*:{name}")
    };
    let table = format!("arn:aws:dynamodb:{REGION}:*:table/{}", deployment.output("TableName"));
    let resource = |name: &str| match name {
        "the line" => queue("QueueUrl"),
        "the dead-letter queue" => queue("DeadLetterQueueUrl"),
        "the table" => table.clone(),
        "the index `needs-attention`" => format!("{table}/index/{}", aws::table::NEEDS_ATTENTION_INDEX),
        "the processing stack" | "the mapping" => "*".to_owned(),
        other => panic!("{other}: no resource"),
    };
    let section = OPERATING.split("### Permissions of an operator").nth(1).unwrap();
    let rows =
        section.lines().skip_while(|line| !line.starts_with('|')).take_while(|line| line.starts_with('|'));
    let rows = rows.skip(2).map(|row| row.split('|').map(str::trim).collect::<Vec<_>>());
    Policy::of(rows.flat_map(|row| {
        let actions = row[1].split(", ").map(|action| action.trim_matches('`').to_owned());
        let resource = resource(row[2]);
        actions.map(move |action| Right { action, resource: resource.clone() }).collect::<Vec<_>>()
    }))
}

#[test]
fn a_role_allows_no_action_that_its_function_does_not_use() {
    with_the_dead_letter_policy(async |pipeline| {
        pipeline.receiver.answer("refused", StatusCode::BAD_REQUEST);
        let refused = pipeline.line.submit("refused").await;
        pipeline.line.until(&refused.task_id, "dead_lettered").await;
        pipeline.receiver.answer("retried", StatusCode::SERVICE_UNAVAILABLE);
        let retried = pipeline.line.submit("retried").await;
        pipeline.line.until(&retried.task_id, "retrying").await;
        pipeline.receiver.answer("retried", StatusCode::OK);
        pipeline.line.until(&retried.task_id, "completed").await;

        pipeline.deployment.account.invoke(pipeline.deployment.output("WatchFunctionName")).await;

        for (function, gatekeeper) in &pipeline.gatekeepers.functions {
            let granted = gatekeeper.granted();
            let needed: BTreeSet<&str> =
                granted.iter().map(|right| right.action.as_str()).chain(DONE_BY_LAMBDA).collect();
            let allowed: BTreeSet<&str> = gatekeeper.policy().actions().into_iter().collect();
            let unused: Vec<_> = allowed.difference(&needed).collect();
            assert_eq!(unused, [&""; 0], "{function}");
        }
    });
}

#[test]
fn the_permissions_in_the_operating_page_are_sufficient_for_an_operator() {
    with_the_dead_letter_policy(async |pipeline| {
        pipeline.receiver.answer("to be discarded", StatusCode::BAD_REQUEST);
        let dead_letter = pipeline.line.submit("to be discarded").await;
        pipeline.line.until(&dead_letter.task_id, "dead_lettered").await;
        for command in [
            &["line", "pause", "--reason", "a test"][..],
            &["line", "status"],
            &["line", "resume", "--reason", "a test"],
            &["dead-letters", "show", &dead_letter.task_id],
            &["dead-letters", "discard", &dead_letter.task_id, "--yes", "--reason", "a test"],
            &["dead-letters", "reconcile"],
        ] {
            let output = pipeline.taskline.run(command);
            assert_eq!(output.code, 0, "{command:?}: {}{}", output.out, output.err);
        }
        let granted = pipeline.gatekeepers.operator.granted();
        for needed in ["dynamodb:Scan", "lambda:UpdateEventSourceMapping", "sqs:DeleteMessage"] {
            assert!(granted.iter().any(|right| right.action == needed), "{needed}: {granted:#?}");
        }
    });
}
