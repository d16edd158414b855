//! Slow clients: each has ten seconds, and delays no other client.

use futures_util::future::{join, join_all};

use crate::{
    taskline::{Taskline, http, task},
    wire::{TASK, Wire, peak_megabytes, post},
};

const CLIENTS_OF_A_KIND: usize = 50;
/// A pipeline without tasks takes some 20 MB in a debug build.
const MEGABYTES_MAX: u64 = 120;

#[tokio::test(flavor = "multi_thread")]
async fn clients_that_neither_send_nor_read_are_disconnected_and_others_are_served() {
    let taskline = Taskline::new();
    let running = taskline.start();
    let output: [(Vec<u8>, &[u16]); 5] = [
        (b"".to_vec(), &[]),
        (b"POST /tasks HTTP/1.1\r\nHost: t\r\nX: ".to_vec(), &[]),
        (post("Content-Length: 60000", vec![b' '; 50_000]), &[408]),
        (post("Transfer-Encoding: chunked", "ffff\r\n{"), &[408]),
        (post("Content-Length: 60000\r\nExpect: 100-continue", ""), &[100, 408]),
    ];
    let mut slow = Vec::new();
    for (bytes, statuses) in output.iter().cycle().take(CLIENTS_OF_A_KIND * output.len()) {
        let mut wire = Wire::to(&running.url).await;
        wire.send(bytes).await;
        slow.push((wire, statuses));
    }
    let client = http();
    for number in 0..50 {
        let request =
            client.post(format!("{}/tasks", running.url)).header("content-type", "application/json");
        assert_eq!(request.body(task(&number.to_string())).send().await.unwrap().status(), 202);
    }
    let let_go = join_all(slow.into_iter().map(async |(wire, statuses)| {
        assert_eq!(wire.read().await.statuses(), **statuses);
    }));
    let never_read = join_all((0..CLIENTS_OF_A_KIND).map(async |_| {
        let mut wire = Wire::narrow(&running.url).await;
        wire.send_until_closed("GET /openapi.json HTTP/1.1\r\nHost: t\r\n\r\n").await;
    }));
    join(let_go, never_read).await;
    taskline.until_idle();
    assert_eq!(taskline.json(&["verify"])["completed"], 50);
    let peak = peak_megabytes(running.child.id());
    println!("slow clients: at most {peak} MB");
    assert!(peak < MEGABYTES_MAX, "{peak} MB");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_closes_idle_connections_at_once_and_answers_the_request_in_progress() {
    let taskline = Taskline::new();
    let running = taskline.start();
    let (body, rest) = TASK.split_at(10);
    let mut in_progress = Wire::to(&running.url).await;
    in_progress.send(post(&format!("Content-Length: {}\r\nExpect: 100-continue", TASK.len()), body)).await;
    let mut used = Wire::to(&running.url).await;
    used.send("GET /nothing HTTP/1.1\r\nHost: t\r\n\r\n").await;
    // A connection of which nothing was read yet has no request in progress.
    assert_eq!(in_progress.read_head().await.statuses(), [100]);
    assert_eq!(used.read_head().await.statuses(), [404]);
    let idle = [Wire::to(&running.url).await, Wire::to(&running.console).await];
    // The server knows every connection that was made before this one.
    assert_eq!(http().get(format!("{}/openapi.json", running.url)).send().await.unwrap().status(), 200);

    let stopped = tokio::task::spawn_blocking(|| running.terminate());
    for wire in idle {
        assert_eq!(wire.read().await.0, "");
    }
    assert!(used.read().await.statuses().is_empty());
    // If the idle clients had been closed by their timeout only, this request would have timed out, too.
    in_progress.send(rest).await;
    assert_eq!(in_progress.read().await.statuses(), [202]);
    assert_eq!(stopped.await.unwrap(), 0);
}
