//! Connects to the receiver: directly or through a proxy, with TLS if the URL is https.

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

use crate::{
    no_answer::{NoAnswer, ResolutionError},
    proxy::Proxy,
    receiver::InvalidReceiver,
};

/// For TCP, the proxy and TLS together. The rest of the request's timeout is for the answer.
const CONNECT_TIMEOUT_MAX: Duration = Duration::from_secs(5);

/// A byte stream for HTTP: TCP, or TLS over it.
pub trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}

impl<T: AsyncRead + AsyncWrite + Unpin + Send> Stream for T {}

type Tcp = HttpConnector<MapErr<GaiResolver, fn(io::Error) -> ResolutionError>>;

/// Connects to one receiver.
pub struct Connector {
    tcp: Tcp,
    receiver: Uri,
    /// The name that the receiver's certificate must have. None if the URL is http.
    receiver_name: Option<ServerName<'static>>,
    proxy: Option<Proxy>,
    /// None if neither the receiver nor the proxy uses TLS.
    tls: Option<Arc<ClientConfig>>,
    timeout: Duration,
}

impl Connector {
    /// A connector for requests with this timeout. At most half of it is for the connection, so that a receiver that can't be
    /// connected to is distinguished from one that does not answer.
    pub fn new(url: &Url, proxy: Option<Proxy>, request_timeout: Duration) -> Result<Self, InvalidReceiver> {
        let receiver = url.as_str().parse().map_err(|_| InvalidReceiver::Url)?;
        let is_https = url.scheme() == "https";
        let receiver_name = is_https.then(|| server_name(url)).transpose();
        let receiver_name = receiver_name.map_err(|_| InvalidReceiver::Url)?;
        let is_proxy_https = proxy.as_ref().is_some_and(|proxy| proxy.uri().scheme_str() == Some("https"));
        let tls = (is_https || is_proxy_https).then(tls).transpose().map_err(InvalidReceiver::Tls)?;
        let resolver: MapErr<_, fn(io::Error) -> ResolutionError> =
            GaiResolver::new().map_err(ResolutionError);
        let mut tcp = HttpConnector::new_with_resolver(resolver);
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        let timeout = CONNECT_TIMEOUT_MAX.min(request_timeout / 2);
        Ok(Self { tcp, receiver, receiver_name, proxy, tls, timeout })
    }

    /// The proxy, if it gets the request itself and not only CONNECT.
    pub fn forwarding_proxy(&self) -> Option<&Proxy> {
        self.proxy.as_ref().filter(|_| self.receiver_name.is_none())
    }

    pub async fn connect(&self) -> Result<Box<dyn Stream>, NoAnswer> {
        let deadline = Instant::now() + self.timeout;
        let stream = match &self.proxy {
            None => {
                let connecting = timeout_at(deadline, self.connect_tcp(&self.receiver)).await;
                connecting.map_err(|_| NoAnswer::ConnectTimedOut)?.map_err(NoAnswer::connecting)?
            }
            Some(proxy) => {
                let connecting = timeout_at(deadline, self.connect_through(proxy)).await;
                connecting.map_err(|elapsed| NoAnswer::Proxy(elapsed.into()))?.map_err(NoAnswer::Proxy)?
            }
        };
        let Some(name) = &self.receiver_name else { return Ok(stream) };
        let handshake = timeout_at(deadline, self.start_tls(name.clone(), stream)).await;
        handshake.map_err(|elapsed| NoAnswer::Tls(elapsed.into()))?.map_err(NoAnswer::in_handshake)
    }

    async fn connect_tcp(&self, to: &Uri) -> Result<Box<dyn Stream>, Box<dyn Error + Send + Sync>> {
        let stream = self.tcp.clone().oneshot(to.clone()).await?;
        Ok(Box::new(stream.into_inner()))
    }

    async fn connect_through(&self, proxy: &Proxy) -> Result<Box<dyn Stream>, Box<dyn Error + Send + Sync>> {
        let mut stream = self.connect_tcp(proxy.uri()).await?;
        if proxy.uri().scheme_str() == Some("https") {
            let host = proxy.uri().host().unwrap_or_default().trim_matches(['[', ']']);
            stream = self.start_tls(ServerName::try_from(host.to_owned())?, stream).await?;
        }
        if self.receiver_name.is_none() {
            return Ok(stream);
        }
        let mut tunnel = Tunnel::new(proxy.uri().clone(), ConnectedProxy(Some(stream)));
        if let Some(authorization) = proxy.authorization() {
            tunnel = tunnel.with_auth(authorization);
        }
        Ok(tunnel.oneshot(self.receiver.clone()).await?.into_inner())
    }

    async fn start_tls(
        &self,
        name: ServerName<'static>,
        stream: Box<dyn Stream>,
    ) -> io::Result<Box<dyn Stream>> {
        let Some(tls) = &self.tls else { return Err(io::ErrorKind::Unsupported.into()) };
        Ok(Box::new(TlsConnector::from(Arc::clone(tls)).connect(name, stream).await?))
    }
}

/// An open connection to a proxy, as the connector that [`Tunnel`] asks for.
struct ConnectedProxy(Option<Box<dyn Stream>>);

impl Service<Uri> for ConnectedProxy {
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

/// Trusts the system's certificate authorities.
fn tls() -> Result<Arc<ClientConfig>, rustls::Error> {
    if CryptoProvider::get_default().is_none() {
        // This fails only if another thread has just installed a provider, which is as good.
        let _ = ring::default_provider().install_default();
    }
    let mut config = ClientConfig::builder().with_platform_verifier()?.with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}
