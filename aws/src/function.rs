//! How a function comes to its clients: by what Lambda itself tells it, and nothing that it would have to look for.
//!
//! The SDK's own way asks files, roles and metadata services that no function has, and builds its TLS once for each
//! client. Both are instructions and memory of every cold start.

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
    authorities::trusted,
    clients::{CONNECT, behavior, function_limits, function_retries},
    connections::Connections,
};

/// Where a service is when it is elsewhere than the others.
const ENDPOINTS: [&str; 3] =
    ["AWS_ENDPOINT_URL_DYNAMODB", "AWS_ENDPOINT_URL_SECRETS_MANAGER", "AWS_ENDPOINT_URL_SQS"];

/// A function's way to AWS: Region, credentials and endpoints as Lambda and AWS's tools name them, under our own time
/// limits.
///
/// # Errors
/// [`InvalidSetting`] when there is no `AWS_REGION`, or `AWS_CA_BUNDLE` names no file of certificates.
pub fn of_function(environment: Lookup<'_>) -> Result<Connections, InvalidSetting> {
    let is_on = |name| switch(environment, name);
    let connector = connector(trusted(environment)?);
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
    Ok(Connections::new(connector, configuration))
}

/// Off where nothing is said. The SDK takes any other word for off, too: it would call another endpoint than was meant.
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

/// What is said of single services.
#[derive(Debug)]
struct Endpoints(Vec<(&'static str, String)>);

impl Endpoints {
    fn read(environment: Lookup<'_>) -> Result<Self, InvalidSetting> {
        let mut said = Vec::new();
        for name in ENDPOINTS {
            said.extend(endpoint(environment, name)?.map(|url| (name, url)));
        }
        Ok(Self(said))
    }
}

impl LoadServiceConfig for Endpoints {
    fn load_config(&self, key: ServiceConfigKey<'_>) -> Option<String> {
        let name = format!("{}_{}", key.env(), key.service_id().to_uppercase().replace(' ', "_"));
        self.0.iter().find(|(said, _)| *said == name).map(|(_, url)| url.clone())
    }
}

/// One connector, for all clients.
fn connector(trusted: TlsContext) -> SharedHttpConnector {
    let settings = HttpConnectorSettings::builder().connect_timeout(CONNECT).build();
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
    use super::*;
    use crate::connections::endpoint as endpoint_of;

    #[test]
    fn each_service_is_where_it_is_said_to_be_or_where_all_are() {
        let variables = [
            ("AWS_REGION", "eu-central-1"),
            ("AWS_ENDPOINT_URL", "http://all.test"),
            ("AWS_ENDPOINT_URL_SQS", "http://queue.test"),
        ];
        let lookup =
            |name: &str| variables.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
        let connections = of_function(&lookup).unwrap();
        let configuration = connections.configuration();
        assert_eq!(endpoint_of(configuration, "SQS").as_deref(), Some("http://queue.test"));
        assert_eq!(endpoint_of(configuration, "DynamoDB").as_deref(), Some("http://all.test"));
        assert_eq!(configuration.region().map(Region::as_ref), Some("eu-central-1"));
    }

    #[test]
    fn a_switch_and_an_endpoint_that_cant_be_used_are_named() {
        for (name, value) in [
            ("AWS_USE_FIPS_ENDPOINT", "yes"),
            ("AWS_USE_FIPS_ENDPOINT", "1"),
            ("AWS_USE_DUALSTACK_ENDPOINT", "on"),
            ("AWS_ENDPOINT_URL", "localhost:4566"),
            ("AWS_ENDPOINT_URL_SQS", "sqs.test"),
        ] {
            let lookup = |asked: &str| match asked {
                "AWS_REGION" => Some("eu-central-1".to_owned()),
                asked => (asked == name).then(|| value.to_owned()),
            };
            assert_eq!(of_function(&lookup).unwrap_err().name, name);
        }
    }

    #[test]
    fn a_region_is_required() {
        assert_eq!(of_function(&|_| None).unwrap_err().name, "AWS_REGION");
    }
}
