//! IAM's decision on a call, by the identity policy of its caller. Emulators allow everything.

use axum::http::Method;
use serde_json::Value;

const REGION: &str = "us-east-1";
/// The one account of the emulators.
const ACCOUNT: &str = "000000000000";

/// A permission that a call needs.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Right {
    /// Such as `sqs:SendMessage`.
    pub action: String,
    /// An ARN, or `*` where IAM has no resource.
    pub resource: String,
}

/// Statements that allow, without conditions.
#[derive(Debug, Clone)]
pub struct Policy(Vec<Statement>);

#[derive(Debug, Clone)]
struct Statement {
    actions: Vec<String>,
    resources: Vec<String>,
}

impl Policy {
    /// Panics at statements that it can't evaluate.
    pub fn read(document: &Value) -> Self {
        let statements = document["Statement"].as_array().unwrap().iter();
        Self(statements.map(Statement::read).collect())
    }

    pub fn allows(&self, right: &Right) -> bool {
        self.0.iter().any(|statement| {
            let of = |patterns: &[String], name: &str| patterns.iter().any(|pattern| matches(pattern, name));
            of(&statement.actions, &right.action) && of(&statement.resources, &right.resource)
        })
    }

    /// A policy that allows each of these actions on its resource.
    pub fn of(rights: impl IntoIterator<Item = Right>) -> Self {
        let statement =
            |Right { action, resource }| Statement { actions: vec![action], resources: vec![resource] };
        Self(rights.into_iter().map(statement).collect())
    }

    /// Every action that is allowed on any resource.
    pub fn actions(&self) -> Vec<&str> {
        let actions = self.0.iter().flat_map(|statement| &statement.actions);
        actions.map(String::as_str).collect()
    }
}

impl Statement {
    fn read(statement: &Value) -> Self {
        assert_eq!(statement["Effect"], "Allow", "{statement:#}");
        assert!(statement.get("Condition").is_none(), "{statement:#}");
        Self { actions: texts(&statement["Action"]), resources: texts(&statement["Resource"]) }
    }
}

/// One or many.
fn texts(value: &Value) -> Vec<String> {
    let one = std::slice::from_ref(value);
    let all = value.as_array().map_or(one, Vec::as_slice).iter();
    all.map(|text| text.as_str().unwrap_or_else(|| panic!("{text} is not resolved")).to_owned()).collect()
}

/// Whether a pattern with `*` matches.
fn matches(pattern: &str, text: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == text,
        Some((start, rest)) => text.strip_prefix(start).is_some_and(|text| {
            let ends = (0..=text.len()).filter(|end| text.is_char_boundary(*end));
            ends.into_iter().any(|end| matches(rest, &text[end..]))
        }),
    }
}

/// The permissions that a call needs. `GetCallerIdentity` and a connection without a request need none.
pub fn rights_of(method: &Method, path: &str, target: Option<&str>, body: &[u8]) -> Vec<Right> {
    let anything = |action: &str| vec![Right { action: action.to_owned(), resource: "*".to_owned() }];
    if let Some(target) = target {
        return rights(target, &serde_json::from_slice(body).unwrap_or_default());
    }
    let form = str::from_utf8(body).unwrap_or_default();
    let is_mapping = path.starts_with("/2015-03-31/event-source-mappings/");
    match form.split('&').find_map(|field| field.strip_prefix("Action=")) {
        Some("GetCallerIdentity") => Vec::new(),
        Some("DescribeStacks") => anything("cloudformation:DescribeStacks"),
        Some(other) => panic!("{other}: its permissions are not known"),
        None if is_mapping && method == Method::GET => anything("lambda:GetEventSourceMapping"),
        None if is_mapping && method == Method::PUT => anything("lambda:UpdateEventSourceMapping"),
        None if path == "/" && body.is_empty() => Vec::new(),
        None => panic!("{method} {path}: its permissions are not known"),
    }
}

/// The permissions that a call of the JSON protocols needs, by its `X-Amz-Target` and body: for SQS ("Amazon SQS API
/// permissions: Actions and resource reference", SQS Developer Guide), DynamoDB and Secrets Manager (Service
/// Authorization Reference).
fn rights(target: &str, body: &Value) -> Vec<Right> {
    let (service, operation) = target.split_once('.').unwrap_or_else(|| panic!("{target}: no target"));
    let right = |action: String, resource: String| Right { action, resource };
    match service.split('_').next().unwrap() {
        "AmazonSQS" => queue_rights(operation, body),
        "DynamoDB" => vec![right(format!("dynamodb:{operation}"), table(body))],
        "secretsmanager" => {
            vec![right(format!("secretsmanager:{operation}"), text(body, "SecretId").unwrap())]
        }
        _ => panic!("{target}: its permissions are not known"),
    }
}

fn queue_rights(operation: &str, body: &Value) -> Vec<Right> {
    let right = |action: &str, resource: String| Right { action: format!("sqs:{action}"), resource };
    let url = text(body, "QueueUrl");
    let name = text(body, "QueueName").or(url.map(|url| url.rsplit('/').next().unwrap().to_owned()));
    let queue = name.map(|name| format!("arn:aws:sqs:{REGION}:{ACCOUNT}:{name}"));
    let resource = queue.or(text(body, "SourceArn")).unwrap_or_else(|| "*".to_owned());
    let mut rights = vec![right(operation, resource.clone())];
    if operation.ends_with("MessageMoveTask") || operation.ends_with("MessageMoveTasks") {
        let on_source = ["ReceiveMessage", "DeleteMessage", "GetQueueAttributes"];
        rights.extend(on_source.map(|action| right(action, resource.clone())));
    }
    rights.extend(text(body, "DestinationArn").map(|destination| right("SendMessage", destination)));
    rights
}

fn table(body: &Value) -> String {
    let Some(table) = text(body, "TableName") else { return "*".to_owned() };
    let index = text(body, "IndexName").map(|index| format!("/index/{index}")).unwrap_or_default();
    format!("arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{table}{index}")
}

fn text(body: &Value, name: &str) -> Option<String> {
    body[name].as_str().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn policy(resource: &str) -> Policy {
        let statement = json!({"Effect": "Allow", "Action": ["sqs:SendMessage"], "Resource": resource});
        Policy::read(&json!({"Statement": [statement]}))
    }

    fn send(queue: &str) -> Right {
        let url = format!("http://127.0.0.1:4566/{ACCOUNT}/{queue}");
        rights("AmazonSQS.SendMessage", &json!({"QueueUrl": url})).remove(0)
    }

    #[test]
    fn only_a_star_matches_any_text() {
        let policy = policy("arn:aws:sqs:*:*:test-*");
        for (queue, is_allowed) in
            [("test-a.fifo", true), ("test-", true), ("tests", false), ("a-test-", false)]
        {
            assert_eq!(policy.allows(&send(queue)), is_allowed, "{queue}");
        }
    }

    #[test]
    fn another_action_on_the_same_queue_is_not_allowed() {
        let right = Right { action: "sqs:DeleteQueue".to_owned(), ..send("test-a") };
        assert!(!policy("*").allows(&right));
    }

    #[test]
    fn a_message_move_needs_permissions_on_both_queues() {
        let body = json!({"SourceArn": "source", "DestinationArn": "destination"});
        let needed = rights("AmazonSQS.StartMessageMoveTask", &body);
        let needed: Vec<_> = needed.iter().map(|it| (it.action.as_str(), it.resource.as_str())).collect();
        let expected = [
            ("sqs:StartMessageMoveTask", "source"),
            ("sqs:ReceiveMessage", "source"),
            ("sqs:DeleteMessage", "source"),
            ("sqs:GetQueueAttributes", "source"),
            ("sqs:SendMessage", "destination"),
        ];
        assert_eq!(needed, expected);
    }

    #[test]
    fn an_index_is_a_separate_resource() {
        let query = rights("DynamoDB_20120810.Query", &json!({"TableName": "t", "IndexName": "i"}));
        assert_eq!(query[0].resource, format!("arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/t/index/i"));
    }
}
