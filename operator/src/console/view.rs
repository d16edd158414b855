//! Records and snapshots as JSON for a page.

use std::collections::BTreeMap;

use operations::{HandlerOutage, LineState};
use serde::Serialize;
use serde_json::{Value, json};
use shared::{AuditEntry, Content, Json, Priority, Status, TaskRecord, Timestamp};

use crate::{
    target::PipelineOperations,
    view::{PayloadView, Summary, facts},
};

use super::{
    last_hour::Minute,
    snapshot::{NumberedSnapshot, Snapshot},
};

/// A record in a list, with its title on request.
#[derive(Debug, Serialize)]
pub struct Row {
    #[serde(flatten)]
    summary: Summary,
    title: Option<String>,
    priority: Option<Priority>,
}

impl Row {
    pub fn of(record: &TaskRecord, payload: PayloadView) -> Self {
        let shown = record.task().filter(|_| payload == PayloadView::Shown);
        Self {
            summary: Summary::from(record),
            title: shown.map(|task| task.title().to_owned()),
            priority: record.task().map(|task| task.priority()),
        }
    }
}

/// A whole record, with its contents on request.
pub fn task_view(record: &TaskRecord, payload: PayloadView) -> Value {
    let mut view = facts(record);
    if payload == PayloadView::Shown {
        view["payload"] = content_view(&record.content);
        view["original_payload"] =
            json!(record.amendment.as_ref().map(|amendment| content_view(&amendment.original)));
        view["result"] = json!(record.result.as_ref().map(Json::as_str));
    }
    view
}

/// A payload is a text here, as a result is: a browser would change the digits of its numbers.
fn content_view(content: &Content) -> Value {
    match content {
        Content::Task(task) => json!({"task": {
            "title": task.title(),
            "description": task.description(),
            "priority": task.priority(),
            "due_date": task.due_date(),
            "type": task.task_type(),
            "payload": task.payload().map(Json::as_str),
        }}),
        Content::Raw(body) => json!({"raw": body}),
    }
}

/// A snapshot.
#[derive(Debug, Serialize)]
pub struct SnapshotView<'a> {
    revision: u64,
    pipeline: &'a str,
    operator: &'a str,
    now: Timestamp,
    state: LineState,
    running: Option<bool>,
    paused: bool,
    pause: Option<Pause<'a>>,
    waiting: u64,
    in_flight: u64,
    head_enqueued_at: Option<Timestamp>,
    completed_last_minute: Option<u64>,
    seconds_to_drain: Option<u64>,
    held: usize,
    dead_lettered: usize,
    head: Option<Row>,
    /// When the head is retried, if it waits for that and the line reports it.
    next_attempt_at: Option<Timestamp>,
    handler_unavailable: Option<HandlerOutage>,
    /// When the queue's retention deletes the message of the held task.
    held_is_lost_at: Option<Timestamp>,
    causes: Vec<Cause>,
    last_hour: &'a [Minute],
}

/// The change that paused the line.
#[derive(Debug, Serialize)]
pub struct Pause<'a> {
    at: Timestamp,
    by: &'a str,
    reason: &'a str,
}

impl<'a> From<&'a AuditEntry> for Pause<'a> {
    fn from(entry: &'a AuditEntry) -> Self {
        Self { at: entry.at, by: &entry.by, reason: &entry.reason }
    }
}

/// The dead letters with the same failure class and code.
#[derive(Debug, Serialize)]
pub struct Cause {
    class: &'static str,
    code: String,
    count: usize,
    newest_at: Timestamp,
    newest_message: String,
}

impl<'a> SnapshotView<'a> {
    pub fn of(
        latest: &'a NumberedSnapshot,
        name: &'a str,
        operations: &'a PipelineOperations,
        payload: PayloadView,
    ) -> Self {
        let Snapshot { line, last_hour, .. } = &*latest.snapshot;
        let (head, held) = (latest.snapshot.head(), latest.snapshot.held().count());
        let at_a_hold = head.filter(|head| head.status == Status::Held);
        let state = LineState::of(line, held, head);
        let hold = at_a_hold.map(|head| operations.hold(head.clone(), line.waiting));
        Self {
            revision: latest.number,
            pipeline: name,
            operator: &operations.operator,
            now: operations.clock.now(),
            state,
            running: line.running,
            paused: line.paused,
            pause: latest.snapshot.pause.as_ref().map(Pause::from),
            waiting: line.waiting,
            in_flight: line.in_flight,
            head_enqueued_at: line.head_enqueued_at,
            completed_last_minute: line.completed_last_minute,
            seconds_to_drain: state.seconds_to_drain(line),
            held,
            dead_lettered: latest.snapshot.dead_letters().count(),
            head: head.map(|head| Row::of(head, payload)),
            next_attempt_at: state.next_attempt_at(line),
            handler_unavailable: state.handler_unavailable(line),
            held_is_lost_at: hold.and_then(|hold| hold.lost_at),
            causes: causes(&latest.snapshot),
            last_hour,
        }
    }
}

/// The causes of the dead letters, the newest first.
fn causes(snapshot: &Snapshot) -> Vec<Cause> {
    let mut causes: BTreeMap<(&str, &str), Cause> = BTreeMap::new();
    for failure in snapshot.dead_letters().filter_map(TaskRecord::last_failure) {
        let cause = causes.entry((failure.class.as_str(), &failure.code)).or_insert_with(|| Cause {
            class: failure.class.as_str(),
            code: failure.code.clone(),
            count: 0,
            newest_at: failure.at,
            newest_message: failure.message.clone(),
        });
        cause.count += 1;
        if failure.at > cause.newest_at {
            cause.newest_at = failure.at;
            cause.newest_message.clone_from(&failure.message);
        }
    }
    let mut causes: Vec<_> = causes.into_values().collect();
    causes.sort_by_key(|cause| std::cmp::Reverse(cause.newest_at));
    causes
}
