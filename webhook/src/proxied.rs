//! Requests through a proxy, and proxies that fail.

use tokio::net::TcpListener;

use crate::{client::Client, fixture::*, proxies::Proxies};

fn client_through(proxy: &str, url: &str) -> Client {
    let proxies = Proxies::read(&|name| (name == "ALL_PROXY").then(|| proxy.to_owned())).unwrap();
    Client::new(url, secret(), AMPLE, &proxies).unwrap()
}

#[tokio::test]
async fn a_proxy_that_repeats_its_password_is_redacted() {
    let answer = "HTTP/1.1 407 No\r\nContent-Length: 59\r\n\r\nBasic YW5uOmh1bnRlcjI= is not known: no hunter2 here at all";
    let receiver = RawReceiver::that_sends(answer, AfterAnswer::StayOpen).await;
    let proxy = format!("http://ann:hunter2@{}", receiver.address);
    let posted = post(&client_through(&proxy, "http://hooks.example/")).await;
    assert_eq!(posted.code(), "unavailable http_407");
    let explanation = posted.explanation.unwrap();
    assert_eq!(explanation, "Basic (redacted) is not known: no (redacted) here at all");
}

#[tokio::test]
async fn a_proxy_that_does_not_connect_has_a_code_and_gets_its_password() {
    let (sender, mut requests) = tokio::sync::mpsc::unbounded_channel();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        use tokio::io::AsyncWriteExt;
        while let Ok((mut stream, _)) = listener.accept().await {
            sender.send(read_request(&mut stream).await.unwrap()).unwrap();
            let answer = "HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n";
            stream.write_all(answer.as_bytes()).await.unwrap();
        }
    });
    let proxy = format!("http://ann:hunter2@{address}");
    let tunnelled = post(&client_through(&proxy, "https://hooks.example/hook")).await;
    assert_eq!(tunnelled.code(), "unavailable proxy_failed");
    let request = requests.recv().await.unwrap();
    assert!(request.starts_with("CONNECT hooks.example:443 HTTP/1.1\r\n"), "{request}");
    assert!(request.to_lowercase().contains("proxy-authorization: basic yw5uomh1bnrlcji="), "{request}");
    // The proxy answers a plain HTTP request itself.
    let forwarded = post(&client_through(&proxy, "http://hooks.example:81/hook?a=b#c")).await;
    assert_eq!(forwarded.code(), "unavailable http_407");
    let request = requests.recv().await.unwrap();
    assert!(request.starts_with("POST http://hooks.example:81/hook?a=b HTTP/1.1\r\n"), "{request}");
    assert!(request.contains("\r\nhost: hooks.example:81\r\n"), "{request}");
    assert!(request.to_lowercase().contains("proxy-authorization: basic yw5uomh1bnrlcji="), "{request}");
    let (_socket, refusing) = refusing();
    let refused = post(&client_through(&format!("http://{refusing}"), "http://hooks.example/")).await;
    assert_eq!(refused.code(), "unavailable proxy_failed");
}

#[tokio::test]
async fn a_stalled_handshake_has_the_code_of_the_proxy_or_of_tls() {
    let silent = RawReceiver::that_sends("", AfterAnswer::Stall).await;
    let proxied = client_through(&format!("http://{}", silent.address), "https://hooks.example/");
    let direct = client(&format!("https://{}/", silent.address), AMPLE);
    let (tunnel, tls) = tokio::join!(post(&proxied), post(&direct));
    assert_eq!(tunnel.code(), "unavailable proxy_failed");
    assert_eq!(tls.code(), "unavailable tls_failed");
}
