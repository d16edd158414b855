//! An AWS account emulated by ministack: bootstrapped for CDK, and with an issuer of callers' tokens.

use aws_config::{Region, SdkConfig, timeout::TimeoutConfig};
use aws_sdk_lambda::primitives::Blob;
use harness::{Emulator, Policy, Running, endpoint};
use reqwest::{Client, RequestBuilder, Url};
use serde_json::{Value, json};
use tokio::sync::OnceCell;

use crate::{
    cdk::{REGION, cdk},
    taskline::http,
};

/// Without our timeouts: an emulator that creates many functions at once is slow, and a retry would do the work
/// twice.
pub async fn configuration(endpoint: &str) -> SdkConfig {
    let defaults = aws::defaults().endpoint_url(endpoint).region(Region::from_static(REGION));
    defaults.timeout_config(TimeoutConfig::disabled()).test_credentials().load().await
}

/// ministack, with everything that it needs to run functions.
pub struct Ministack;

impl Emulator for Ministack {
    const NAME: &'static str = "ministack-with-functions";

    fn program(port: u16) -> (&'static str, Vec<String>, Vec<(&'static str, String)>) {
        let environment = vec![
            ("GATEWAY_PORT", port.to_string()),
            // By default it listens on all interfaces.
            ("BIND_HOST", "127.0.0.1".to_owned()),
            // Functions inherit the environment. Without the first variable they would call the real AWS.
            ("AWS_ENDPOINT_URL", format!("http://127.0.0.1:{port}")),
            ("NO_PROXY", "127.0.0.1,localhost".to_owned()),
            // ministack unpacks functions here.
            ("TMPDIR", env!("CARGO_TARGET_TMPDIR").to_owned()),
        ];
        ("ministack", Vec::new(), environment)
    }

    fn running() -> &'static OnceCell<Running> {
        static RUNNING: OnceCell<Running> = OnceCell::const_new();
        &RUNNING
    }
}

pub struct Account {
    pub endpoint: &'static str,
    /// The issuer of tokens.
    pub issuer: String,
    /// The audience of the tokens.
    pub audience: String,
    client_secret: String,
    client: Client,
}

/// The account of this test run.
pub async fn account() -> &'static Account {
    static ACCOUNT: OnceCell<Account> = OnceCell::const_new();
    ACCOUNT.get_or_init(Account::open).await
}

impl Account {
    async fn open() -> Self {
        let endpoint = endpoint::<Ministack>().await;
        let mut account = Self {
            endpoint,
            issuer: String::new(),
            audience: String::new(),
            client_secret: String::new(),
            client: http(),
        };
        cdk(endpoint, "bootstrap", &["bootstrap"]).await;
        account.create_issuer().await;
        account
    }

    /// Creates a user pool, whose one client may read and write tasks.
    async fn create_issuer(&mut self) {
        let pool = self.cognito("CreateUserPool", json!({"PoolName": "callers"})).await;
        let pool = pool["UserPool"]["Id"].as_str().unwrap().to_owned();
        let scopes = ["read", "write"].map(|name| json!({"ScopeName": name, "ScopeDescription": name}));
        let server = json!({"UserPoolId": pool, "Identifier": "tasks", "Name": "tasks", "Scopes": scopes});
        self.cognito("CreateResourceServer", server).await;
        let client = json!({
            "UserPoolId": pool,
            "ClientName": "caller",
            "GenerateSecret": true,
            "AllowedOAuthFlowsUserPoolClient": true,
            "AllowedOAuthFlows": ["client_credentials"],
            "AllowedOAuthScopes": ["tasks/read", "tasks/write"],
        });
        let client = self.cognito("CreateUserPoolClient", client).await;
        let text = |name: &str| client["UserPoolClient"][name].as_str().unwrap().to_owned();
        self.issuer = format!("https://cognito-idp.{REGION}.amazonaws.com/{pool}");
        (self.audience, self.client_secret) = (text("ClientId"), text("ClientSecret"));
    }

    /// A token with these scopes, issued by Cognito.
    pub async fn token(&self, scopes: &str) -> String {
        let request = self
            .client
            .post(format!("{}/oauth2/token", self.endpoint))
            .basic_auth(&self.audience, Some(&self.client_secret))
            .header("content-type", "application/x-www-form-urlencoded")
            .body(format!("grant_type=client_credentials&scope={scopes}"));
        answer(request).await["access_token"].as_str().unwrap().to_owned()
    }

    /// Stores a secret in place of the one that AWS would generate: letters and digits only.
    pub async fn put_secret(&self, id: &str) {
        let secret = json!({"SecretId": id, "SecretString": "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYqr"});
        self.call("secretsmanager", "secretsmanager.PutSecretValue", secret).await;
    }

    /// The lines that a function logged.
    pub async fn log_lines(&self, group: &str) -> Vec<String> {
        let found = self.call("logs", "Logs_20140328.FilterLogEvents", json!({"logGroupName": group})).await;
        let lines = found["events"].as_array().unwrap().iter();
        lines.map(|event| event["message"].as_str().unwrap().to_owned()).collect()
    }

    /// Invokes a function like its schedule.
    pub async fn invoke(&self, function: &str) {
        let lambda = aws_sdk_lambda::Client::new(&self.configuration().await);
        let invoke = lambda.invoke().function_name(function).payload(Blob::new("{}"));
        let invoked = invoke.send().await.unwrap();
        assert_eq!(invoked.function_error(), None);
    }

    /// Changes a function's timeout and some settings without its stack: waiting for the real values would take
    /// minutes.
    pub async fn configure_function(
        &self,
        name: &str,
        timeout_seconds: Option<i32>,
        settings: &[(&str, &str)],
    ) {
        let lambda = aws_sdk_lambda::Client::new(&self.configuration().await);
        let present = lambda.get_function_configuration().function_name(name).send().await.unwrap();
        let mut variables = present.environment.and_then(|it| it.variables).unwrap();
        variables.extend(settings.iter().map(|(name, value)| (name.to_string(), value.to_string())));
        let environment = aws_sdk_lambda::types::Environment::builder().set_variables(Some(variables));
        let change = lambda.update_function_configuration().function_name(name).set_timeout(timeout_seconds);
        change.environment(environment.build()).send().await.unwrap();
    }

    /// Everything that the inline policies of a role allow. Our roles have no other policies.
    pub async fn policy_of(&self, role: &str) -> Policy {
        let names = self.iam(&format!("Action=ListRolePolicies&RoleName={role}")).await;
        let mut statements = Vec::new();
        for name in tags(&names, "member") {
            let query = format!("Action=GetRolePolicy&RoleName={role}&PolicyName={name}");
            let answer = self.iam(&query).await;
            // The document is URL-encoded JSON.
            let document = tags(&answer, "PolicyDocument")[0];
            let url = Url::parse(&format!("http://iam/?document={document}")).unwrap();
            let document: Value = serde_json::from_str(&url.query_pairs().next().unwrap().1).unwrap();
            statements.extend(document["Statement"].as_array().unwrap().clone());
        }
        Policy::read(&json!({"Statement": statements}))
    }

    /// IAM answers in XML.
    async fn iam(&self, form: &str) -> String {
        let request = self
            .client
            .post(self.endpoint)
            .header("authorization", credential("iam"))
            .header("content-type", "application/x-www-form-urlencoded")
            .body(format!("{form}&Version=2010-05-08"));
        let response = request.send().await.unwrap();
        assert!(response.status().is_success(), "{form}: {response:?}");
        response.text().await.unwrap()
    }

    pub async fn configuration(&self) -> SdkConfig {
        configuration(self.endpoint).await
    }

    async fn cognito(&self, operation: &str, input: Value) -> Value {
        self.call("cognito-idp", &format!("AWSCognitoIdentityProviderService.{operation}"), input).await
    }

    /// Few calls of a service don't justify its SDK. Of a signature, ministack reads only the account.
    async fn call(&self, service: &str, target: &str, input: Value) -> Value {
        let request = self
            .client
            .post(self.endpoint)
            .header("authorization", credential(service))
            .header("x-amz-target", target)
            .header("content-type", "application/x-amz-json-1.1");
        answer(request.body(input.to_string())).await
    }
}

fn credential(service: &str) -> String {
    format!("AWS4-HMAC-SHA256 Credential=test/20260101/{REGION}/{service}/aws4_request")
}

/// The texts of all elements with this name.
fn tags<'a>(xml: &'a str, name: &str) -> Vec<&'a str> {
    let (start, end) = (format!("<{name}>"), format!("</{name}>"));
    xml.split(&start).skip(1).filter_map(|rest| rest.split(&end).next()).collect()
}

async fn answer(request: RequestBuilder) -> Value {
    let response = request.send().await.unwrap();
    let (status, url) = (response.status(), response.url().clone());
    let text = response.text().await.unwrap();
    assert!(status.is_success(), "{url}: {status}: {text}");
    serde_json::from_str(&text).unwrap()
}
