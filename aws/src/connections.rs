//! Opens connections before the first call needs them.
//!
//! During its init phase, a function has a full processor; during its first invocation, only the share that its memory
//! size buys. So the init phase pays for the first name resolution, endpoint lookup and TLS handshake. The SDK can't
//! only open a connection, so this module sends a request to the same endpoint over the connector that the SDK's
//! clients use.

use std::{error::Error, time::Duration};

use aws_config::{Region, SdkConfig};
use aws_sdk_dynamodb::{config::endpoint as dynamodb, config::endpoint::ResolveEndpoint as _};
use aws_sdk_sqs::{config::endpoint as sqs, config::endpoint::ResolveEndpoint as _};
use aws_smithy_runtime_api::client::{
    http::{HttpConnector, SharedHttpConnector},
    orchestrator::HttpRequest,
};
use aws_smithy_types::byte_stream::ByteStream;
use tokio::time::timeout;

use crate::endpoint::endpoint;
#[cfg(feature = "invoke")]
use crate::{
    configuration::CONNECT,
    kept_alive::{Connecting, Trust},
};

/// How long opening a connection may take. The init phase has ten seconds.
const OPEN: Duration = Duration::from_secs(2);

type AnyError = Box<dyn Error + Send + Sync>;

/// Opens connections. If one can't be opened, the first call tries again and reports the error.
#[derive(Debug, Clone)]
pub struct Connections {
    connector: SharedHttpConnector,
    configuration: SdkConfig,
    /// In PEM.
    #[cfg_attr(
        not(feature = "invoke"),
        expect(dead_code, reason = "only the connection to Lambda is not the SDK's")
    )]
    authorities: Vec<u8>,
}

impl Connections {
    pub(crate) fn new(
        connector: SharedHttpConnector,
        configuration: SdkConfig,
        authorities: Vec<u8>,
    ) -> Self {
        Self { connector, configuration, authorities }
    }

    /// The configuration of clients that use these connections.
    pub fn configuration(&self) -> &SdkConfig {
        &self.configuration
    }

    /// A function of the user's.
    #[cfg(feature = "invoke")]
    pub fn handler_function(&self, name: shared::FunctionName) -> crate::LambdaFunction {
        let connecting = Connecting { trust: Trust::These(self.authorities.clone()), limit: CONNECT };
        crate::LambdaFunction::new(&self.configuration, connecting, name)
    }

    pub async fn open_to_dynamodb(&self) {
        let _ = self.send_to_dynamodb().await;
    }

    pub async fn open_to_sqs(&self) {
        let _ = self.send_to_sqs().await;
    }

    async fn send_to_dynamodb(&self) -> Result<(), AnyError> {
        let parameters = dynamodb::Params::builder()
            .set_region(self.region())
            .set_use_fips(self.configuration.use_fips())
            .set_use_dual_stack(self.configuration.use_dual_stack())
            .set_endpoint(endpoint(&self.configuration, "DynamoDB"))
            .build()?;
        let endpoint = dynamodb::DefaultResolver::new().resolve_endpoint(&parameters).await?;
        self.get_root(endpoint.url()).await
    }

    async fn send_to_sqs(&self) -> Result<(), AnyError> {
        let parameters = sqs::Params::builder()
            .set_region(self.region())
            .set_use_fips(self.configuration.use_fips())
            .set_use_dual_stack(self.configuration.use_dual_stack())
            .set_endpoint(endpoint(&self.configuration, "SQS"))
            .build()?;
        let endpoint = sqs::DefaultResolver::new().resolve_endpoint(&parameters).await?;
        self.get_root(endpoint.url()).await
    }

    fn region(&self) -> Option<String> {
        self.configuration.region().map(Region::to_string)
    }

    /// `GET /`. DynamoDB answers that it is healthy, other services with an error. The request is not signed, needs no
    /// permission and changes nothing. Whatever the answer is, the connection can be reused once the answer is read.
    async fn get_root(&self, url: &str) -> Result<(), AnyError> {
        let request = HttpRequest::get(url)?;
        timeout(OPEN, async {
            let answer = self.connector.call(request).await?;
            ByteStream::new(answer.into_body()).collect().await?;
            Ok(())
        })
        .await?
    }
}
