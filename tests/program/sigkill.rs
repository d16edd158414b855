//! Nothing is lost when the real process is killed again and again while clients submit.

use std::{
    collections::{HashMap, HashSet},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use serde_json::Value;
use shared::{SequenceNumber, Status, TaskRecord};
use tokio::sync::watch;

use crate::{
    data::Data,
    receiver::Receiver,
    taskline::{http, task},
};

const KILLS: u64 = 25;
const CLIENTS: u64 = 6;

/// The ids that were answered with 202, by key.
type Answered = Arc<watch::Sender<HashMap<String, String>>>;

/// Submits tasks until `end` is set. Each task is sent with its key until it is answered with 202.
async fn client(number: u64, mut url: watch::Receiver<String>, end: Arc<AtomicBool>, answered: Answered) {
    let http = http();
    for count in 0.. {
        if end.load(Ordering::Relaxed) {
            return;
        }
        let key = format!("client-{number}-task-{count}");
        loop {
            let address = url.borrow_and_update().clone();
            let request = http.post(format!("{address}/tasks")).header("content-type", "application/json");
            let request = request.header("idempotency-key", &key).body(task(&key));
            if let Ok(answer) = request.send().await
                && answer.status() == 202
                && let Ok(body) = answer.text().await
            {
                let body: Value = serde_json::from_str(&body).unwrap();
                let id = body["task_id"].as_str().unwrap().to_owned();
                answered.send_modify(|answered| drop(answered.insert(key, id)));
                break;
            }
            // Only a new address can help, unless just the answer was lost.
            let _ = tokio::time::timeout(std::time::Duration::from_millis(5), url.changed()).await;
        }
    }
}

/// A number from 1 to `max`, different in each round.
fn number_in_round(round: u64, max: u64) -> u64 {
    (round.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 33) % max + 1
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_process_killed_repeatedly_loses_nothing_repeats_nothing_and_keeps_the_order() {
    let receiver = Receiver::start().await;
    let mut taskline = receiver.taskline().with("ATTEMPT_BUDGET", "100").with("RUST_LOG", "warn");
    let mut running = taskline.start();
    let (url, address) = watch::channel(running.url.clone());
    let (end, answered) = (Arc::new(AtomicBool::new(false)), Answered::default());
    let clients: Vec<_> = (0..CLIENTS)
        .map(|number| tokio::spawn(client(number, address.clone(), Arc::clone(&end), Arc::clone(&answered))))
        .collect();

    // The process is killed when the receiver handles a task, or when one client has its answer and the others still
    // wait.
    for round in 0..KILLS {
        let (mut calls, mut answers) = (receiver.counted(), answered.subscribe());
        if round % 2 == 0 {
            let killed_at = *calls.borrow() + number_in_round(round, 30);
            calls.wait_for(|calls| *calls >= killed_at).await.unwrap();
        } else {
            let killed_at = answers.borrow().len() as u64 + number_in_round(round, 30);
            answers.wait_for(|answers| answers.len() as u64 >= killed_at).await.unwrap();
        }
        running.kill();
        taskline = taskline.with("WEBHOOK_URL", receiver.next_life());
        running = taskline.start();
        url.send_replace(running.url.clone());
    }
    end.store(true, Ordering::Relaxed);
    for client in clients {
        client.await.unwrap();
    }
    taskline.until_idle();
    assert_eq!(running.terminate(), 0);

    let records = Data::of(&taskline).records().await;
    every_answer_is_a_completed_task(&answered.borrow(), &records);
    handled_in_order_and_repeated_only_across_a_kill(&receiver, &records);
    let verified = taskline.run(&["verify"]);
    assert_eq!(verified.code, 0, "{}", verified.out);
    let repeated = records.values().filter(|record| record.attempt > 1).count();
    println!("{} tasks, {KILLS} kills, {repeated} tasks handled again after one", records.len());
}

fn every_answer_is_a_completed_task(
    answered: &HashMap<String, String>,
    records: &HashMap<String, TaskRecord>,
) {
    assert!(answered.len() as u64 > KILLS, "only {} tasks: too few", answered.len());
    let distinct: HashSet<_> = answered.values().collect();
    assert_eq!(distinct.len(), answered.len());
    for (key, id) in answered {
        let record =
            records.get(id).unwrap_or_else(|| panic!("{key} was answered with {id}, which has no record"));
        assert_eq!(record.status, Status::Completed, "{key}");
        assert_eq!(record.task().unwrap().title(), key);
    }
}

/// The receiver's record: positions never decrease, attempts of one task increase from process to process, and the
/// last attempt it received is the one that completed the record.
fn handled_in_order_and_repeated_only_across_a_kill(
    receiver: &Receiver,
    records: &HashMap<String, TaskRecord>,
) {
    let mut calls = receiver.calls();
    // The last call of a killed process can be read after the first call of the next.
    calls.sort_by_key(|call| call.life);
    let place = |id: &str| records[id].sequence_number.unwrap();
    let positions: Vec<SequenceNumber> = calls.iter().map(|call| place(&call.task_id)).collect();
    assert!(positions.is_sorted(), "handled out of order");
    let mut last = HashMap::new();
    for call in &calls {
        if let Some(before) = last.insert(&call.task_id, call) {
            assert!(call.life > before.life, "{} was handled twice by one process", call.task_id);
            assert!(call.attempt > before.attempt, "{} was handled twice as one attempt", call.task_id);
        }
    }
    for (id, record) in records {
        assert_eq!(last.get(id).map(|call| call.attempt), Some(u64::from(record.attempt)), "{id}");
    }
}
