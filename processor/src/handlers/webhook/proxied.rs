//! Requests that go by a proxy, and what becomes of them where it does not play its part.

use tokio::net::TcpListener;

use super::{fixture::*, *};

#[tokio::test]
async fn a_proxy_that_repeats_its_password_is_not_quoted_with_it() {
    let answer = "HTTP/1.1 407 No\r\nContent-Length: 59\r\n\r\nBasic YW5uOmh1bnRlcjI= is not known: no hunter2 here at all";
    let receiver = RawReceiver::that_says(answer, Then::Stay).await;
    let proxy = format!("http://ann:hunter2@{}", receiver.address);
    let proxies = Proxies::read(&|name| (name == "ALL_PROXY").then(|| proxy.clone())).unwrap();
    let handler =
        WebhookHandler::new("http://hooks.example/", secret(), AMPLE, &proxies, TestClock::new()).unwrap();
    let run = run();
    assert_eq!(code_of(outcome_by(&handler, run.clone()).await), "transient http_407");
    let said = run.report.read().answer.unwrap();
    assert_eq!(said, "Basic (redacted) is not known: no (redacted) here at all");
}

#[tokio::test]
async fn a_proxy_that_does_not_connect_has_a_code_and_is_told_its_password() {
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
    let proxies = Proxies::read(&|name| (name == "ALL_PROXY").then(|| proxy.clone())).unwrap();
    let by_proxy = |url: &str| WebhookHandler::new(url, secret(), AMPLE, &proxies, TestClock::new()).unwrap();
    let tunnelled = outcome_by(&by_proxy("https://hooks.example/hook"), run()).await;
    assert_eq!(code_of(tunnelled), "transient proxy_failed");
    let request = requests.recv().await.unwrap();
    assert!(request.starts_with("CONNECT hooks.example:443 HTTP/1.1\r\n"), "{request}");
    assert!(request.to_lowercase().contains("proxy-authorization: basic yw5uomh1bnrlcji="), "{request}");
    // A plain request is the proxy's to answer.
    let forwarded = outcome_by(&by_proxy("http://hooks.example:81/hook?a=b#c"), run()).await;
    assert_eq!(code_of(forwarded), "transient http_407");
    let request = requests.recv().await.unwrap();
    assert!(request.starts_with("POST http://hooks.example:81/hook?a=b HTTP/1.1\r\n"), "{request}");
    assert!(request.contains("\r\nhost: hooks.example:81\r\n"), "{request}");
    assert!(request.to_lowercase().contains("proxy-authorization: basic yw5uomh1bnrlcji="), "{request}");
    let (_socket, nobody) = refusing();
    let nobody = Proxies::read(&|name| (name == "ALL_PROXY").then(|| format!("http://{nobody}"))).unwrap();
    let handler =
        WebhookHandler::new("http://hooks.example/", secret(), AMPLE, &nobody, TestClock::new()).unwrap();
    assert_eq!(code_of(outcome_by(&handler, run()).await), "transient proxy_failed");
}

#[tokio::test]
async fn a_handshake_that_hangs_has_the_code_of_who_hangs() {
    let silent = RawReceiver::that_says("", Then::Hang).await;
    let proxy = format!("http://{}", silent.address);
    let proxies = Proxies::read(&|name| (name == "ALL_PROXY").then(|| proxy.clone())).unwrap();
    let by_proxy =
        WebhookHandler::new("https://hooks.example/", secret(), AMPLE, &proxies, TestClock::new()).unwrap();
    let directly = handler(&format!("https://{}/", silent.address), AMPLE, TestClock::new());
    let (tunnel, tls) = tokio::join!(outcome_by(&by_proxy, run()), outcome_by(&directly, run()));
    assert_eq!(
        (code_of(tunnel).as_str(), code_of(tls).as_str()),
        ("transient proxy_failed", "transient tls_failed")
    );
}
