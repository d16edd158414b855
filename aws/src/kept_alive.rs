//! HTTP over TCP connections that are kept alive while nothing is sent on them: an invocation is such a time, as long as the
//! function runs. NAT gateways, VPC endpoints and home routers forget a connection on which nothing is sent for some
//! minutes; the answer then never arrives, although the function has run.
//!
//! The SDK's connector can't do this.

use std::{
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use aws_smithy_runtime_api::client::{
    http::{HttpConnector, HttpConnectorFuture, SharedHttpConnector},
    orchestrator::{HttpRequest, HttpResponse},
    result::ConnectorError,
};
use aws_smithy_types::body::SdkBody;
use hyper::Uri;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector as TcpConnector},
    rt::{TokioExecutor, TokioTimer},
};
use rustls::{ClientConfig, crypto::ring};
use tokio::time::timeout;
use tower::Service;

use crate::authorities::roots;

/// When the first probe of an idle connection is sent, and the time between two: a NAT gateway and a VPC endpoint close a
/// connection after 350 s, <https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateway-troubleshooting.html>. If four
/// probes in a row are lost, the connection is given up.
const IDLE: Duration = Duration::from_secs(60);
const INTERVAL: Duration = Duration::from_secs(15);
const PROBES: u32 = 4;

type AnyError = Box<dyn std::error::Error + Send + Sync>;

/// The authorities to trust.
#[derive(Debug)]
pub(crate) enum Trust {
    /// Those in PEM.
    These(Vec<u8>),
    /// Those of the system.
    #[cfg(feature = "operator")]
    TheSystems,
}

/// How to connect.
#[derive(Debug)]
pub(crate) struct Connecting {
    pub trust: Trust,
    /// How long it may take.
    pub limit: Duration,
}

/// A connector, with TLS for https.
///
/// # Errors
/// An error if TLS can't be set up.
pub(crate) fn connector(connecting: &Connecting) -> Result<SharedHttpConnector, AnyError> {
    let provider = ring::default_provider();
    let tls = match &connecting.trust {
        Trust::These(authorities) => HttpsConnectorBuilder::new().with_tls_config(
            ClientConfig::builder_with_provider(provider.into())
                .with_safe_default_protocol_versions()?
                .with_root_certificates(roots(authorities))
                .with_no_client_auth(),
        ),
        #[cfg(feature = "operator")]
        Trust::TheSystems => HttpsConnectorBuilder::new().with_provider_and_native_roots(provider)?,
    };
    let mut tcp = TcpConnector::new();
    tcp.enforce_http(false);
    tcp.set_nodelay(true);
    tcp.set_keepalive(Some(IDLE));
    tcp.set_keepalive_interval(Some(INTERVAL));
    tcp.set_keepalive_retries(Some(PROBES));
    let tls = tls.https_or_http().enable_http1().wrap_connector(tcp);
    let client = Client::builder(TokioExecutor::new())
        .pool_timer(TokioTimer::new())
        .build(InTime { connector: tls, limit: connecting.limit });
    Ok(SharedHttpConnector::new(KeptAlive(client)))
}

#[derive(Debug)]
struct KeptAlive(Client<InTime, SdkBody>);

impl HttpConnector for KeptAlive {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let client = self.0.clone();
        HttpConnectorFuture::new(async move {
            let request = request.try_into_http1x().map_err(|error| ConnectorError::user(error.into()))?;
            let answer = client.request(request).await.map_err(|error| ConnectorError::io(error.into()))?;
            let answer = HttpResponse::try_from(answer.map(SdkBody::from_body_1_x));
            answer.map_err(|error| ConnectorError::other(error.into(), None))
        })
    }
}

/// Connects within a limit: TCP and TLS together.
#[derive(Debug, Clone)]
struct InTime {
    connector: HttpsConnector<TcpConnector>,
    limit: Duration,
}

type Connection = <HttpsConnector<TcpConnector> as Service<Uri>>::Response;

impl Service<Uri> for InTime {
    type Response = Connection;
    type Error = AnyError;
    type Future = Pin<Box<dyn Future<Output = Result<Connection, AnyError>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), AnyError>> {
        self.connector.poll_ready(context)
    }

    fn call(&mut self, to: Uri) -> Self::Future {
        let connecting = timeout(self.limit, self.connector.call(to));
        Box::pin(async { connecting.await? })
    }
}
