//! Connections that are there before the first call needs them.
//!
//! A function's init has a whole processor, its first invocation only the share of its memory. What name, endpoint
//! and TLS cost the first time belongs in the init. The SDK has no call that is only a connection, so this goes beside
//! it, to where its calls will go, over the connector whose connections they will take.

use std::{error::Error, time::Duration};

use aws_config::{Region, SdkConfig};
use aws_sdk_dynamodb::{config::endpoint as dynamodb, config::endpoint::ResolveEndpoint as _};
use aws_sdk_sqs::{config::endpoint as sqs, config::endpoint::ResolveEndpoint as _};
use aws_smithy_runtime_api::client::{
    http::{HttpConnector, SharedHttpConnector},
    orchestrator::HttpRequest,
};
use aws_smithy_types::byte_stream::ByteStream;
use aws_types::service_config::ServiceConfigKey;
use tokio::time::timeout;

/// How long opening one may take: an init has ten seconds.
const OPEN: Duration = Duration::from_secs(2);

type AnyError = Box<dyn Error + Send + Sync>;

/// Opens connections. One that can't be opened is opened by the first call, and a failure is that one's to tell.
#[derive(Debug, Clone)]
pub struct Connections {
    connector: SharedHttpConnector,
    configuration: SdkConfig,
}

impl Connections {
    pub(crate) fn new(connector: SharedHttpConnector, configuration: SdkConfig) -> Self {
        Self { connector, configuration }
    }

    /// What clients are made of that take these connections.
    pub fn configuration(&self) -> &SdkConfig {
        &self.configuration
    }

    /// Opens one to where the records are.
    pub async fn open_to_dynamodb(&self) {
        let _ = self.ask_dynamodb().await;
    }

    /// Opens one to where the line is.
    pub async fn open_to_sqs(&self) {
        let _ = self.ask_sqs().await;
    }

    async fn ask_dynamodb(&self) -> Result<(), AnyError> {
        let place = dynamodb::Params::builder()
            .set_region(self.region())
            .set_use_fips(self.configuration.use_fips())
            .set_use_dual_stack(self.configuration.use_dual_stack())
            .set_endpoint(endpoint(&self.configuration, "DynamoDB"))
            .build()?;
        let endpoint = dynamodb::DefaultResolver::new().resolve_endpoint(&place).await?;
        self.ask_nothing(endpoint.url()).await
    }

    async fn ask_sqs(&self) -> Result<(), AnyError> {
        let place = sqs::Params::builder()
            .set_region(self.region())
            .set_use_fips(self.configuration.use_fips())
            .set_use_dual_stack(self.configuration.use_dual_stack())
            .set_endpoint(endpoint(&self.configuration, "SQS"))
            .build()?;
        let endpoint = sqs::DefaultResolver::new().resolve_endpoint(&place).await?;
        self.ask_nothing(endpoint.url()).await
    }

    fn region(&self) -> Option<String> {
        self.configuration.region().map(Region::to_string)
    }

    /// `GET /`, to which DynamoDB says that it is healthy, and any other service something else. It is not signed, needs
    /// no permission and changes nothing, and whatever is answered the connection stands, once all of it is read.
    async fn ask_nothing(&self, url: &str) -> Result<(), AnyError> {
        let nothing = HttpRequest::get(url)?;
        timeout(OPEN, async {
            let answer = self.connector.call(nothing).await?;
            ByteStream::new(answer.into_body()).collect().await?;
            Ok(())
        })
        .await?
    }
}

/// Where a service is said to be, if it is.
pub(crate) fn endpoint(configuration: &SdkConfig, service_id: &str) -> Option<String> {
    let key = ServiceConfigKey::builder()
        .service_id(service_id)
        .env("AWS_ENDPOINT_URL")
        .profile("endpoint_url")
        .build()
        .ok()?;
    let of_service = configuration.service_config().and_then(|services| services.load_config(key));
    of_service.or_else(|| configuration.endpoint_url().map(str::to_owned))
}

#[cfg(test)]
mod tests {
    use tokio::net::TcpListener;

    use crate::of_function;

    #[tokio::test(start_paused = true)]
    async fn a_service_that_takes_a_connection_and_says_nothing_holds_nobody_up() {
        let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", silent.local_addr().unwrap());
        let said = [("AWS_REGION", "eu-central-1".to_owned()), ("AWS_ENDPOINT_URL", url)];
        let environment =
            |name: &str| said.iter().find(|(key, _)| *key == name).map(|(_, value)| value.clone());
        let connections = of_function(&environment).unwrap();
        let ((), taken) = tokio::join!(connections.open_to_sqs(), silent.accept());
        assert!(taken.is_ok());
    }
}
