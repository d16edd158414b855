//! Tests of invocations against a server on this machine.

use std::{net::SocketAddr, time::Duration};

use aws_smithy_runtime_api::client::{http::HttpConnectorFuture, result::ConnectorError};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

use super::*;
use crate::kept_alive::Trust;

/// The function at an endpoint on this machine, as the processor invokes it.
fn function(endpoint: &str, name: &str) -> LambdaFunction {
    let configuration = SdkConfig::builder()
        .region(Region::new("eu-central-1"))
        .endpoint_url(endpoint)
        .credentials_provider(aws_credential_types::provider::SharedCredentialsProvider::new(
            Credentials::new("AKIDEXAMPLE", "secret", Some("token".to_owned()), None, "test"),
        ))
        .build();
    let connecting = Connecting { trust: Trust::These(Vec::new()), limit: Duration::from_secs(5) };
    LambdaFunction::new(&configuration, connecting, name.parse().unwrap())
}

/// Accepts connections, reads each request and answers with `answer`; then closes. Returns the requests.
async fn serve(listener: TcpListener, answer: &str) -> Vec<u8> {
    let (mut connection, _) = listener.accept().await.unwrap();
    let mut request = vec![0; 4096];
    let read = connection.read(&mut request).await.unwrap();
    connection.write_all(answer.as_bytes()).await.unwrap();
    request.truncate(read);
    request
}

async fn listener() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    (listener, url)
}

#[tokio::test]
async fn the_request_names_the_function_and_its_qualifier_and_is_signed() {
    let arn = "arn:aws:lambda:eu-west-1:123456789012:function:orders:live";
    let (listener, url) = listener().await;
    let answer = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\nX-Amz-Executed-Version: 17\r\n\r\n{}";
    let function = function(&url, arn);
    let (invoked, request) = tokio::join!(function.invoke(b"{\"a\":1}".to_vec()), serve(listener, answer));
    let request = String::from_utf8(request).unwrap().to_lowercase();
    let path =
        "/2015-03-31/functions/arn%3aaws%3alambda%3aeu-west-1%3a123456789012%3afunction%3aorders/invocations";
    assert!(request.starts_with(&format!("post {path}?qualifier=live http/1.1\r\n")), "{request}");
    for part in [
        "x-amz-invocation-type: requestresponse",
        "/eu-west-1/lambda/aws4_request",
        "x-amz-security-token: token",
    ] {
        assert!(request.contains(part), "{part}: {request}");
    }
    assert!(request.ends_with("\r\n\r\n{\"a\":1}"), "{request}");
    let expected = Invoked { has_failed: false, output: b"{}".to_vec(), version: Some("17".to_owned()) };
    assert_eq!(invoked.unwrap(), expected);
}

#[tokio::test]
async fn a_refused_connection_says_that_nothing_was_sent() {
    let (listener, url) = listener().await;
    drop(listener);
    let failed = function(&url, "orders").invoke(Vec::new()).await.unwrap_err();
    assert!(matches!(failed, InvokeError::NotSent(_)), "{failed:?}");
}

#[tokio::test]
async fn a_host_without_an_address_says_that_nothing_was_sent() {
    let failed = function("http://no-such-host.invalid", "orders").invoke(Vec::new()).await.unwrap_err();
    assert!(matches!(failed, InvokeError::NotSent(_)), "{failed:?}");
}

#[tokio::test]
async fn a_connection_that_breaks_after_the_request_says_that_the_function_may_have_run() {
    for answer in ["", "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{}"] {
        let (listener, url) = listener().await;
        let function = function(&url, "orders");
        let (failed, request) = tokio::join!(function.invoke(b"{}".to_vec()), serve(listener, answer));
        assert!(!request.is_empty());
        assert!(matches!(failed, Err(InvokeError::Broken(_))), "{failed:?}");
    }
}

/// Counts the requests, and answers each with an error.
#[derive(Debug, Clone, Default)]
struct Failing(std::sync::Arc<std::sync::atomic::AtomicU32>);

impl HttpConnector for Failing {
    fn call(&self, _request: HttpRequest) -> HttpConnectorFuture {
        self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        HttpConnectorFuture::ready(Err(ConnectorError::timeout("too slow".into())))
    }
}

#[tokio::test]
async fn an_invocation_is_never_repeated() {
    let counted = Failing::default();
    let mut function = function("http://127.0.0.1:9", "orders");
    function.connector = OnceCell::new_with(Some(SharedHttpConnector::new(counted.clone())));
    assert!(matches!(function.invoke(Vec::new()).await, Err(InvokeError::Broken(_))));
    assert_eq!(counted.0.load(std::sync::atomic::Ordering::Relaxed), 1);
}

/// The seconds until the kernel probes a connection from `local`, on which nothing waits to be acknowledged. The kernel counts
/// them in hundredths: <https://docs.kernel.org/networking/proc_net_tcp.html>.
#[cfg(target_os = "linux")]
async fn seconds_until_a_probe(local: SocketAddr) -> u64 {
    const KEEP_ALIVE: &str = "02";
    let address = format!("0100007F:{:04X}", local.port());
    loop {
        let sockets = std::fs::read_to_string("/proc/self/net/tcp").unwrap();
        let mut rows = sockets.lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
        let socket = rows.find(|row| row[1] == address).expect("the connection is open");
        let (timer, hundredths) = socket[5].split_once(':').unwrap();
        if timer == KEEP_ALIVE {
            return u64::from_str_radix(hundredths, 16).unwrap() / 100;
        }
        tokio::task::yield_now().await;
    }
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn the_connection_is_kept_alive_while_the_function_runs() {
    let (listener, url) = listener().await;
    let function = function(&url, "orders");
    let observing = async {
        let (mut connection, client) = listener.accept().await.unwrap();
        assert!(connection.read(&mut [0; 4096]).await.unwrap() > 0);
        let within = tokio::time::timeout(Duration::from_secs(60), seconds_until_a_probe(client));
        let seconds = within.await.expect("the kernel sends no probes");
        connection.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}").await.unwrap();
        seconds
    };
    let (invoked, seconds) = tokio::join!(function.invoke(b"{}".to_vec()), observing);
    assert!(!invoked.unwrap().has_failed);
    assert!(seconds <= 60, "the first probe comes after {seconds} s");
}
