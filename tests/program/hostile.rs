//! Hostile requests on the wire: each gets its status, and none harms the line.

use std::iter;

use crate::{
    taskline::{Taskline, task},
    wire::{Received, TASK, Wire, exchange, peak_megabytes, post, post_chunked, post_whole},
};

/// A pipeline without tasks takes some 20 MB in a debug build.
const MEGABYTES_MAX: u64 = 120;

/// Asserts that a normal task is accepted and handled, and that all accepted tasks are in order.
fn assert_unharmed(taskline: &Taskline) {
    let id = taskline.submit("after the attack");
    taskline.until_idle();
    assert_eq!(taskline.status_of(&id)["status"], "completed");
    assert_eq!(taskline.run(&["verify"]).code, 0);
    assert!(!taskline.log().contains("panic"), "{}", taskline.log());
}

fn get(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n")
}

#[tokio::test(flavor = "multi_thread")]
async fn each_malformed_request_head_gets_its_status_and_its_connection_is_closed() {
    let taskline = Taskline::new();
    let running = taskline.start();
    let length = format!("Content-Length: {}", TASK.len());
    let with = |header: &str| post(&format!("{length}\r\n{header}"), TASK);
    let many = |count: usize| (0..count).map(|n| format!("X-{n}: a\r\n")).collect::<String>();
    let heads: Vec<(&str, Vec<u8>, Option<u16>)> = vec![
        ("no Host", format!("POST /tasks HTTP/1.1\r\n{length}\r\n\r\n{TASK}").into(), Some(400)),
        ("two Hosts", with("Host: u"), Some(400)),
        ("two lengths", with("Content-Length: 1"), Some(400)),
        ("a signed length", post("Content-Length: +48", TASK), Some(400)),
        ("a length that is no number", post("Content-Length: 0x30", TASK), Some(400)),
        ("a length beyond all numbers", post("Content-Length: 18446744073709551616", TASK), Some(400)),
        ("a length near the largest", post("Content-Length: 18446744073709551615", TASK), Some(431)),
        ("an unknown coding at the end", post("Transfer-Encoding: chunked, x", TASK), Some(400)),
        ("an unknown coding before chunked", post("Transfer-Encoding: x, chunked", "30\r\n"), Some(400)),
        (
            "an unknown transfer coding in a separate header",
            post("Transfer-Encoding: x\r\nTransfer-Encoding: chunked", "0\r\n\r\n"),
            Some(400),
        ),
        (
            "a transfer coding in HTTP/1.0",
            b"POST /tasks HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n".to_vec(),
            Some(400),
        ),
        ("a folded line", with("X: a\r\n b"), Some(400)),
        ("a space before the colon", with("X : a"), Some(400)),
        ("a line without a colon", with("X"), Some(400)),
        ("NUL in a value", with("X: a\0b"), Some(400)),
        ("NUL in a name", with("X\0: a"), Some(400)),
        ("CR in a value", with("X: a\rb"), Some(400)),
        ("101 headers", with(&many(98)), Some(431)),
        ("5,000 headers", with(&many(5_000)), Some(431)),
        ("a header of 20 kB", with(&format!("X: {}", "a".repeat(20_000))), Some(431)),
        ("a header of 1 MB", with(&format!("X: {}", "a".repeat(1_000_000))), Some(431)),
        ("a path of 20 kB", get(&format!("/{}", "a".repeat(20_000))).into(), Some(431)),
        ("a path of 10 kB", get(&format!("/{}", "a".repeat(10_000))).into(), Some(404)),
        ("a path with NUL", get("/tasks/\0").into(), Some(400)),
        ("a path up and out", get("/tasks/../../etc/passwd").into(), Some(404)),
        ("a path that encodes one", get("/tasks/..%2f..%2fetc%2fpasswd").into(), Some(404)),
        ("an id of 10 kB", get(&format!("/tasks/{}", "0".repeat(10_000))).into(), Some(404)),
        (
            "a key that is too long",
            post(&format!("Connection: close\r\n{length}\r\nIdempotency-Key: {}", "k".repeat(10_000)), TASK),
            Some(400),
        ),
        (
            "a key that is not ASCII",
            post(&format!("Connection: close\r\n{length}\r\nIdempotency-Key: \u{fc}"), TASK),
            Some(400),
        ),
        ("an unknown method", get("/tasks").replace("GET", "BREW").into(), Some(405)),
        ("TRACE", get("/tasks").replace("GET", "TRACE").into(), Some(405)),
        ("CONNECT", get("t:80").replace("GET", "CONNECT").into(), Some(404)),
        ("OPTIONS of all", get("*").replace("GET", "OPTIONS").into(), Some(404)),
        ("HTTP/0.9", b"GET /\r\n\r\n".to_vec(), Some(400)),
        ("HTTP/3.0", b"GET / HTTP/3.0\r\n\r\n".to_vec(), Some(400)),
        ("HTTP/2", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec(), None),
        ("TLS", [&b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"[..], &[0; 500]].concat(), Some(400)),
        ("every byte there is", (0..=255).cycle().take(10_000).collect(), Some(400)),
    ];
    for (what, bytes, status) in heads {
        let received = exchange(&running.url, bytes).await;
        assert_eq!(received.statuses(), Vec::from_iter(status), "{what}: {}", received.0);
    }
    assert_unharmed(&taskline);
    assert_eq!(taskline.json(&["verify"])["completed"], 1, "a hostile request made a task");
}

#[tokio::test(flavor = "multi_thread")]
async fn each_malformed_body_gets_its_status_and_uses_little_memory() {
    let taskline = Taskline::new();
    let running = taskline.start();
    let field = |value: &str| format!(r#"{{"title":{value},"description":"d","priority":"low"}}"#);
    let nested = |open: &str, close: &str| field(&format!("{}{}", open.repeat(10_000), close.repeat(10_000)));
    let padded = |bytes: usize| format!("{TASK}{}", " ".repeat(bytes - TASK.len()));
    let ten_megabytes = iter::repeat_n(vec![b' '; 65_536], 160);
    let bodies: Vec<(&str, Vec<u8>, u16)> = vec![
        ("arrays, deep", post_whole(nested("[", "]")), 400),
        ("objects, deep", post_whole(nested(r#"{"a":"#, "}").replace("{}", "{\"a\":0}")), 400),
        ("arrays that never end", post_whole("[".repeat(65_536)), 400),
        ("a number of 60,000 digits", post_whole(field(&"9".repeat(60_000))), 400),
        ("a number beyond all floats", post_whole(field("1e999999999")), 400),
        (
            "a duplicate key",
            post_whole(r#"{"title":"a","title":"a","description":"d","priority":"low"}"#),
            400,
        ),
        (
            "5,000 unknown keys",
            post_whole(format!(
                "{{{}}}",
                (0..5_000).map(|n| format!("\"k{n}\":0")).collect::<Vec<_>>().join(",")
            )),
            400,
        ),
        (
            "not UTF-8",
            post_whole(b"{\"title\":\"\xff\xfe\",\"description\":\"d\",\"priority\":\"low\"}"),
            400,
        ),
        (
            "overlong UTF-8",
            post_whole(b"{\"title\":\"\xc0\xaf\",\"description\":\"d\",\"priority\":\"low\"}"),
            400,
        ),
        ("a lone surrogate", post_whole(field(r#""\ud800""#)), 400),
        ("NUL, escaped", post_whole(field(r#""a\u0000b""#)), 400),
        ("NUL, as it is", post_whole(field("\"a\0b\"")), 400),
        ("nothing but NUL", post_whole([0; 60_000]), 400),
        ("markup, deep", post_whole(field(&format!("\"{}\"", "<b>".repeat(60)))), 400),
        ("the limit", post_whole(padded(196_608)), 202),
        ("the limit, in chunks", post_chunked(padded(196_608).as_bytes().chunks(7)), 202),
        ("one over", post_whole(padded(196_609)), 413),
        ("one over, in chunks", post_chunked(padded(196_609).as_bytes().chunks(7)), 413),
        ("10 MB", post_whole(vec![b' '; 10_000_000]), 413),
        ("10 MB, in chunks", post_chunked(ten_megabytes), 413),
        ("a length of 1 TB", post("Content-Length: 1000000000000", vec![b' '; 300_000]), 413),
        ("a chunk beyond all numbers", post("Transfer-Encoding: chunked", "fffffffffffffffff\r\n"), 400),
        ("a chunk that is no number", post("Transfer-Encoding: chunked", "x\r\n"), 400),
        (
            "a chunk extension of 20 kB",
            post("Transfer-Encoding: chunked", format!("1;{}\r\n", "a".repeat(20_000))),
            400,
        ),
        (
            "trailers of 20 kB",
            post("Transfer-Encoding: chunked", format!("0\r\nX: {}\r\n\r\n", "a".repeat(20_000))),
            400,
        ),
    ];
    for (what, bytes, status) in bodies {
        let received = exchange(&running.url, bytes).await;
        assert_eq!(received.statuses(), [status], "{what}: {}", received.0);
        assert!(status == 202 || received.0.contains("application/problem+json"), "{what}: {}", received.0);
    }
    assert_unharmed(&taskline);
    let peak = peak_megabytes(running.child.id());
    println!("hostile bodies: at most {peak} MB");
    assert!(peak < MEGABYTES_MAX, "{peak} MB");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_http_1_0_client_is_served_without_a_host_header() {
    let taskline = Taskline::new();
    let running = taskline.start();
    let head = format!("Content-Type: application/json\r\nContent-Length: {}", TASK.len());
    let received = exchange(&running.url, format!("POST /tasks HTTP/1.0\r\n{head}\r\n\r\n{TASK}")).await;
    assert_eq!(received.statuses(), [202]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_shorter_than_its_content_length_makes_no_task() {
    let taskline = Taskline::new();
    let running = taskline.start();
    let mut wire = Wire::to(&running.url).await;
    wire.send(post(&format!("Content-Length: {}", TASK.len() + 1), TASK)).await;
    wire.finish().await;
    assert_eq!(wire.read().await.statuses(), [400]);
    assert_unharmed(&taskline);
    assert_eq!(taskline.json(&["verify"])["completed"], 1);
}

/// RFC 9112, section 6.1: the body is read by its chunks alone, and then the connection is closed. What follows is
/// never read, whichever of the two lengths a proxy believed.
#[tokio::test(flavor = "multi_thread")]
async fn a_request_inside_another_request_is_not_executed() {
    let taskline = Taskline::new();
    let running = taskline.start();
    let smuggled = String::from_utf8(post_whole(task("smuggled"))).unwrap();
    let chunk = format!("{:x}\r\n{TASK}\r\n0\r\n\r\n", TASK.len());
    for (headers, body, statuses) in [
        ("Content-Length: 4\r\nTransfer-Encoding: chunked", format!("{chunk}{smuggled}"), vec![202]),
        ("Transfer-Encoding: chunked\r\nContent-Length: 4", format!("{chunk}{smuggled}"), vec![202]),
        ("Transfer-Encoding: chunked\r\nContent-Length: 4", format!("0\r\n\r\n{smuggled}"), vec![400]),
        ("Transfer-Encoding: xchunked\r\nContent-Length: 4", format!("0\r\n\r\n{smuggled}"), vec![400]),
        ("Transfer-Encoding: identity, chunked", format!("{chunk}{smuggled}"), vec![400]),
        ("Content-Length: 4\r\nContent-Length: 5", format!("0\r\n\r\n{smuggled}"), vec![400]),
    ] {
        let received: Received = exchange(&running.url, post(headers, body)).await;
        assert_eq!(received.statuses(), statuses, "{headers}: {}", received.0);
    }
    assert_unharmed(&taskline);
    assert_eq!(taskline.json(&["verify"])["completed"], 3, "two chunked requests, and one after the attack");
}

#[tokio::test(flavor = "multi_thread")]
async fn pipelined_requests_are_answered_in_order() {
    let taskline = Taskline::new();
    let running = taskline.start();
    let length = |title: &str| format!("Content-Length: {}", task(title).len());
    let titles: Vec<String> = (0..100).map(|number| format!("task {number}")).collect();
    let mut requests: Vec<u8> = titles.iter().flat_map(|title| post(&length(title), task(title))).collect();
    requests.extend(get("/nothing").bytes());
    let received = exchange(&running.url, requests).await;
    assert_eq!(received.statuses(), [vec![202; 100], vec![404]].concat());
    let positions: Vec<u64> = received
        .0
        .split("\"sequence_number\":\"")
        .skip(1)
        .map(|rest| rest.split('"').next().unwrap().parse().unwrap())
        .collect();
    assert!(positions.is_sorted() && positions.len() == 100, "{positions:?}");
    assert_unharmed(&taskline);
}
