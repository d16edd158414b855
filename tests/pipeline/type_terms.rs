//! Types with their own handlers, time-outs and attempt budgets, in one line.

use std::collections::BTreeMap;

use harness::{Gate, Outcome, PipelineFixture, ScriptedHandler, Turn, eventually, post};
use shared::{
    FailureClass, Status, Submission, TaskId, TaskType, TaskTypes, TypeTerms,
    limits::{LEASE_MARGIN_SECONDS, LEASE_SECONDS_MAX},
};

const LEASE: i64 = LEASE_SECONDS_MAX as i64;
const MARGIN: i64 = LEASE_MARGIN_SECONDS as i64;
const SLOW: TypeTerms = TypeTerms { timeout_seconds: Some(600), attempt_budget: Some(2) };
const QUICK: TypeTerms = TypeTerms { timeout_seconds: Some(5), attempt_budget: Some(1) };

fn task_type(name: &str) -> TaskType {
    name.parse().unwrap()
}

/// A pipeline that knows `slow` and `quick`, each with its own handler and terms, and `plain`, which has none.
struct Fixture {
    pipeline: PipelineFixture,
    slow: ScriptedHandler,
    quick: ScriptedHandler,
}

impl Fixture {
    fn new() -> Self {
        let [slow, quick] = [ScriptedHandler::default(), ScriptedHandler::default()];
        let types = [("slow", SLOW), ("quick", QUICK), ("plain", TypeTerms::default())];
        let mut pipeline = PipelineFixture::new();
        pipeline
            .knowing(TaskTypes::of_file(BTreeMap::from(types.map(|(name, terms)| (task_type(name), terms)))));
        pipeline.type_handlers = vec![(task_type("slow"), slow.clone()), (task_type("quick"), quick.clone())];
        Self { pipeline, slow, quick }
    }

    async fn post(&self, title: &str, task_type: &str) -> TaskId {
        let request = post().body(task(title, task_type).into()).unwrap();
        let answer = self.pipeline.send(request).await;
        assert_eq!(answer.status, 202, "{answer:?}");
        answer.json()["task_id"].as_str().unwrap().parse().unwrap()
    }
}

fn task(title: &str, task_type: &str) -> String {
    format!(r#"{{"title":"{title}","description":"d","priority":"low","type":"{task_type}"}}"#)
}

#[tokio::test]
async fn each_type_is_handled_by_its_own_handler_in_one_order() {
    let Fixture { pipeline, slow, quick } = &Fixture::new();
    let fixture = Fixture { pipeline: pipeline.clone(), slow: slow.clone(), quick: quick.clone() };
    let mut task_ids = Vec::new();
    for (title, task_type) in [("a", "slow"), ("b", "plain"), ("c", "quick"), ("d", "slow")] {
        task_ids.push(fixture.post(title, task_type).await);
    }
    for task_id in task_ids {
        assert_eq!(pipeline.turn().await, Turn::Acknowledged);
        assert_eq!(pipeline.status(task_id).await, Status::Completed);
    }
    assert_eq!((slow.titles(), quick.titles()), (vec!["a".to_owned(), "d".to_owned()], vec!["c".to_owned()]));
    assert_eq!(pipeline.handler.titles(), ["b"]);
}

#[tokio::test]
async fn a_type_that_is_only_recorded_completes_by_its_claim_and_another_does_not() {
    let fixture = Fixture::new();
    let recorded = fixture.pipeline.record_only();
    let plain = fixture.post("a", "plain").await;
    let quick = fixture.post("b", "quick").await;
    recorded.work_until_empty().await;
    assert_eq!([recorded.status(plain).await, recorded.status(quick).await], [Status::Completed; 2]);
    assert_eq!((fixture.quick.titles(), recorded.handler.titles()), (vec!["b".to_owned()], Vec::new()));
}

#[tokio::test]
async fn each_type_has_its_own_deadline_lease_and_visibility() {
    let fixture = Fixture::new();
    let pipeline = &fixture.pipeline;
    assert_eq!(i64::from(pipeline.settings.visibility_seconds()), 6 * (600 + MARGIN), "that of the longest");
    for (title, name, handler, timeout, lease) in [
        ("a", "slow", &fixture.slow, 600, LEASE),
        ("b", "quick", &fixture.quick, 5, 5 + MARGIN),
        ("c", "plain", &pipeline.handler, 20, 20 + MARGIN),
    ] {
        let gate = Gate::closed();
        handler.on(title, [Outcome::Wait(gate.clone())]);
        let task_id = fixture.post(title, name).await;
        let claimed_at = pipeline.now();
        let turn = tokio::spawn({
            let pipeline = pipeline.clone();
            async move { pipeline.turn().await }
        });
        eventually(|| async { handler.calls().len() }, |calls| *calls == 1).await;
        let seconds = |at: shared::Timestamp| (at - claimed_at).num_seconds();
        assert_eq!(seconds(handler.calls()[0].deadline), timeout, "{name}");
        assert_eq!(seconds(pipeline.record(task_id).await.lease_until.unwrap()), lease, "{name}");
        gate.open();
        assert_eq!(turn.await.unwrap(), Turn::Acknowledged);
    }
}

#[tokio::test]
async fn each_type_has_its_own_budget_also_after_a_redrive_and_an_amendment() {
    let fixture = Fixture::new();
    let pipeline = &fixture.pipeline;
    fixture.slow.on("a", vec![Outcome::Transient("busy"); 4]);
    fixture.quick.on("b", vec![Outcome::Transient("busy"); 2]);
    let slow = fixture.post("a", "slow").await;
    let quick = fixture.post("b", "quick").await;
    pipeline.work_until_empty().await;
    assert_eq!((fixture.slow.attempts(slow), fixture.quick.attempts(quick)), (vec![1, 2], vec![1]));
    assert_eq!([pipeline.status(slow).await, pipeline.status(quick).await], [Status::DeadLettered; 2]);
    pipeline.redrive(slow).await;
    pipeline.work_until_empty().await;
    assert_eq!(fixture.slow.attempts(slow), [1, 2, 3, 4], "two more");
    // Amended to the other type, whose handler fails it again: one attempt, not two.
    let amended = Submission::parse(task("b", "quick").as_bytes()).unwrap();
    let reason = shared::Reason::parse("because").unwrap();
    pipeline.operations().amend(slow, amended.task(), &reason).await.unwrap();
    pipeline.redrive(slow).await;
    pipeline.work_until_empty().await;
    let record = pipeline.record(slow).await;
    assert_eq!(
        (record.status, record.last_failure().unwrap().class),
        (Status::DeadLettered, FailureClass::Transient)
    );
    assert_eq!(fixture.quick.attempts(slow), [5]);
}

/// The message names the type of the submission, the record that of the amendment.
#[tokio::test]
async fn an_amended_task_runs_with_the_time_out_of_its_new_type() {
    let fixture = Fixture::new();
    let pipeline = &fixture.pipeline;
    fixture.quick.on("a", [Outcome::Permanent("no")]);
    let task_id = fixture.post("a", "quick").await;
    pipeline.work_until_empty().await;
    let amended = Submission::parse(task("a", "slow").as_bytes()).unwrap();
    let reason = shared::Reason::parse("because").unwrap();
    pipeline.operations().amend(task_id, amended.task(), &reason).await.unwrap();
    pipeline.redrive(task_id).await;
    let before = pipeline.now();
    pipeline.work_until_empty().await;
    assert_eq!(pipeline.status(task_id).await, Status::Completed);
    assert!((fixture.slow.calls()[0].deadline - before).num_seconds() >= 600);
}

#[tokio::test]
async fn an_amendment_to_an_unknown_type_is_refused_and_changes_nothing() {
    let fixture = Fixture::new();
    let pipeline = &fixture.pipeline;
    fixture.quick.on("a", [Outcome::Permanent("no")]);
    let task_id = fixture.post("a", "quick").await;
    pipeline.work_until_empty().await;
    let before = pipeline.record(task_id).await;
    let amended = Submission::parse(task("a", "other").as_bytes()).unwrap();
    let reason = shared::Reason::parse("because").unwrap();
    let refused = pipeline.operations().amend(task_id, amended.task(), &reason).await.unwrap_err();
    assert_eq!(refused.to_string(), "the task is invalid: /type must be one of plain, quick, slow");
    assert_eq!(pipeline.record(task_id).await, before);
}

/// An outage of one handler says nothing about another, but the line is one.
#[tokio::test]
async fn an_unavailable_handler_of_one_type_stops_the_line_and_the_status_names_its_type() {
    let fixture = Fixture::new();
    let pipeline = &fixture.pipeline;
    fixture.slow.set_unavailable(true);
    let slow = fixture.post("a", "slow").await;
    let quick = fixture.post("b", "quick").await;
    assert_eq!(pipeline.turn().await, Turn::Unacknowledged);
    let outage = pipeline.operations().status().await.unwrap().handler_unavailable.unwrap();
    assert_eq!((outage.task_type, outage.code.as_str()), (Some(task_type("slow")), "outage"));
    assert_eq!(pipeline.status(quick).await, Status::Accepted);
    fixture.slow.set_unavailable(false);
    pipeline.work_until_empty().await;
    assert_eq!([pipeline.status(slow).await, pipeline.status(quick).await], [Status::Completed; 2]);
}
