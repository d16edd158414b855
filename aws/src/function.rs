//! A Lambda function's configuration for AWS: only from the environment variables that Lambda sets.
//!
//! The SDK's default also reads files, roles and metadata services, which no function has, and sets up TLS once for
//! each client. Both would cost instructions and memory in every cold start.

use std::time::Duration;

use aws_config::{Region, SdkConfig, environment::EnvironmentVariableCredentialsProvider};
use aws_sdk_sqs::config::SharedCredentialsProvider;
use aws_smithy_http_client::{
    Connector,
    tls::{Provider, TlsContext, rustls_provider::CryptoMode},
};
use aws_smithy_runtime_api::client::http::{HttpConnectorSettings, SharedHttpConnector, http_client_fn};
use aws_types::service_config::{LoadServiceConfig, ServiceConfigKey};
use shared::setting::{InvalidSetting, Lookup, required};

use crate::{
    authorities::{authorities, trusting},
    configuration::{CONNECT, behavior, function_limits, function_retries},
    connections::Connections,
};

/// The endpoints of single services.
const ENDPOINTS: [&str; 4] = [
    "AWS_ENDPOINT_URL_DYNAMODB",
    "AWS_ENDPOINT_URL_LAMBDA",
    "AWS_ENDPOINT_URL_SECRETS_MANAGER",
    "AWS_ENDPOINT_URL_SQS",
];

/// A function's connections to AWS: Region, credentials and endpoints from the variables that Lambda and the AWS tools
/// use, with our own time limits.
///
/// # Errors
/// [`InvalidSetting`] names a variable that is missing or can't be used.
pub fn function_connections(environment: Lookup<'_>) -> Result<Connections, InvalidSetting> {
    let is_on = |name| switch(environment, name);
    let authorities = authorities(environment)?;
    let connector = connector(trusting(&authorities)?, CONNECT);
    let shared = connector.clone();
    let mut configuration = SdkConfig::builder()
        .behavior_version(behavior())
        .region(Region::new(required(environment, "AWS_REGION")?))
        .credentials_provider(SharedCredentialsProvider::new(EnvironmentVariableCredentialsProvider::new()))
        .http_client(http_client_fn(move |_, _| shared.clone()))
        .timeout_config(function_limits())
        .retry_config(function_retries())
        .use_fips(is_on("AWS_USE_FIPS_ENDPOINT")?)
        .use_dual_stack(is_on("AWS_USE_DUALSTACK_ENDPOINT")?);
    configuration.set_endpoint_url(endpoint(environment, "AWS_ENDPOINT_URL")?);
    let configuration = configuration.service_config(Endpoints::read(environment)?).build();
    Ok(Connections::new(connector, configuration, authorities))
}

/// False by default. The SDK would take any invalid value for false and call the wrong endpoint.
fn switch(environment: Lookup<'_>, name: &'static str) -> Result<bool, InvalidSetting> {
    match environment(name).map(|value| value.to_ascii_lowercase()).as_deref() {
        None | Some("false") => Ok(false),
        Some("true") => Ok(true),
        Some(_) => Err(InvalidSetting::new(name, "must be true or false")),
    }
}

fn endpoint(environment: Lookup<'_>, name: &'static str) -> Result<Option<String>, InvalidSetting> {
    let url = environment(name);
    let is_url = |url: &String| url.starts_with("http://") || url.starts_with("https://");
    if url.as_ref().is_none_or(is_url) {
        return Ok(url);
    }
    Err(InvalidSetting::new(name, "must be a URL that begins with https:// or http://"))
}

/// The configured endpoints of single services, by variable.
#[derive(Debug)]
struct Endpoints(Vec<(&'static str, String)>);

impl Endpoints {
    fn read(environment: Lookup<'_>) -> Result<Self, InvalidSetting> {
        let mut endpoints = Vec::new();
        for name in ENDPOINTS {
            endpoints.extend(endpoint(environment, name)?.map(|url| (name, url)));
        }
        Ok(Self(endpoints))
    }
}

impl LoadServiceConfig for Endpoints {
    fn load_config(&self, key: ServiceConfigKey<'_>) -> Option<String> {
        let name = format!("{}_{}", key.env(), key.service_id().to_uppercase().replace(' ', "_"));
        self.0.iter().find(|(variable, _)| *variable == name).map(|(_, url)| url.clone())
    }
}

/// All clients share one connector.
fn connector(trusted: TlsContext, connect: Duration) -> SharedHttpConnector {
    let settings = HttpConnectorSettings::builder().connect_timeout(connect).build();
    SharedHttpConnector::new(
        Connector::builder()
            .connector_settings(settings)
            .tls_provider(Provider::Rustls(CryptoMode::Ring))
            .tls_context(trusted)
            .build(),
    )
}

#[cfg(test)]
mod tests {
    use tokio::net::TcpListener;

    use super::*;
    use crate::endpoint::endpoint as endpoint_of;

    #[test]
    fn a_service_has_its_own_endpoint_or_the_common_one() {
        let variables = [
            ("AWS_REGION", "eu-central-1"),
            ("AWS_ENDPOINT_URL", "http://all.test"),
            ("AWS_ENDPOINT_URL_SQS", "http://queue.test"),
        ];
        let lookup =
            |name: &str| variables.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
        let connections = function_connections(&lookup).unwrap();
        let configuration = connections.configuration();
        assert_eq!(endpoint_of(configuration, "SQS").as_deref(), Some("http://queue.test"));
        assert_eq!(endpoint_of(configuration, "DynamoDB").as_deref(), Some("http://all.test"));
        assert_eq!(configuration.region().map(Region::as_ref), Some("eu-central-1"));
    }

    #[test]
    fn an_unusable_switch_or_endpoint_is_named() {
        for (name, value) in [
            ("AWS_USE_FIPS_ENDPOINT", "yes"),
            ("AWS_USE_FIPS_ENDPOINT", "1"),
            ("AWS_USE_DUALSTACK_ENDPOINT", "on"),
            ("AWS_ENDPOINT_URL", "localhost:4566"),
            ("AWS_ENDPOINT_URL_SQS", "sqs.test"),
        ] {
            let lookup = |variable: &str| match variable {
                "AWS_REGION" => Some("eu-central-1".to_owned()),
                other => (other == name).then(|| value.to_owned()),
            };
            assert_eq!(function_connections(&lookup).unwrap_err().name, name);
        }
    }

    #[test]
    fn a_region_is_required() {
        assert_eq!(function_connections(&|_| None).unwrap_err().name, "AWS_REGION");
    }

    #[tokio::test(start_paused = true)]
    async fn a_service_that_accepts_a_connection_and_never_answers_does_not_block_the_start() {
        let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", silent.local_addr().unwrap());
        let variables = [("AWS_REGION", "eu-central-1".to_owned()), ("AWS_ENDPOINT_URL", url)];
        let environment =
            |name: &str| variables.iter().find(|(key, _)| *key == name).map(|(_, value)| value.clone());
        let connections = function_connections(&environment).unwrap();
        let ((), accepted) = tokio::join!(connections.open_to_sqs(), silent.accept());
        assert!(accepted.is_ok());
    }
}
