//! Thousands of connections: others are served beside them, and what they cost has an end.

use futures_util::future::join_all;

use crate::{
    taskline::{Running, Taskline, http, task},
    wire::{Wire, peak_megabytes},
};

/// How many there are, where the system lets this process and the pipeline's have so many.
const CONNECTIONS: u64 = 5_000;
/// Files of this process that are no connections of a crowd, other tests' among them.
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

/// Idle connections, in all states in which a connection can be idle.
async fn crowd(url: &str, size: u64) -> Vec<Wire> {
    let mut crowd = Vec::new();
    for number in 0..size {
        let mut wire = Wire::to(url).await;
        match number % 3 {
            0 => {}
            1 => wire.say("GET / HTTP/1.1\r\nHost: t\r\n\r\n").await,
            _ => wire.say("GET / HTTP/1.1\r\nHost: t\r\nX: ").await,
        }
        crowd.push(wire);
    }
    crowd
}

/// Starts as from a shell whose soft limit is far lower: the pipeline raises its own.
#[tokio::test(flavor = "multi_thread")]
async fn beside_thousands_of_idle_connections_others_are_served() {
    let files = rlimit::increase_nofile_limit(CONNECTIONS + OTHER_FILES).unwrap();
    let connections = CONNECTIONS.min(files.saturating_sub(OTHER_FILES));
    assert!(connections > 1_000, "so few files may be opened here that nothing would be tried: ulimit -Hn");
    let taskline = Taskline::new().with_open_files("-Sn 256").with("RUST_LOG", "warn");
    let running = taskline.start();
    let crowd = crowd(&running.url, connections).await;
    join_all((0..CLIENTS).map(|number| client(&running, number))).await;
    drop(crowd);
    taskline.until_idle();
    assert_eq!(taskline.json(&["verify"])["completed"], CLIENTS * TASKS_OF_A_CLIENT);
    let peak = peak_megabytes(running.child.id());
    println!("{connections} connections: at most {peak} MB");
    assert!(peak < MEGABYTES_MAX, "{peak} MB");
    assert_eq!(taskline.log().matches("WARN").count(), 0, "{}", taskline.log());
    assert_eq!(running.terminate(), 0);
}

/// 300 files are room for 44 connections.
#[tokio::test(flavor = "multi_thread")]
async fn when_all_connections_are_taken_the_next_is_served_once_idle_ones_are_let_go() {
    let taskline = Taskline::new().with_open_files("-n 300").with("RUST_LOG", "warn");
    let running = taskline.start();
    let crowd = crowd(&running.url, 60).await;
    // Commands open the data by themselves, and so does the console's server.
    let submitted = taskline.submit("past the crowd");
    assert_eq!(http().get(&running.console).send().await.unwrap().status(), 200);
    client(&running, 0).await;
    taskline.until_idle();
    assert_eq!(taskline.status_of(&submitted)["status"], "completed");
    // Again when places come free one by one and are taken at once, but not for each who waits.
    let warned = taskline.log().matches("as many connections as may be").count();
    assert!((1..16).contains(&warned), "{}", taskline.log());
    drop(crowd);
    assert_eq!(running.terminate(), 0);
}
