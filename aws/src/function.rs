//! How a function comes to its clients: by what Lambda itself tells it, and nothing that it would have to look for.
//!
//! The SDK's own way asks files, roles and metadata services that no function has, and builds its TLS once for each
//! client. Both are instructions and memory of every cold start.

use std::time::Duration;

use aws_config::{Region, SdkConfig, environment::EnvironmentVariableCredentialsProvider};
use aws_sdk_sqs::config::{SharedCredentialsProvider, SharedHttpClient};
use aws_smithy_http_client::{
    Connector,
    tls::{Provider, TlsContext, rustls_provider::CryptoMode},
};
use aws_smithy_runtime_api::client::http::{HttpConnectorSettings, SharedHttpConnector, http_client_fn};
use shared::setting::{InvalidSetting, Lookup, required};

use crate::{
    authorities::trusted,
    clients::{CONNECT, behavior, retries, time_limits},
};

/// A function's configuration: Region, credentials and endpoint as Lambda and AWS's tools name them, under our own time limits.
///
/// # Errors
/// [`InvalidSetting`] when there is no `AWS_REGION`, or `AWS_CA_BUNDLE` names no file of certificates.
pub fn of_function(environment: Lookup<'_>) -> Result<SdkConfig, InvalidSetting> {
    let is_on = |name| environment(name).is_some_and(|value| value.eq_ignore_ascii_case("true"));
    let mut configuration = SdkConfig::builder()
        .behavior_version(behavior())
        .region(Region::new(required(environment, "AWS_REGION")?))
        .credentials_provider(SharedCredentialsProvider::new(EnvironmentVariableCredentialsProvider::new()))
        .http_client(http_client(trusted(environment)?))
        .timeout_config(time_limits(Duration::ZERO))
        .retry_config(retries())
        .use_fips(is_on("AWS_USE_FIPS_ENDPOINT"))
        .use_dual_stack(is_on("AWS_USE_DUALSTACK_ENDPOINT"));
    configuration.set_endpoint_url(environment("AWS_ENDPOINT_URL"));
    Ok(configuration.build())
}

/// One connector, for all clients.
fn http_client(trusted: TlsContext) -> SharedHttpClient {
    let settings = HttpConnectorSettings::builder().connect_timeout(CONNECT).build();
    let connector = Connector::builder()
        .connector_settings(settings)
        .tls_provider(Provider::Rustls(CryptoMode::Ring))
        .tls_context(trusted)
        .build();
    let connector = SharedHttpConnector::new(connector);
    http_client_fn(move |_, _| connector.clone())
}
