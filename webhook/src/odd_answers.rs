//! Malformed and unusual answers: the status decides nevertheless.

use std::{sync::Arc, time::Duration};

use rcgen::{CertifiedKey, generate_simple_self_signed};
use tokio::net::TcpListener;

use crate::{client::Client, fixture::*};

/// What may follow a status line.
fn malformed_rests() -> Vec<(&'static str, Vec<u8>, AfterAnswer)> {
    let text = |text: &str| text.as_bytes().to_vec();
    let many = |count: usize| {
        let headers: String = (0..count).map(|number| format!("X-{number}: {number}\r\n")).collect();
        format!("{headers}Content-Length: 0\r\n\r\n").into_bytes()
    };
    vec![
        ("nothing special", text("Content-Length: 0\r\n\r\n"), AfterAnswer::StayOpen),
        (
            "a folded header",
            text("X-Long: a\r\n b\r\n\tc\r\nContent-Length: 0\r\n\r\n"),
            AfterAnswer::StayOpen,
        ),
        ("a folded first header", text(" folded\r\nContent-Length: 0\r\n\r\n"), AfterAnswer::StayOpen),
        ("150 headers", many(150), AfterAnswer::StayOpen),
        ("5,000 headers", many(5_000), AfterAnswer::StayOpen),
        ("40,000 headers", many(40_000), AfterAnswer::Close),
        (
            "a header of a megabyte",
            [text("X: "), vec![b'x'; 1 << 20], text("\r\n\r\n")].concat(),
            AfterAnswer::Close,
        ),
        (
            "a header without a colon",
            text("no colon here\r\nContent-Length: 0\r\n\r\n"),
            AfterAnswer::StayOpen,
        ),
        ("a header without a name", text(": x\r\nContent-Length: 0\r\n\r\n"), AfterAnswer::StayOpen),
        ("a space before the colon", text("X-A : x\r\nContent-Length: 0\r\n\r\n"), AfterAnswer::StayOpen),
        ("an invalid name", text("X(A)\u{e9}: x\r\nContent-Length: 0\r\n\r\n"), AfterAnswer::StayOpen),
        (
            "a value of control bytes",
            [text("X: "), vec![0xff, 0x01, 0x7f, 0], text("\r\n\r\n")].concat(),
            AfterAnswer::Close,
        ),
        ("a length that is no number", text("Content-Length: many\r\n\r\n"), AfterAnswer::Close),
        ("a negative length", text("Content-Length: -1\r\n\r\n"), AfterAnswer::Close),
        (
            "a length that overflows",
            text("Content-Length: 99999999999999999999999\r\n\r\n"),
            AfterAnswer::Close,
        ),
        ("two lengths", text("Content-Length: 1\r\nContent-Length: 2\r\n\r\nab"), AfterAnswer::Close),
        (
            "a length and chunks",
            text("Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
            AfterAnswer::StayOpen,
        ),
        ("an unknown coding", text("Transfer-Encoding: magic\r\n\r\nx"), AfterAnswer::Close),
        ("no length", text("\r\nok"), AfterAnswer::Close),
        ("an incomplete body", text("Content-Length: 100\r\n\r\nok"), AfterAnswer::Close),
        ("a body that stalls", text("Content-Length: 100\r\n\r\nok"), AfterAnswer::Stall),
        ("a body that never ends", text("Transfer-Encoding: identity\r\n\r\nx"), AfterAnswer::RepeatLastByte),
        ("invalid chunks", text("Transfer-Encoding: chunked\r\n\r\nzz\r\n"), AfterAnswer::Close),
        (
            "a wrong coding",
            text("Content-Encoding: gzip\r\nContent-Length: 2\r\n\r\nok"),
            AfterAnswer::StayOpen,
        ),
        (
            "a wrong type",
            text("Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{["),
            AfterAnswer::StayOpen,
        ),
        ("an incomplete head", text("X-A: "), AfterAnswer::Close),
        ("nothing but the status line", Vec::new(), AfterAnswer::Close),
        ("bare line feeds", text("X-A: a\n\nok"), AfterAnswer::Close),
        ("an upgrade", text("Upgrade: websocket\r\nConnection: Upgrade\r\n\r\n"), AfterAnswer::Close),
    ]
}

#[tokio::test]
async fn the_status_decides_even_if_the_rest_of_the_answer_is_malformed() {
    let statuses = [
        ("HTTP/1.1 200 OK", "accepted"),
        ("HTTP/1.0 202", "accepted"),
        ("HTTP/1.1 204 No Content", "accepted"),
        ("HTTP/1.1 422 Nope", "permanent http_422"),
        ("HTTP/1.1 503 Later", "unavailable http_503"),
    ];
    let mut runs = tokio::task::JoinSet::new();
    for (name, rest, then) in malformed_rests() {
        for (line, expected) in statuses {
            let answer = [line.as_bytes(), b"\r\n", &rest].concat();
            runs.spawn(async move {
                assert_eq!(post_answered(answer, then).await.code(), expected, "{line} with {name}");
            });
        }
    }
    runs.join_all().await;
}

#[tokio::test]
async fn unusual_status_lines_are_read() {
    for (line, expected) in [
        ("HTTP/1.1 200", "accepted"),
        ("HTTP/1.1 200 \u{1}\u{7f}", "accepted"),
        ("HTTP/1.1  200 OK", "accepted"),
        ("HTTP/2 200 OK", "accepted"),
        ("\r\n\r\nHTTP/1.1 200 OK", "accepted"),
        (
            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: <x>\r\n\r\nHTTP/1.1 201 Created",
            "accepted",
        ),
        ("HTTP/1.1 999 What", "permanent http_999"),
        ("HTTP/1.1 101 Switching Protocols", "permanent http_101"),
    ] {
        let answer = format!("{line}\r\nContent-Length: 0\r\n\r\n");
        assert_eq!(post_answered(answer, AfterAnswer::Close).await.code(), expected, "{line:?}");
    }
}

#[tokio::test]
async fn a_status_counts_at_the_time_out_even_if_the_head_never_ends() {
    let receiver = RawReceiver::that_sends("HTTP/1.1 200 OK\r\nX-Slow: ", AfterAnswer::Stall).await;
    let posted = post_to(&receiver.url(), Duration::from_secs(1)).await;
    assert_eq!(posted.code(), "accepted");
}

#[tokio::test]
async fn an_answer_that_is_not_http_is_unreadable() {
    for (answer, then) in [
        (&b"SSH-2.0-OpenSSH_9.2\r\n"[..], AfterAnswer::Stall),
        (b"\x15\x03\x01\x00\x02\x02\x16", AfterAnswer::Close),
        (b"ok", AfterAnswer::Close),
        (b"HTTP/1.1 2000 OK\r\n\r\n", AfterAnswer::Close),
        (b"\0\0\x12\x04\0\0\0\0\0\0\x03\0\0\0\x80\0\x04\0\x01\0\0\0\x05\0\xff\xff\xff", AfterAnswer::Close),
    ] {
        let code = post_answered(answer, then).await.code();
        assert_eq!(code, "transient unreadable_answer", "{:?}", String::from_utf8_lossy(answer));
    }
}

#[tokio::test]
async fn a_connection_closed_without_an_answer_has_a_code() {
    for answer in [
        "",
        "HTTP/1.1 20",
        "HTTP/1.1 200",
        "HTTP/1.1 100 Continue\r\n\r\n",
        "HTTP/1.1 100 Continue\r\n\r\nHTT",
        "HTTP/1.1 103 Early Hints\r\nLink: <x",
    ] {
        assert_eq!(
            post_answered(answer, AfterAnswer::Close).await.code(),
            "transient connection_closed",
            "{answer:?}"
        );
    }
}

#[tokio::test]
async fn a_refused_connection_has_a_code() {
    let (_socket, address) = refusing();
    let posted = post_to(&format!("http://{address}/"), AMPLE).await;
    assert_eq!(posted.code(), "unavailable connection_refused");
}

#[tokio::test]
async fn an_unresolvable_name_has_a_code() {
    // Longer than a label can be, so no DNS server is queried.
    let url = format!("http://{}.invalid/", "x".repeat(64));
    assert_eq!(post_to(&url, AMPLE).await.code(), "unavailable dns_failed");
}

#[tokio::test]
async fn an_untrusted_certificate_has_a_code() {
    let CertifiedKey { cert, signing_key } = generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let key = rustls::pki_types::PrivateKeyDer::try_from(signing_key.serialize_der()).unwrap();
    let _ = rustls::crypto::ring::default_provider().install_default();
    let config = rustls::ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![cert.der().clone()], key)
        .unwrap();
    let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let _ = acceptor.accept(stream).await;
        }
    });
    let posted = post_to(&format!("https://localhost:{port}/"), AMPLE).await;
    assert_eq!(posted.code(), "unavailable certificate_invalid");
}

#[tokio::test]
async fn a_server_without_tls_is_not_sent_the_request_in_plain_text() {
    let receiver = RawReceiver::that_sends("HTTP/1.1 200 OK\r\n\r\n", AfterAnswer::Close).await;
    // This server answers a TLS handshake with plain HTTP.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://{}/", listener.local_addr().unwrap());
    tokio::spawn(async move {
        use tokio::io::{AsyncReadExt, AsyncWriteExt};
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut hello = [0; 3];
            stream.read_exact(&mut hello).await.unwrap();
            assert_eq!(hello[..2], [0x16, 3], "a TLS handshake");
            stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await.unwrap();
        }
    });
    assert_eq!(post_to(&url, AMPLE).await.code(), "unavailable tls_failed");
    assert_eq!(receiver.connections(), 0);
}

#[tokio::test]
async fn a_connection_is_reused_if_its_answer_was_read_completely() {
    for (answer, connections) in [
        ("HTTP/1.1 204 No Content\r\n\r\n", 1),
        ("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", 1),
        ("HTTP/1.1 422 No\r\nContent-Length: 2\r\n\r\nno", 1),
        ("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n", 3),
        // The forbidden body would be read as the start of the next answer.
        ("HTTP/1.1 204 No Content\r\nContent-Length: 2\r\n\r\nok", 3),
        ("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nok", 3),
    ] {
        let receiver = RawReceiver::that_sends(answer, AfterAnswer::StayOpen).await;
        let client = client(&receiver.url(), AMPLE);
        let mut codes = Vec::new();
        for _ in 0..3 {
            codes.push(post(&client).await.code());
            settled(&client).await;
        }
        assert!(
            codes
                .iter()
                .all(|code| *code == codes[0] && !code.contains("timed_out") && !code.contains("closed")),
            "{codes:?}"
        );
        assert_eq!(receiver.connections(), connections, "{answer:?}");
    }
}

/// Waits until the connection is ready for the next request, or closed.
async fn settled(client: &Client) {
    let settling = async {
        while !client.is_settled() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, settling).await.unwrap();
}

#[tokio::test]
async fn the_receivers_explanation_and_version_are_returned() {
    let body = r#"{"title":"t","detail":"no such account\nfailure forged"}"#;
    let answer = format!(
        "HTTP/1.1 422 No\r\nTaskline-Handler-Version: 1.4\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let posted = post_answered(answer, AfterAnswer::StayOpen).await;
    assert_eq!(posted.version.as_deref(), Some("1.4"));
    assert_eq!(posted.explanation.as_deref(), Some("no such account failure forged"));
}

#[tokio::test]
async fn the_explanation_is_the_part_of_the_body_that_came_before_it_ended_or_stalled() {
    for then in [AfterAnswer::Close, AfterAnswer::Stall] {
        let posted = post_answered("HTTP/1.1 500 No\r\nContent-Length: 99\r\n\r\nout of memory", then).await;
        assert_eq!(posted.code(), "transient http_500");
        assert_eq!(posted.explanation.as_deref(), Some("out of memory"));
    }
    let posted = post_answered("HTTP/1.1 500 No\r\n\r\nx", AfterAnswer::RepeatLastByte).await;
    assert_eq!(posted.code(), "transient http_500");
    assert_eq!(posted.explanation.map(|text| text.len()), Some(1024));
}

#[tokio::test]
async fn a_receiver_that_repeats_the_secret_or_the_urls_token_is_redacted() {
    let body = format!("Cannot POST /hook?token=hidden-token signed with {SECRET}");
    let answer = format!("HTTP/1.1 404 No\r\nContent-Length: {}\r\n\r\n{body}", body.len());
    let posted = post_answered(answer, AfterAnswer::StayOpen).await;
    assert_eq!(posted.explanation.unwrap(), "Cannot POST (redacted) signed with whsec_(redacted)");
}

#[tokio::test]
async fn an_accepted_message_has_a_version_and_no_explanation() {
    let answer = "HTTP/1.1 200 OK\r\ntaskline-handler-version:  v2 \r\nContent-Length: 2\r\n\r\nok";
    let posted = post_answered(answer, AfterAnswer::StayOpen).await;
    let expected = Posted { result: Ok(()), version: Some("v2".into()), explanation: None, json: Ok(None) };
    assert_eq!(posted, expected);
}
