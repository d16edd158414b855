//! Thousands of connections: other clients are still served, and memory stays bounded.

use futures_util::future::join_all;

use crate::{
    taskline::{Running, Taskline, http, task},
    wire::{Wire, peak_megabytes},
};

/// The number of connections, if this process and the pipeline may open as many files.
const CONNECTIONS: u64 = 5_000;
/// Files that this process opens for other purposes, including other tests.
const OTHER_FILES: u64 = 1_000;
const CLIENTS: usize = 4;
const TASKS_OF_A_CLIENT: usize = 10;
/// Each idle connection takes some 15 kB in a debug build.
const MEGABYTES_MAX: u64 = 200;

async fn client(running: &Running, number: usize) {
    let http = http();
    for count in 0..TASKS_OF_A_CLIENT {
        let request = http.post(format!("{}/tasks", running.url)).header("content-type", "application/json");
        let answer = request.body(task(&format!("{number}/{count}"))).send().await.unwrap();
        assert_eq!(answer.status(), 202);
    }
}

/// Idle connections, in every state in which a connection can be idle.
async fn idle(url: &str, size: u64) -> Vec<Wire> {
    let mut idle = Vec::new();
    for number in 0..size {
        let mut wire = Wire::to(url).await;
        match number % 3 {
            0 => {}
            1 => wire.send("GET / HTTP/1.1\r\nHost: t\r\n\r\n").await,
            _ => wire.send("GET / HTTP/1.1\r\nHost: t\r\nX: ").await,
        }
        idle.push(wire);
    }
    idle
}

/// Starts as from a shell whose soft limit is far lower: the pipeline raises the limit.
#[tokio::test(flavor = "multi_thread")]
async fn clients_are_served_despite_thousands_of_idle_connections() {
    let files = rlimit::increase_nofile_limit(CONNECTIONS + OTHER_FILES).unwrap();
    let connections = CONNECTIONS.min(files.saturating_sub(OTHER_FILES));
    assert!(connections > 1_000, "the limit of open files is too low for this test: ulimit -Hn");
    let taskline = Taskline::new().with_open_files("-Sn 256").with("RUST_LOG", "warn");
    let running = taskline.start();
    let idle = idle(&running.url, connections).await;
    join_all((0..CLIENTS).map(|number| client(&running, number))).await;
    drop(idle);
    taskline.until_idle();
    assert_eq!(taskline.json(&["verify"])["completed"], CLIENTS * TASKS_OF_A_CLIENT);
    let peak = peak_megabytes(running.child.id());
    println!("{connections} connections: at most {peak} MB");
    assert!(peak < MEGABYTES_MAX, "{peak} MB");
    assert_eq!(taskline.log().matches("WARN").count(), 0, "{}", taskline.log());
    assert_eq!(running.terminate(), 0);
}

/// 300 files allow 44 connections.
#[tokio::test(flavor = "multi_thread")]
async fn a_client_beyond_the_connection_limit_is_served_once_idle_connections_are_closed() {
    let taskline = Taskline::new().with_open_files("-n 300").with("RUST_LOG", "warn");
    let running = taskline.start();
    let idle = idle(&running.url, 60).await;
    // Commands open the data directly, and so does the console's server.
    let submitted = taskline.submit("beyond the idle connections");
    assert_eq!(http().get(&running.console).send().await.unwrap().status(), 200);
    client(&running, 0).await;
    taskline.until_idle();
    assert_eq!(taskline.status_of(&submitted)["status"], "completed");
    // The warning is repeated when connections become free one by one and are taken at once, but not for each waiting
    // client.
    let warned = taskline.log().matches("the limit of connections is reached").count();
    assert!((1..16).contains(&warned), "{}", taskline.log());
    drop(idle);
    assert_eq!(running.terminate(), 0);
}
