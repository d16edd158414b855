//! Answers as no HTTP library sends them: the status decides all the same.

use std::time::Duration;

use rcgen::{CertifiedKey, generate_simple_self_signed};
use tokio::net::TcpListener;

use super::{fixture::*, *};
use crate::report::Reported;

/// What may stand behind a status line that says all there is to know.
fn odd_rests() -> Vec<(&'static str, Vec<u8>, Then)> {
    let text = |text: &str| text.as_bytes().to_vec();
    let many = |count: usize| {
        let headers: String = (0..count).map(|number| format!("X-{number}: {number}\r\n")).collect();
        format!("{headers}Content-Length: 0\r\n\r\n").into_bytes()
    };
    vec![
        ("nothing special", text("Content-Length: 0\r\n\r\n"), Then::Stay),
        ("a folded header", text("X-Long: a\r\n b\r\n\tc\r\nContent-Length: 0\r\n\r\n"), Then::Stay),
        ("a header folded at once", text(" folded\r\nContent-Length: 0\r\n\r\n"), Then::Stay),
        ("150 headers", many(150), Then::Stay),
        ("5,000 headers", many(5_000), Then::Stay),
        ("40,000 headers", many(40_000), Then::Close),
        (
            "a header of a megabyte",
            [text("X: "), vec![b'x'; 1 << 20], text("\r\n\r\n")].concat(),
            Then::Close,
        ),
        ("a header without a colon", text("no colon here\r\nContent-Length: 0\r\n\r\n"), Then::Stay),
        ("a header without a name", text(": x\r\nContent-Length: 0\r\n\r\n"), Then::Stay),
        ("a blank before the colon", text("X-A : x\r\nContent-Length: 0\r\n\r\n"), Then::Stay),
        ("a name that is none", text("X(A)\u{e9}: x\r\nContent-Length: 0\r\n\r\n"), Then::Stay),
        (
            "a value of odd bytes",
            [text("X: "), vec![0xff, 0x01, 0x7f, 0], text("\r\n\r\n")].concat(),
            Then::Close,
        ),
        ("a length that is none", text("Content-Length: many\r\n\r\n"), Then::Close),
        ("a length below zero", text("Content-Length: -1\r\n\r\n"), Then::Close),
        ("a length beyond numbers", text("Content-Length: 99999999999999999999999\r\n\r\n"), Then::Close),
        ("two lengths", text("Content-Length: 1\r\nContent-Length: 2\r\n\r\nab"), Then::Close),
        (
            "a length and chunks",
            text("Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
            Then::Stay,
        ),
        ("an unknown coding", text("Transfer-Encoding: magic\r\n\r\nx"), Then::Close),
        ("no length", text("\r\nok"), Then::Close),
        ("a body that breaks off", text("Content-Length: 100\r\n\r\nok"), Then::Close),
        ("a body that hangs", text("Content-Length: 100\r\n\r\nok"), Then::Hang),
        ("a body that never ends", text("Transfer-Encoding: identity\r\n\r\nx"), Then::Repeat),
        ("chunks that are none", text("Transfer-Encoding: chunked\r\n\r\nzz\r\n"), Then::Close),
        ("a coding it is not in", text("Content-Encoding: gzip\r\nContent-Length: 2\r\n\r\nok"), Then::Stay),
        (
            "a type it is not of",
            text("Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{["),
            Then::Stay,
        ),
        ("a head that breaks off", text("X-A: "), Then::Close),
        ("nothing but the status line", Vec::new(), Then::Close),
        ("line feeds alone", text("X-A: a\n\nok"), Then::Close),
        ("an upgrade", text("Upgrade: websocket\r\nConnection: Upgrade\r\n\r\n"), Then::Close),
    ]
}

#[tokio::test]
async fn the_status_decides_whatever_the_rest_of_the_answer_is() {
    let statuses = [
        ("HTTP/1.1 200 OK", "completed"),
        ("HTTP/1.0 202", "completed"),
        ("HTTP/1.1 204 No Content", "completed"),
        ("HTTP/1.1 422 Nope", "permanent http_422"),
        ("HTTP/1.1 503 Later", "transient http_503"),
    ];
    let mut runs = tokio::task::JoinSet::new();
    for (name, rest, then) in odd_rests() {
        for (line, expected) in statuses {
            let answer = [line.as_bytes(), b"\r\n", &rest].concat();
            runs.spawn(async move {
                assert_eq!(said(answer, then).await.0, expected, "{line} with {name}");
            });
        }
    }
    runs.join_all().await;
}

#[tokio::test]
async fn odd_status_lines_are_read() {
    for (line, expected) in [
        ("HTTP/1.1 200", "completed"),
        ("HTTP/1.1 200 \u{1}\u{7f}", "completed"),
        ("HTTP/1.1  200 OK", "completed"),
        ("HTTP/2 200 OK", "completed"),
        ("\r\n\r\nHTTP/1.1 200 OK", "completed"),
        (
            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: <x>\r\n\r\nHTTP/1.1 201 Created",
            "completed",
        ),
        ("HTTP/1.1 999 What", "permanent http_999"),
        ("HTTP/1.1 101 Switching Protocols", "permanent http_101"),
    ] {
        let answer = format!("{line}\r\nContent-Length: 0\r\n\r\n");
        assert_eq!(said(answer, Then::Close).await.0, expected, "{line:?}");
    }
}

#[tokio::test]
async fn a_status_whose_head_never_ends_counts_when_the_time_is_over() {
    let receiver = RawReceiver::that_says("HTTP/1.1 200 OK\r\nX-Slow: ", Then::Hang).await;
    let outcome = outcome_at(&receiver.url(), Duration::from_secs(1)).await;
    assert_eq!(code_of(outcome), "completed");
}

#[tokio::test]
async fn what_is_no_http_is_unreadable() {
    for (answer, then) in [
        (&b"SSH-2.0-OpenSSH_9.2\r\n"[..], Then::Hang),
        (b"\x15\x03\x01\x00\x02\x02\x16", Then::Close),
        (b"ok", Then::Close),
        (b"HTTP/1.1 2000 OK\r\n\r\n", Then::Close),
        (b"\0\0\x12\x04\0\0\0\0\0\0\x03\0\0\0\x80\0\x04\0\x01\0\0\0\x05\0\xff\xff\xff", Then::Close),
    ] {
        let code = said(answer, then).await.0;
        assert_eq!(code, "transient unreadable_answer", "{:?}", String::from_utf8_lossy(answer));
    }
}

#[tokio::test]
async fn a_connection_that_ends_without_an_answer_is_closed() {
    for answer in [
        "",
        "HTTP/1.1 20",
        "HTTP/1.1 200",
        "HTTP/1.1 100 Continue\r\n\r\n",
        "HTTP/1.1 100 Continue\r\n\r\nHTT",
        "HTTP/1.1 103 Early Hints\r\nLink: <x",
    ] {
        assert_eq!(said(answer, Then::Close).await.0, "transient connection_closed", "{answer:?}");
    }
}

#[tokio::test]
async fn a_host_that_refuses_the_connection_has_a_code() {
    let (_socket, address) = refusing();
    let outcome = outcome_at(&format!("http://{address}/"), AMPLE).await;
    assert_eq!(code_of(outcome), "transient connection_refused");
}

#[tokio::test]
async fn a_name_that_is_none_has_a_code() {
    // Longer than any label: no server is asked.
    let url = format!("http://{}.invalid/", "x".repeat(64));
    let code = code_of(outcome_at(&url, AMPLE).await);
    assert_eq!(code, "transient dns_failed");
}

#[tokio::test]
async fn a_certificate_that_nobody_vouches_for_has_a_code() {
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
    let outcome = outcome_at(&format!("https://localhost:{port}/"), AMPLE).await;
    assert_eq!(code_of(outcome), "transient certificate_invalid");
}

#[tokio::test]
async fn a_server_that_does_not_speak_tls_is_not_talked_to_in_the_clear() {
    let receiver = RawReceiver::that_says("HTTP/1.1 200 OK\r\n\r\n", Then::Close).await;
    // It answers to what it takes for a request: to two line breaks, which a handshake does not hold.
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
    assert_eq!(code_of(outcome_at(&url, AMPLE).await), "transient tls_failed");
    assert_eq!(receiver.connections(), 0);
}

#[tokio::test]
async fn a_connection_is_kept_for_the_next_request_where_its_answer_was_read_whole() {
    for (answer, connections) in [
        ("HTTP/1.1 204 No Content\r\n\r\n", 1),
        ("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", 1),
        ("HTTP/1.1 422 No\r\nContent-Length: 2\r\n\r\nno", 1),
        ("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n", 3),
        // A body that must not be there would begin the next answer.
        ("HTTP/1.1 204 No Content\r\nContent-Length: 2\r\n\r\nok", 3),
        ("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nok", 3),
    ] {
        let receiver = RawReceiver::that_says(answer, Then::Stay).await;
        let handler = handler(&receiver.url(), AMPLE, TestClock::new());
        let mut codes = Vec::new();
        for _ in 0..3 {
            codes.push(code_of(outcome_by(&handler, run()).await));
            settled(&handler).await;
        }
        assert!(codes.iter().all(|code| *code == codes[0] && !code.contains("transient")), "{codes:?}");
        assert_eq!(receiver.connections(), connections, "{answer:?}");
    }
}

/// Lets the connection's driver run to where it waits.
async fn settled(handler: &WebhookHandler) {
    let settling = async {
        while !handler.client.is_settled() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, settling).await.unwrap();
}

#[tokio::test]
async fn what_the_receiver_says_of_its_refusal_is_reported_and_its_version_too() {
    let body = r#"{"title":"t","detail":"no such account\nfailure forged"}"#;
    let answer = format!(
        "HTTP/1.1 422 No\r\nTaskline-Handler-Version: 1.4\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let (_, run) = said(answer, Then::Stay).await;
    let expected =
        Reported { version: Some("1.4".into()), answer: Some("no such account failure forged".into()) };
    assert_eq!(run.report.read(), expected);
}

#[tokio::test]
async fn as_much_is_reported_as_came_before_a_body_broke_off_or_hung() {
    for then in [Then::Close, Then::Hang] {
        let (code, run) = said("HTTP/1.1 500 No\r\nContent-Length: 99\r\n\r\nout of memory", then).await;
        assert_eq!(code, "transient http_500");
        assert_eq!(run.report.read().answer.as_deref(), Some("out of memory"));
    }
    let (code, run) = said("HTTP/1.1 500 No\r\n\r\nx", Then::Repeat).await;
    assert_eq!(code, "transient http_500");
    assert_eq!(run.report.read().answer.map(|answer| answer.len()), Some(1024));
}

#[tokio::test]
async fn neither_the_secret_nor_the_urls_token_is_reported_when_the_receiver_repeats_them() {
    let body = format!("Cannot POST /hook?token=hidden-token signed with {SECRET}");
    let answer = format!("HTTP/1.1 404 No\r\nContent-Length: {}\r\n\r\n{body}", body.len());
    let (_, run) = said(answer, Then::Stay).await;
    let said = run.report.read().answer.unwrap();
    assert_eq!(said, "Cannot POST (redacted) signed with whsec_(redacted)");
}

#[tokio::test]
async fn the_task_is_not_reported_when_the_receiver_repeats_it() {
    let body = r#"{"detail":[{"loc":["body","description"],"input":"About the \"boat\""}]}"#;
    let answer = format!("HTTP/1.1 422 No\r\nContent-Length: {}\r\n\r\n{body}", body.len());
    let (_, run) = said(answer, Then::Stay).await;
    let said = run.report.read().answer.unwrap();
    assert_eq!(said, r#"[{"input":"(redacted)","loc":["body","description"]}]"#);
}

#[tokio::test]
async fn a_handled_task_reports_the_version_and_no_answer() {
    let (code, run) =
        said("HTTP/1.1 200 OK\r\ntaskline-handler-version:  v2 \r\nContent-Length: 2\r\n\r\nok", Then::Stay)
            .await;
    assert_eq!(code, "completed");
    assert_eq!(run.report.read(), Reported { version: Some("v2".into()), answer: None });
}
