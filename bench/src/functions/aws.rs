//! A stand-in for SQS and DynamoDB over TLS that accepts every call, at once or after a fixed time.

use std::{fs, future::pending, net::SocketAddr, sync::Arc, time::Duration};

use anyhow::{Context, Result};
use axum::serve::Listener;
use harness::{StandIn, succeeds};
use md5::{Digest, Md5};
use rustls::{
    CipherSuite, ServerConfig,
    crypto::{CryptoProvider, ring},
};
use serde_json::Value;
use tempfile::NamedTempFile;
use tokio::{
    net::{TcpListener, TcpStream},
    sync::mpsc,
};
use tokio_rustls::{TlsAcceptor, server::TlsStream};

use super::certificates::Certificates;

/// The authorities that this machine trusts.
const SYSTEM_ROOTS: &str = "/etc/ssl/certs/ca-certificates.crt";

/// The stand-in, and the authority that a client must trust.
pub struct Aws {
    stand_in: StandIn,
    authority: NamedTempFile,
    all_authorities: NamedTempFile,
}

impl Aws {
    /// Starts the stand-in; every response takes at least `latency`.
    pub async fn start(latency: Duration) -> Result<Self> {
        let Certificates { certificate, key, authority } = Certificates::of("localhost")?;
        let file = NamedTempFile::new()?;
        fs::write(file.path(), &authority)?;
        let mut config = ServerConfig::builder_with_provider(Arc::new(preferring_aes_128()))
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(vec![certificate], key)?;
        config.ignore_client_order = true;
        // Both services are one host here. With a ticket, a connection to one service could resume a session with the other.
        config.send_tls13_tickets = 0;
        let tcp = TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("https://localhost:{}", tcp.local_addr()?.port());
        let listener = TlsListener::new(tcp, TlsAcceptor::from(Arc::new(config)))?;
        let stand_in = StandIn::on(listener, url, latency, agrees_with_checksum);
        Ok(Self { stand_in, authority: file, all_authorities: NamedTempFile::new()? })
    }

    pub fn url(&self) -> &str {
        self.stand_in.url()
    }

    /// A file with its authority.
    pub fn authority(&self) -> Result<&str> {
        text(&self.authority)
    }

    /// A file with its authority and those that this machine trusts.
    pub fn all_authorities(&self) -> Result<&str> {
        let system =
            fs::read_to_string(SYSTEM_ROOTS).with_context(|| format!("failed to read {SYSTEM_ROOTS}"))?;
        fs::write(self.all_authorities.path(), fs::read_to_string(self.authority.path())? + "\n" + &system)?;
        text(&self.all_authorities)
    }

    /// How many calls it has answered.
    pub fn calls(&self) -> usize {
        self.stand_in.operations().len()
    }

    /// The body of the last message sent.
    pub fn last_message(&self) -> Result<String> {
        let sent = self.stand_in.asked("SendMessage");
        let body = sent.last().and_then(|message| message["MessageBody"].as_str());
        Ok(body.context("no message was sent")?.to_owned())
    }
}

/// The AWS SDK for JavaScript compares the checksum in the response with what it sent.
fn agrees_with_checksum(operation: &str, asked: &Value) -> (u16, Value) {
    let (status, mut answer) = succeeds(operation, asked);
    if let Some(body) = asked["MessageBody"].as_str() {
        let digest = Md5::digest(body);
        answer["MD5OfMessageBody"] =
            digest.iter().map(|byte| format!("{byte:02x}")).collect::<String>().into();
    }
    (status, answer)
}

/// The preference of AWS's TLS server, s2n: <https://github.com/aws/s2n-tls/blob/main/docs/usage-guide/topics/ch06-security-policies.md>.
fn preferring_aes_128() -> CryptoProvider {
    let mut provider = ring::default_provider();
    provider.cipher_suites.sort_by_key(|suite| suite.suite() != CipherSuite::TLS13_AES_128_GCM_SHA256);
    provider
}

fn text(file: &NamedTempFile) -> Result<&str> {
    file.path().to_str().context("the path of the temporary directory is not UTF-8")
}

/// Makes several handshakes at once, as separate hosts would.
struct TlsListener {
    address: SocketAddr,
    ready: mpsc::UnboundedReceiver<(TlsStream<TcpStream>, SocketAddr)>,
}

impl TlsListener {
    fn new(tcp: TcpListener, tls: TlsAcceptor) -> Result<Self> {
        let (sender, ready) = mpsc::unbounded_channel();
        let address = tcp.local_addr()?;
        tokio::spawn(async move {
            while !sender.is_closed() {
                let Ok((stream, address)) = tcp.accept().await else { continue };
                let (tls, sender) = (tls.clone(), sender.clone());
                tokio::spawn(async move {
                    if stream.set_nodelay(true).is_ok()
                        && let Ok(stream) = tls.accept(stream).await
                    {
                        let _ = sender.send((stream, address));
                    }
                });
            }
        });
        Ok(Self { address, ready })
    }
}

impl Listener for TlsListener {
    type Io = TlsStream<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        match self.ready.recv().await {
            Some(accepted) => accepted,
            None => pending().await,
        }
    }

    fn local_addr(&self) -> std::io::Result<Self::Addr> {
        Ok(self.address)
    }
}
