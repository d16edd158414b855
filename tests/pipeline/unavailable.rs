//! Outages of the handler's service: the line waits, no attempt is spent, and nothing goes to the dead-letter queue before
//! the outage is too long.

use std::time::Duration;

use chrono::TimeDelta;
use harness::{Outage, Outcome, PipelineFixture, Step, Turn};
use shared::{
    FailureClass, Reason, Status, TaskId,
    lifecycle::{FailurePolicy, Force},
    limits::{OUTAGE_SECONDS_MAX, RECEIVE_COUNT_MAX, SPACED_WAIT_SECONDS},
    ports::Depth,
};

const RETRY_SECONDS_MAX: i64 = 60;

/// Works the line for so long, once a minute.
async fn work_for(pipeline: &PipelineFixture, time: TimeDelta) {
    let end = pipeline.now() + time;
    while pipeline.now() < end {
        while pipeline.turn().await == Turn::Acknowledged {}
        pipeline.clock.advance_seconds(60);
    }
}

/// How many deliveries the handler got.
fn calls(pipeline: &PipelineFixture) -> usize {
    pipeline.handler.calls().len()
}

#[tokio::test]
async fn an_outage_of_ten_minutes_at_full_load_only_delays_the_line() {
    let pipeline = PipelineFixture::new();
    let mut posted: Vec<TaskId> = pipeline.post_all(["1", "2", "3", "4", "5", "6", "7", "8"]).await.into();
    for _ in 0..3 {
        assert_eq!(pipeline.turn().await, Turn::Acknowledged);
    }
    pipeline.handler.set_unavailable(true);
    for _ in 0..600 / 5 {
        posted.push(pipeline.post("new").await);
        pipeline.turn().await;
        pipeline.clock.advance_seconds(5);
    }
    let head = pipeline.record(posted[3]).await;
    assert_eq!((head.status, head.attempts_left), (Status::Retrying, Some(pipeline.settings.attempt_budget)));
    let depth = pipeline.depth().await;
    assert_eq!(depth.waiting + depth.in_flight, posted.len() as u64 - 3);

    pipeline.handler.set_unavailable(false);
    let (waited, turn) = pipeline.next_turn().await;
    assert_eq!(turn, Turn::Acknowledged, "the first attempt after the outage succeeds");
    assert!(waited <= RETRY_SECONDS_MAX, "{waited} s");
    while pipeline.turn().await == Turn::Acknowledged {}
    assert_eq!(pipeline.depth().await, Depth::default(), "nothing else waits");
    let mut handled = pipeline.handler.task_ids();
    handled.dedup();
    assert_eq!(handled, posted);
    assert_eq!(pipeline.dead_letters().await.len(), 0);
    for (index, task_id) in posted.iter().enumerate() {
        let record = pipeline.record(*task_id).await;
        let attempts = pipeline.handler.attempts(*task_id).len() as u32;
        assert_eq!(
            (record.status, record.attempt),
            (Status::Completed, attempts),
            "every number was used once"
        );
        assert_eq!(attempts > 1, index == 3, "only the head was tried");
        assert_eq!(record.unavailable_since, None);
    }
    let [failure] = &pipeline.record(posted[3]).await.failures[..] else { panic!("one outage, one failure") };
    assert_eq!((failure.class, failure.code.as_str()), (FailureClass::Unavailable, "outage"));
    assert_eq!(failure.replaced + 2, pipeline.handler.attempts(posted[3]).len() as u32);
}

#[tokio::test]
async fn an_unavailable_head_stops_its_batch() {
    let pipeline = PipelineFixture::new();
    let [a, b, c] = pipeline.post_all(["a", "b", "c"]).await;
    pipeline.handler.on("a", [Outcome::Unavailable("http_503")]);
    let batch = pipeline.receive(3).await;
    assert_eq!(pipeline.process(&batch).await, batch);
    pipeline.work_until_empty().await;
    assert_eq!(pipeline.handler.task_ids(), [a, a, b, c]);
}

#[tokio::test]
async fn an_outage_that_is_too_long_spends_attempts_and_then_the_policy_decides() {
    for (policy, end) in
        [(FailurePolicy::DeadLetter, Status::DeadLettered), (FailurePolicy::Hold, Status::Held)]
    {
        let mut pipeline = PipelineFixture::new();
        pipeline.settings.failure_policy = policy;
        let [a, b] = pipeline.post_all(["a", "b"]).await;
        pipeline.handler.set_unavailable(true);
        work_for(&pipeline, TimeDelta::hours(24)).await;
        let record = pipeline.record(a).await;
        assert_eq!(record.attempts_left, Some(pipeline.settings.attempt_budget), "24 h are not too long");
        assert!(pipeline.handler.attempts(b).is_empty());

        // The waits are spaced out, so the budget lasts for some time after the outage is too long.
        work_for(&pipeline, TimeDelta::hours(1)).await;
        let record = pipeline.record(a).await;
        assert_eq!(record.status, end);
        let failure = record.last_failure().unwrap();
        assert_eq!((failure.class, failure.attempt), (FailureClass::Unavailable, record.attempt));
        let continues = policy == FailurePolicy::DeadLetter;
        assert_eq!(!pipeline.handler.attempts(b).is_empty(), continues, "{policy:?}");
        assert_eq!(pipeline.status(b).await, if continues { Status::Retrying } else { Status::Accepted });
    }
}

#[tokio::test]
async fn a_dead_letter_of_an_outage_is_redriven_without_force_and_waits_for_the_next_outage() {
    let mut pipeline = PipelineFixture::new();
    pipeline.settings.unavailable_max = TimeDelta::zero();
    let task_id = pipeline.post("a").await;
    pipeline.handler.set_unavailable(true);
    pipeline.work_until_empty().await;
    assert_eq!(pipeline.status(task_id).await, Status::DeadLettered);
    assert_eq!(calls(&pipeline), 10, "without tolerance every attempt is spent");

    pipeline.settings.unavailable_max = TimeDelta::hours(1);
    let reason = Reason::parse("the service is back").unwrap();
    pipeline.operations().redrive(task_id, Force::No, &reason).await.unwrap();
    work_for(&pipeline, TimeDelta::minutes(50)).await;
    assert_eq!(pipeline.status(task_id).await, Status::Retrying, "the redriven task's outage begins anew");
    pipeline.handler.set_unavailable(false);
    pipeline.work_until_empty().await;
    assert_eq!(pipeline.status(task_id).await, Status::Completed);
}

#[tokio::test]
async fn an_outage_is_retried_with_growing_waits_and_another_failure_starts_them_anew() {
    let pipeline = PipelineFixture::new();
    pipeline.post("a").await;
    let mut outcomes = vec![Outcome::Unavailable("connection_refused"); 9];
    outcomes.push(Outcome::Transient("http_500"));
    outcomes.push(Outcome::Unavailable("connection_refused"));
    pipeline.handler.on("a", outcomes);
    pipeline.turn().await;
    let mut waits = Vec::new();
    for _ in 0..11 {
        waits.push(pipeline.next_turn().await.0);
    }
    for (failed, waited) in (0..).zip(&waits[..9]) {
        let ceiling = (1 << failed).min(RETRY_SECONDS_MAX);
        assert!((ceiling / 2..=ceiling).contains(waited) && *waited >= 1, "{waits:?}");
    }
    assert_eq!(waits[9..], [1, 1], "the first of each: {waits:?}");
}

#[tokio::test]
async fn a_wait_that_an_unavailable_handler_asks_for_is_kept_up_to_the_maximum() {
    for (asked, kept) in [(0, 1), (7, 7), (60, 60), (86_400, 60)] {
        let pipeline = PipelineFixture::new();
        pipeline.post("a").await;
        let wait = Duration::from_secs(asked);
        pipeline.handler.on("a", [Outcome::UnavailableAfter("http_429", wait)]);
        assert_eq!(pipeline.turn().await, Turn::Unacknowledged);
        assert_eq!(pipeline.next_turn().await, (kept, Turn::Acknowledged), "asked for {asked} s");
    }
}

#[tokio::test]
async fn the_longest_outage_spends_fewer_receives_than_the_queue_allows() {
    let mut pipeline = PipelineFixture::new();
    let outage = TimeDelta::seconds(OUTAGE_SECONDS_MAX.into());
    pipeline.settings.unavailable_max = outage;
    let [a, b] = pipeline.post_all(["a", "b"]).await;
    pipeline.handler.set_unavailable(true);
    let end = pipeline.now() + outage - TimeDelta::hours(1);
    work_for(&pipeline, TimeDelta::hours(24)).await;
    let after_a_day = calls(&pipeline);
    assert!(after_a_day < 700, "{after_a_day} receives in a day");
    let (waited, _) = pipeline.next_turn().await;
    assert!(waited <= i64::from(SPACED_WAIT_SECONDS), "{waited} s: a day is retried every few minutes");
    while pipeline.now() < end {
        pipeline.turn().await;
        pipeline.clock.advance_seconds(600);
    }
    assert!(calls(&pipeline) < RECEIVE_COUNT_MAX as usize, "{} receives", calls(&pipeline));
    assert_eq!(pipeline.dead_letters().await.len(), 0, "the queue moved nothing");
    pipeline.handler.set_unavailable(false);
    // The waits are an hour long now.
    work_for(&pipeline, TimeDelta::hours(1)).await;
    assert_eq!((pipeline.status(a).await, pipeline.status(b).await), (Status::Completed, Status::Completed));
}

#[tokio::test]
async fn an_outage_of_the_table_spends_fewer_receives_than_the_queue_allows() {
    let pipeline = PipelineFixture::new();
    let [a, b] = pipeline.post_all(["a", "b"]).await;
    pipeline.faults.outage(Step::WriteRecord, Outage::NothingGetsThrough);
    work_for(&pipeline, TimeDelta::hours(30)).await;
    assert_eq!(pipeline.dead_letters().await.len(), 0);
    pipeline.faults.none();
    work_for(&pipeline, TimeDelta::hours(1)).await;
    assert_eq!(pipeline.handler.task_ids(), [a, b]);
}
