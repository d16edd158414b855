//! A gatekeeper in front of AWS for each deployed function, and one for its operator.

use std::collections::BTreeSet;

use harness::{Gatekeeper, Policy, Right};

use crate::{cdk::REGION, deployment::Deployment};

const SERVICES: [&str; 3] = ["DYNAMODB", "SECRETS_MANAGER", "SQS"];

/// The page with the permissions of an operator.
const OPERATING: &str = include_str!("../../docs/operating.md");

/// A gatekeeper in front of AWS for each function of a deployment, and one for its operator.
pub struct Gatekeepers {
    pub functions: Vec<(String, Gatekeeper)>,
    pub operator: Gatekeeper,
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
