//! A power cut may remove everything from the write-ahead log that was not synced: the log ends at any byte, or in
//! garbage. Every 202 and the claim of every handled task must be synced by the time they are given, so no log after
//! a power cut lacks them. A delete and the receive of the next message are not synced separately and may be lost:
//! then a message of a finished task is redelivered, and the task is not handled again.

use std::{
    collections::HashMap,
    fs,
    path::Path,
    sync::{Arc, Mutex},
};

use axum::http::StatusCode;
use chrono::TimeDelta;
use harness::{Synced, TestClock, eventually, side_by_side};
use local::{DataDirectory, QueueTerms, SqliteTaskQueue, Store};
use shared::{
    Message, Status, TaskId,
    ports::{Clock, Depth, TaskQueue},
};
use tempfile::TempDir;

use crate::{
    data::Data,
    receiver::Receiver,
    request::{post, wait},
    taskline::Taskline,
};

/// https://sqlite.org/fileformat2.html#the_write_ahead_log
const LOG_HEADER_BYTES: usize = 32;
const FRAME_HEADER_BYTES: usize = 24;
const PAGE_SIZE_AT: usize = 8;
/// In a frame header: zero unless the frame ends a transaction.
const COMMITS_AT: usize = 4;
/// As many as one peek into a queue returns.
const TASKS: usize = 10;
/// One of so many logs is processed to its end.
const WORKED_OFF_OF: usize = 40;

/// A 202: its key, its task, and how much of the log was synced then.
struct Answered {
    key: String,
    id: TaskId,
    synced_bytes: usize,
}

/// A call of the handler: its task, and how much of the log was synced then.
struct Called {
    title: String,
    synced_bytes: usize,
}

/// The files of a pipeline that was killed.
struct Disk {
    taskline: Taskline,
    database: Vec<u8>,
    log: Vec<u8>,
    /// The length of the log at each sync.
    synced: Vec<usize>,
    answered: Vec<Answered>,
    called: Vec<Called>,
}

/// A log after a power cut, and up to which byte it is what was written.
#[derive(Clone)]
struct Cut {
    log: Vec<u8>,
    sound_bytes: usize,
}

/// The first half is accepted by a paused line, so that the synced length is known exactly for each answer; the other
/// half while the line runs. The process is killed once all are handled.
fn killed(receiver: &Receiver) -> Disk {
    let (taskline, synced) = Synced::watch(receiver.taskline().with("RUST_LOG", "warn"));
    let (synced, called) = (Arc::new(synced), Arc::<Mutex<Vec<Called>>>::default());
    receiver.answer("task-1", StatusCode::BAD_REQUEST);
    let (then, noted) = (Arc::clone(&synced), Arc::clone(&called));
    receiver.on_call(move |title| {
        noted.lock().unwrap().push(Called { title: title.to_owned(), synced_bytes: then.length() });
    });
    let running = taskline.start();
    assert_eq!(taskline.run(&["line", "pause", "--reason", "a test"]).code, 0);
    let database = fs::read(taskline.data().join("taskline.db")).unwrap();
    let log_path = taskline.data().join("taskline.db-wal");
    let mut answered = Vec::new();
    for number in 0..TASKS {
        if number == TASKS / 2 {
            assert_eq!(taskline.run(&["line", "resume", "--reason", "a test"]).code, 0);
        }
        let key = format!("task-{number}");
        let answer = post(&running.url, &key, Some(&key)).unwrap();
        assert_eq!(answer.status, StatusCode::ACCEPTED);
        let id = answer.body["task_id"].as_str().unwrap().parse().unwrap();
        answered.push(Answered { key, id, synced_bytes: synced.length() });
    }
    let data = Data::of(&taskline);
    wait(eventually(|| data.line(), |depth| *depth == Depth::default()));
    running.kill();
    let log = fs::read(&log_path).unwrap();
    let now = fs::read(taskline.data().join("taskline.db")).unwrap();
    assert!(now == database, "the log was moved into the database: it no longer holds every change");
    let taskline = taskline.with("LD_PRELOAD", "");
    let called = std::mem::take(&mut *called.lock().unwrap());
    Disk { taskline, database, log, synced: synced.lengths(), answered, called }
}

impl Disk {
    fn frame_bytes(&self) -> usize {
        let size: [u8; 4] = self.log[PAGE_SIZE_AT..PAGE_SIZE_AT + 4].try_into().unwrap();
        FRAME_HEADER_BYTES + u32::from_be_bytes(size) as usize
    }

    /// Where each frame begins.
    fn frames(&self) -> impl Iterator<Item = usize> {
        let frame = self.frame_bytes();
        (LOG_HEADER_BYTES..=self.log.len() - frame).step_by(frame)
    }

    /// The log ends at each frame and somewhere within it, or within the log's header.
    fn torn(&self) -> Vec<Cut> {
        let frame = self.frame_bytes();
        let within = [1, COMMITS_AT, FRAME_HEADER_BYTES, FRAME_HEADER_BYTES + 1, frame / 2, frame - 1];
        let frames = self.frames().enumerate();
        let ends = frames.flat_map(|(number, at)| [at, at + within[number % within.len()]]);
        let ends = [0, 1, LOG_HEADER_BYTES - 1].into_iter().chain(ends).chain([self.log.len()]);
        ends.map(|end| Cut { log: self.log[..end].to_vec(), sound_bytes: end }).collect()
    }

    /// The log ends where it was synced.
    fn cut_at_a_sync(&self) -> Vec<Cut> {
        let ends = self.synced.iter().copied();
        ends.map(|end| Cut { log: self.log[..end].to_vec(), sound_bytes: end }).collect()
    }

    /// The log has its length, but its last frame holds zeros or one changed byte; or frames of an older log follow
    /// it.
    fn garbled(&self) -> Vec<Cut> {
        let frame = self.frame_bytes();
        let commits = self.frames().filter(|at| self.log[at + COMMITS_AT..at + COMMITS_AT + 4] != [0; 4]);
        let garble = |at: usize| {
            let written = |change: &dyn Fn(&mut [u8])| {
                let mut log = self.log[..at + frame].to_vec();
                change(&mut log[at..]);
                Cut { log, sound_bytes: at }
            };
            let older = [&self.log[..at], &self.log[LOG_HEADER_BYTES..LOG_HEADER_BYTES + frame]].concat();
            [
                written(&|last| last.fill(0)),
                written(&|last| last[FRAME_HEADER_BYTES + at / frame % (frame - FRAME_HEADER_BYTES)] ^= 0x5a),
                written(&|last| last[FRAME_HEADER_BYTES..].fill(0)),
                Cut { log: older, sound_bytes: at },
            ]
        };
        commits.skip(1).flat_map(garble).collect()
    }

    fn write_to(&self, cut: &Cut, data: &Path) {
        fs::create_dir_all(data).unwrap();
        fs::write(data.join("taskline.db"), &self.database).unwrap();
        fs::write(data.join("taskline.db-wal"), &cut.log).unwrap();
    }

    /// The database after a cut, opened in another folder.
    fn opened(&self, cut: &Cut) -> (TempDir, Store) {
        let folder = tempfile::tempdir().unwrap();
        self.write_to(cut, folder.path());
        let data = DataDirectory::new(folder.path());
        let store = data.open_or_create(&data.lock().unwrap()).unwrap();
        (folder, store)
    }
}

/// The tasks whose messages a queue holds, in order. By this clock, every delivery has timed out.
async fn task_ids(
    store: &Store,
    which: fn(Store, Arc<dyn Clock>, QueueTerms) -> SqliteTaskQueue,
) -> Vec<TaskId> {
    let clock = TestClock::default();
    clock.advance(TimeDelta::days(365_000));
    let queue =
        which(store.clone(), Arc::new(clock), QueueTerms { visibility_seconds: 1, max_receive_count: 99 });
    let seen = queue.receive(TASKS as u32, 0).await.unwrap();
    assert_eq!(queue.depth().await.unwrap(), Depth { waiting: 0, in_flight: seen.len() as u64 });
    seen.iter().map(|delivery| Message::decode(&delivery.body).unwrap().task_id).collect()
}

/// The finished tasks whose messages are still in the line.
type Undeleted = Vec<TaskId>;

/// The database opens; it contains every task that was answered by then and the claim of every task that was handled;
/// records and queues contain the same tasks.
async fn assert_consistent(disk: &Disk, cut: &Cut) -> Undeleted {
    let (_folder, store) = disk.opened(cut);
    let records = Data::in_store(store.clone()).records().await;
    let attempts: HashMap<&str, u32> =
        records.values().map(|it| (it.task().unwrap().title(), it.attempt)).collect();
    for called in disk.called.iter().filter(|called| called.synced_bytes <= cut.sound_bytes) {
        assert!(attempts[&*called.title] > 0, "{} was handled but is not claimed", called.title);
    }
    let records: HashMap<TaskId, Status> = records.values().map(|it| (it.task_id, it.status)).collect();
    let line = task_ids(&store, SqliteTaskQueue::line).await;
    let dead_letters = task_ids(&store, SqliteTaskQueue::dead_letters).await;
    let at = cut.sound_bytes;
    let is_answered = |id: &TaskId| disk.answered.iter().any(|it| it.id == *id && it.synced_bytes <= at);
    for answered in disk.answered.iter().filter(|answered| answered.synced_bytes <= at) {
        assert!(records.contains_key(&answered.id), "{} was answered but is lost at {at}", answered.key);
    }
    for (id, status) in &records {
        let is_half_accepted = *status == Status::Accepted && !is_answered(id);
        let has_message = line.contains(id);
        assert!(
            has_message || is_half_accepted || !status.is_in_the_line(),
            "{status} without a message at {at}"
        );
        let has_dead_letter = dead_letters.contains(id);
        assert!(
            has_dead_letter || *status != Status::DeadLettered,
            "dead-lettered without a dead letter at {at}"
        );
        assert!(
            !has_dead_letter || matches!(status, Status::DeadLettered | Status::DeadLettering),
            "{status} at {at}"
        );
    }
    assert!(
        line.iter().chain(&dead_letters).all(|id| records.contains_key(id)),
        "a message without a record at {at}"
    );
    let undeleted: Undeleted = line.into_iter().filter(|id| !records[id].is_in_the_line()).collect();
    assert!(undeleted.len() <= 1, "{} messages of finished tasks at {at}", undeleted.len());
    undeleted
}

/// The cuts after the end of a task and before the deletion of its message, one for each task.
fn undeleted(disk: &Disk) -> Vec<Cut> {
    let mut cuts: HashMap<TaskId, Cut> = HashMap::new();
    for cut in disk.cut_at_a_sync() {
        let undeleted = wait(assert_consistent(disk, &cut));
        cuts.extend(undeleted.into_iter().map(|id| (id, cut.clone())));
    }
    cuts.into_values().collect()
}

/// The tasks that are finished.
fn finished(disk: &Disk, cut: &Cut) -> Vec<TaskId> {
    let (_folder, store) = disk.opened(cut);
    let records = wait(Data::in_store(store).records()).into_values();
    let is_over =
        |status: Status| status.is_final() || matches!(status, Status::DeadLettering | Status::DeadLettered);
    records.filter(|record| is_over(record.status)).map(|record| record.task_id).collect()
}

/// The pipeline continues: clients without an answer submit again with their key, every task is finished in order,
/// and no finished task is handled again.
fn assert_continues(disk: &Disk, cut: &Cut) {
    let receiver = wait(Receiver::start());
    receiver.answer("task-1", StatusCode::BAD_REQUEST);
    let taskline = disk.taskline.copy().with("WEBHOOK_URL", receiver.url());
    disk.write_to(cut, &taskline.data());
    let over = finished(disk, cut);
    let running = taskline.start();
    for Answered { key, id, .. } in &disk.answered {
        let answer = post(&running.url, key, Some(key)).unwrap();
        assert_eq!(answer.body["task_id"], id.to_string(), "{}", answer.body);
    }
    taskline.run(&["line", "resume", "--reason", "a test"]);
    let data = Data::of(&taskline);
    wait(eventually(|| data.line(), |depth| *depth == Depth::default()));
    assert_eq!(running.terminate(), 0);
    let records = wait(data.records());
    assert_eq!(records.len(), TASKS);
    for record in records.into_values() {
        let is_refused = record.task().unwrap().title() == "task-1";
        let end = if is_refused { Status::DeadLettered } else { Status::Completed };
        assert_eq!(record.status, end, "at {}", cut.sound_bytes);
    }
    assert_eq!(wait(data.dead_letters()).waiting, 1);
    let titles = receiver.titles();
    let unfinished = disk.answered.iter().filter(|task| !over.contains(&task.id));
    assert!(unfinished.map(|task| &task.key).eq(&titles), "{titles:?} at {}", cut.sound_bytes);
    let verified = taskline.run(&["verify"]);
    assert_eq!(verified.code, 0, "{}", verified.out);
}

#[test]
fn after_any_power_cut_the_data_opens_is_consistent_and_contains_every_answered_task() {
    let receiver = wait(Receiver::start());
    let disk = killed(&receiver);
    assert_eq!(disk.called.len(), TASKS);
    let (torn, garbled, undeleted) = (disk.torn(), disk.garbled(), undeleted(&disk));
    assert_eq!(undeleted.len(), TASKS, "cuts that lose the delete and keep the end");
    let cuts: Vec<&Cut> = torn.iter().chain(&garbled).collect();
    side_by_side(&cuts, |cut| drop(wait(assert_consistent(&disk, cut))));
    let to_its_end: Vec<&Cut> = cuts.into_iter().step_by(WORKED_OFF_OF).chain(&undeleted).collect();
    side_by_side(&to_its_end, |cut| assert_continues(&disk, cut));
    let [torn, garbled, to_its_end] = [torn.len(), garbled.len(), to_its_end.len()];
    assert!(
        torn > 100 && garbled > 50 && to_its_end > 5,
        "{torn}, {garbled}, {to_its_end}: too few cuts were tested"
    );
    println!("{torn} torn and {garbled} garbled logs agree, {to_its_end} of them worked off to the end");
}
