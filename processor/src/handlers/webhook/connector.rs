//! connect: a connection to the receiver, through a proxy where one stands between, secured where its URL says so.

use std::{
    error::Error,
    future::{Ready, ready},
    io,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use hyper::Uri;
use hyper_util::{
    client::legacy::connect::{HttpConnector, dns::GaiResolver, proxy::Tunnel},
    rt::TokioIo,
};
use rustls::{
    ClientConfig,
    crypto::{CryptoProvider, ring},
    pki_types::{InvalidDnsNameError, ServerName},
};
use rustls_platform_verifier::BuilderVerifierExt;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    time::{Instant, timeout_at},
};
use tokio_rustls::TlsConnector;
use tower::{Service, ServiceExt, util::MapErr};
use url::{Host, Url};

use super::{
    InvalidWebhook,
    proxy::Proxy,
    unanswered::{NoAddress, Unanswered},
};

/// A host that takes longer to shake hands is as good as down; the rest of the time-out is for its answer.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// A connection as far as HTTP goes.
pub trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}

impl<T: AsyncRead + AsyncWrite + Unpin + Send> Stream for T {}

type Tcp = HttpConnector<MapErr<GaiResolver, fn(io::Error) -> NoAddress>>;

/// Connects to one receiver.
pub struct Connector {
    tcp: Tcp,
    receiver: Uri,
    /// Where the receiver speaks TLS: whom its certificate must name.
    receiver_name: Option<ServerName<'static>>,
    proxy: Option<Proxy>,
    /// Absent where nothing speaks TLS.
    tls: Option<Arc<ClientConfig>>,
}

impl Connector {
    pub fn new(url: &Url, proxy: Option<Proxy>) -> Result<Self, InvalidWebhook> {
        let receiver = url.as_str().parse().map_err(|_| InvalidWebhook::Url)?;
        let is_https = url.scheme() == "https";
        let receiver_name = is_https.then(|| server_name(url)).transpose();
        let receiver_name = receiver_name.map_err(|_| InvalidWebhook::Url)?;
        let is_proxy_https = proxy.as_ref().is_some_and(|proxy| proxy.uri().scheme_str() == Some("https"));
        let tls = (is_https || is_proxy_https).then(tls).transpose().map_err(InvalidWebhook::Tls)?;
        let resolver: MapErr<_, fn(io::Error) -> NoAddress> = GaiResolver::new().map_err(NoAddress);
        let mut tcp = HttpConnector::new_with_resolver(resolver);
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        Ok(Self { tcp, receiver, receiver_name, proxy, tls })
    }

    /// The proxy that is sent the whole request, and not only a request to connect.
    pub fn forwarder(&self) -> Option<&Proxy> {
        self.proxy.as_ref().filter(|_| self.receiver_name.is_none())
    }

    pub async fn connect(&self) -> Result<Box<dyn Stream>, Unanswered> {
        let late = Instant::now() + CONNECT_TIMEOUT;
        let stream = match &self.proxy {
            None => {
                let reaching = timeout_at(late, self.reach(&self.receiver)).await;
                reaching.map_err(|_| Unanswered::ConnectTimedOut)?.map_err(Unanswered::to_connect)?
            }
            Some(proxy) => {
                let reaching = timeout_at(late, self.reach_by(proxy)).await;
                reaching.map_err(|late| Unanswered::Proxy(late.into()))?.map_err(Unanswered::Proxy)?
            }
        };
        let Some(name) = &self.receiver_name else { return Ok(stream) };
        let securing = timeout_at(late, self.secure(name.clone(), stream)).await;
        securing.map_err(|late| Unanswered::Tls(late.into()))?.map_err(Unanswered::on_connection)
    }

    async fn reach(&self, to: &Uri) -> Result<Box<dyn Stream>, Box<dyn Error + Send + Sync>> {
        let stream = self.tcp.clone().oneshot(to.clone()).await?;
        Ok(Box::new(stream.into_inner()))
    }

    async fn reach_by(&self, proxy: &Proxy) -> Result<Box<dyn Stream>, Box<dyn Error + Send + Sync>> {
        let mut stream = self.reach(proxy.uri()).await?;
        if proxy.uri().scheme_str() == Some("https") {
            let host = proxy.uri().host().unwrap_or_default().trim_matches(['[', ']']);
            stream = self.secure(ServerName::try_from(host.to_owned())?, stream).await?;
        }
        if self.receiver_name.is_none() {
            return Ok(stream);
        }
        let mut tunnel = Tunnel::new(proxy.uri().clone(), Reached(Some(stream)));
        if let Some(authorization) = proxy.authorization() {
            tunnel = tunnel.with_auth(authorization);
        }
        Ok(tunnel.oneshot(self.receiver.clone()).await?.into_inner())
    }

    async fn secure(
        &self,
        name: ServerName<'static>,
        stream: Box<dyn Stream>,
    ) -> io::Result<Box<dyn Stream>> {
        let Some(tls) = &self.tls else { return Err(io::ErrorKind::Unsupported.into()) };
        Ok(Box::new(TlsConnector::from(Arc::clone(tls)).connect(name, stream).await?))
    }
}

/// The connection to a proxy, for what makes a tunnel of it.
struct Reached(Option<Box<dyn Stream>>);

impl Service<Uri> for Reached {
    type Response = TokioIo<Box<dyn Stream>>;
    type Error = io::Error;
    type Future = Ready<io::Result<Self::Response>>;

    fn poll_ready(&mut self, _context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _proxy: Uri) -> Self::Future {
        let stream = self.0.take().map(TokioIo::new);
        ready(stream.ok_or_else(|| io::ErrorKind::NotConnected.into()))
    }
}

fn server_name(url: &Url) -> Result<ServerName<'static>, InvalidDnsNameError> {
    match url.host() {
        Some(Host::Ipv4(address)) => Ok(std::net::IpAddr::V4(address).into()),
        Some(Host::Ipv6(address)) => Ok(std::net::IpAddr::V6(address).into()),
        Some(Host::Domain(name)) => ServerName::try_from(name.to_owned()),
        None => Err(InvalidDnsNameError),
    }
}

/// Trusts the authorities that the system does.
fn tls() -> Result<Arc<ClientConfig>, rustls::Error> {
    if CryptoProvider::get_default().is_none() {
        // It fails only where another thread was faster, and then there is a provider too.
        let _ = ring::default_provider().install_default();
    }
    let mut config = ClientConfig::builder().with_platform_verifier()?.with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}
