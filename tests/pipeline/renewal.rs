//! Runs that last for longer than a lease: they renew their claim, and a crash costs one lease.

use chrono::TimeDelta;
use futures_util::FutureExt;
use harness::{Fault, Gate, Outage, Outcome, PipelineFixture, Step, TestClock, Turn, eventually, within};
use shared::{
    FailureClass, Status, TaskId, TaskRecord,
    limits::{LEASE_MARGIN_SECONDS, LEASE_SECONDS_MAX, RENEWAL_RETRY_SECONDS, RENEWALS_PER_LEASE},
};
use tokio::task::JoinHandle;

const LEASE: i64 = LEASE_SECONDS_MAX as i64;
const INTERVAL: i64 = LEASE / RENEWALS_PER_LEASE as i64;
/// Until when a handler runs without a renewal.
const HANDLER: i64 = LEASE - LEASE_MARGIN_SECONDS as i64;

/// A pipeline whose handler may run for two hours.
fn with_a_long_handler() -> PipelineFixture {
    let mut pipeline = PipelineFixture::new();
    pipeline.settings.handler_timeout = TimeDelta::hours(2);
    pipeline
}

/// A turn that has begun to handle its task.
struct LongRun {
    pipeline: PipelineFixture,
    task_id: TaskId,
    turn: JoinHandle<Turn>,
}

impl LongRun {
    async fn begin(pipeline: &PipelineFixture, outcome: Outcome) -> Self {
        let task_id = pipeline.post("a").await;
        pipeline.handler.on("a", [outcome]);
        let turn = tokio::spawn({
            let pipeline = pipeline.clone();
            async move { pipeline.turn().await }
        });
        eventually(|| async { pipeline.handler.calls().len() }, |calls| *calls == 1).await;
        Self { pipeline: pipeline.clone(), task_id, turn }
    }

    async fn record_when(&self, is_wanted: impl Fn(&TaskRecord) -> bool) -> TaskRecord {
        eventually(|| self.pipeline.record(self.task_id), is_wanted).await
    }

    /// Moves the clock to the next renewal, and waits until the run waits for the one after it.
    async fn renewal(&self) -> TaskRecord {
        let steps = self.pipeline.faults.steps().len();
        let sleeps = self.pipeline.clock.sleeps();
        self.pipeline.clock.advance_seconds(INTERVAL);
        let until = self.pipeline.now() + TimeDelta::seconds(LEASE);
        let renewed = self.record_when(|record| record.lease_until == Some(until)).await;
        self.steps_after(steps, 2).await;
        self.sleeps_after(sleeps).await;
        renewed
    }

    /// Moves the clock to the next renewal, which fails, and waits until the run waits for the one after it.
    async fn failed_renewal(&self, after_seconds: i64) {
        let sleeps = self.pipeline.clock.sleeps();
        self.pipeline.clock.advance_seconds(after_seconds);
        self.sleeps_after(sleeps).await;
    }

    /// Waits until the run waits again after a renewal, whose call has a time limit too.
    async fn sleeps_after(&self, before: usize) {
        eventually(|| async { self.pipeline.clock.sleeps() }, |sleeps| *sleeps >= before + 2).await;
    }

    /// Waits until so many steps were taken.
    async fn steps_after(&self, before: usize, steps: usize) {
        eventually(|| async { self.pipeline.faults.steps().len() }, |taken| *taken >= before + steps).await;
        self.pipeline.settle_store().await;
    }

    async fn end(self) -> Turn {
        within("the end of the run", self.turn).await.unwrap()
    }
}

/// Another processor on the same pipeline, with its clock ahead, which needs no handler.
fn another_processor(pipeline: &PipelineFixture, ahead_seconds: i64) -> PipelineFixture {
    let mut another = pipeline.record_only();
    another.clock = TestClock::new();
    another.clock.advance(pipeline.now() - another.now() + TimeDelta::seconds(ahead_seconds));
    another
}

#[tokio::test]
async fn a_run_of_an_hour_is_never_taken_over_and_costs_two_calls_for_each_renewal() {
    let pipeline = with_a_long_handler();
    let gate = Gate::closed();
    let run = LongRun::begin(&pipeline, Outcome::Wait(gate.clone())).await;
    let behind = pipeline.post("b").await;
    let steps = pipeline.faults.steps().len();
    let renewals = 3_600 / INTERVAL;
    for _ in 0..renewals {
        let record = run.renewal().await;
        assert_eq!((record.status, record.attempt), (Status::Processing, 1));
        assert_eq!(pipeline.depth().await.in_flight, 1, "its message stays hidden");
    }
    let taken = pipeline.faults.steps().split_off(steps);
    let renewal = [Step::WriteRecord, Step::ChangeVisibility];
    assert_eq!(taken, renewal.repeat(usize::try_from(renewals).unwrap()));
    assert_eq!(pipeline.turn().await, Turn::Idle);
    gate.open();
    let task_id = run.task_id;
    assert_eq!(run.end().await, Turn::Acknowledged);
    let record = pipeline.record(task_id).await;
    assert_eq!((record.status, record.attempt, record.failures.len()), (Status::Completed, 1, 0));
    pipeline.work_until_empty().await;
    assert_eq!(pipeline.handler.task_ids(), [task_id, behind]);
}

#[tokio::test]
async fn a_run_that_fits_into_its_lease_makes_no_call_for_it() {
    let mut pipeline = PipelineFixture::new();
    pipeline.settings.handler_timeout = TimeDelta::seconds(HANDLER);
    let gate = Gate::closed();
    let run = LongRun::begin(&pipeline, Outcome::Wait(gate.clone())).await;
    pipeline.clock.advance_seconds(HANDLER - 1);
    gate.open();
    assert_eq!(run.end().await, Turn::Acknowledged);
    let claimed_and_completed = [Step::Receive, Step::WriteRecord, Step::WriteRecord, Step::Delete];
    assert!(pipeline.faults.steps().ends_with(&claimed_and_completed), "{:?}", pipeline.faults.steps());
}

#[tokio::test]
async fn a_duplicate_during_a_long_run_waits_for_the_renewed_lease() {
    let pipeline = with_a_long_handler();
    let gate = Gate::closed();
    let run = LongRun::begin(&pipeline, Outcome::Wait(gate.clone())).await;
    for _ in 0..3 {
        run.renewal().await;
    }
    // A minute behind the other's clock is within the renewed lease, and beyond the claim's first one.
    let another = another_processor(&pipeline, LEASE - 1);
    another.clock.advance_seconds(2);
    let delivery = another.receive_one().await;
    another.clock.advance_seconds(-2);
    assert_eq!(another.process(std::slice::from_ref(&delivery)).await, [delivery]);
    assert_eq!(pipeline.record(run.task_id).await.attempt, 1);
    gate.open();
    let task_id = run.task_id;
    run.end().await;
    assert_eq!(pipeline.status(task_id).await, Status::Completed);
}

#[tokio::test]
async fn a_crash_of_a_long_run_is_taken_over_after_one_lease() {
    for renewals in [0, 1, 5] {
        let pipeline = with_a_long_handler();
        let run = LongRun::begin(&pipeline, Outcome::NeverEnd).await;
        for _ in 0..renewals {
            run.renewal().await;
        }
        run.turn.abort();
        let (waited, turn) = pipeline.next_turn().await;
        assert_eq!(turn, Turn::Acknowledged, "{renewals} renewals");
        assert!((LEASE..=LEASE + 1).contains(&waited), "{waited} s after {renewals} renewals");
        let record = pipeline.record(run.task_id).await;
        assert_eq!((record.status, record.attempt), (Status::Completed, 2));
        assert_eq!(record.last_failure().unwrap().class, FailureClass::Crashed);
    }
}

#[tokio::test]
async fn if_its_visibility_can_not_be_changed_a_crashed_long_run_waits_for_the_queue() {
    let mut pipeline = with_a_long_handler();
    pipeline.settings.handler_timeout = TimeDelta::seconds(2 * LEASE);
    pipeline.faults.outage(Step::ChangeVisibility, Outage::NothingGetsThrough);
    let run = LongRun::begin(&pipeline, Outcome::NeverEnd).await;
    run.turn.abort();
    pipeline.faults.none();
    let (waited, turn) = pipeline.next_turn().await;
    assert_eq!((waited, turn), (i64::from(pipeline.settings.visibility_seconds()), Turn::Acknowledged));
}

#[tokio::test]
async fn a_run_that_finds_its_claim_lost_cancels_its_handler_and_records_nothing() {
    let pipeline = with_a_long_handler();
    let run = LongRun::begin(&pipeline, Outcome::NeverEnd).await;
    let another = another_processor(&pipeline, LEASE + 1);
    assert_eq!(another.turn().await, Turn::Acknowledged);
    let completed = pipeline.record(run.task_id).await;
    assert_eq!((completed.status, completed.attempt), (Status::Completed, 2));
    pipeline.clock.advance_seconds(INTERVAL);
    let task_id = run.task_id;
    assert_eq!(run.end().await, Turn::Unacknowledged);
    assert!(pipeline.handler.last_is_cancelled());
    assert_eq!(pipeline.record(task_id).await, completed);
}

#[tokio::test]
async fn an_outage_of_the_table_that_is_shorter_than_the_lease_does_no_harm() {
    for outage in [Outage::NothingGetsThrough, Outage::AnswersAreLost] {
        let pipeline = with_a_long_handler();
        let gate = Gate::closed();
        let run = LongRun::begin(&pipeline, Outcome::Wait(gate.clone())).await;
        pipeline.faults.outage(Step::WriteRecord, outage);
        let mut waited = INTERVAL;
        run.failed_renewal(INTERVAL).await;
        while waited + i64::from(RENEWAL_RETRY_SECONDS) < HANDLER {
            run.failed_renewal(RENEWAL_RETRY_SECONDS.into()).await;
            waited += i64::from(RENEWAL_RETRY_SECONDS);
        }
        pipeline.faults.none();
        let steps = pipeline.faults.steps().len();
        pipeline.clock.advance_seconds(HANDLER - waited);
        run.steps_after(steps, 2).await;
        let until = pipeline.now() + TimeDelta::seconds(LEASE);
        run.record_when(|record| record.lease_until == Some(until)).await;
        run.renewal().await;
        gate.open();
        let task_id = run.task_id;
        assert_eq!(run.end().await, Turn::Acknowledged, "{outage:?}");
        assert_eq!(pipeline.handler.attempts(task_id), [1]);
        assert_eq!(pipeline.status(task_id).await, Status::Completed);
    }
}

#[tokio::test]
async fn an_outage_of_the_table_that_outlasts_the_lease_loses_the_claim_and_nothing_is_recorded() {
    let pipeline = with_a_long_handler();
    let run = LongRun::begin(&pipeline, Outcome::NeverEnd).await;
    let claimed = pipeline.record(run.task_id).await;
    pipeline.faults.outage(Step::WriteRecord, Outage::NothingGetsThrough);
    pipeline.clock.advance_seconds(HANDLER);
    let task_id = run.task_id;
    assert_eq!(run.end().await, Turn::Unacknowledged);
    assert!(pipeline.handler.last_is_cancelled(), "before another run can begin");
    assert_eq!(pipeline.record(task_id).await, claimed);
    pipeline.faults.none();
    pipeline.work_until_empty().await;
    let record = pipeline.record(task_id).await;
    assert_eq!((record.status, record.attempt), (Status::Completed, 2));
    assert_eq!(record.last_failure().unwrap().class, FailureClass::Crashed);
}

#[tokio::test]
async fn a_renewal_that_hangs_loses_the_claim_before_the_lease_ends() {
    let pipeline = with_a_long_handler();
    let run = LongRun::begin(&pipeline, Outcome::NeverEnd).await;
    pipeline.faults.at(Step::WriteRecord, 1, Fault::Before(std::future::pending().boxed()));
    let steps = pipeline.faults.steps().len();
    pipeline.clock.advance_seconds(INTERVAL);
    run.steps_after(steps, 1).await;
    pipeline.clock.advance_seconds(HANDLER - INTERVAL);
    assert_eq!(run.end().await, Turn::Unacknowledged);
    assert!(pipeline.handler.last_is_cancelled());
}

#[tokio::test]
async fn a_run_whose_machine_slept_past_its_lease_continues_if_no_other_run_has_its_claim() {
    let pipeline = with_a_long_handler();
    let gate = Gate::closed();
    let run = LongRun::begin(&pipeline, Outcome::Wait(gate.clone())).await;
    let steps = pipeline.faults.steps().len();
    pipeline.hours_pass(1).await;
    run.steps_after(steps, 2).await;
    let until = pipeline.now() + TimeDelta::seconds(LEASE);
    run.record_when(|record| record.lease_until == Some(until)).await;
    gate.open();
    let task_id = run.task_id;
    run.end().await;
    pipeline.work_until_empty().await;
    assert_eq!(pipeline.handler.attempts(task_id), [1]);
    assert_eq!(pipeline.status(task_id).await, Status::Completed);
}

#[tokio::test]
async fn a_run_whose_machine_slept_while_another_took_its_claim_settles_nothing() {
    for outcome in [Outcome::Succeed, Outcome::Transient("busy"), Outcome::Permanent("bad")] {
        let pipeline = with_a_long_handler();
        let task_id = pipeline.post("a").await;
        pipeline.handler.on("a", [outcome]);
        let another = another_processor(&pipeline, LEASE + 1);
        let taken_over = async move { assert_eq!(another.turn().await, Turn::Acknowledged) };
        pipeline.faults.at(Step::WriteRecord, 2, Fault::Before(taken_over.boxed()));
        assert_eq!(pipeline.turn().await, Turn::Unacknowledged);
        let record = pipeline.record(task_id).await;
        assert_eq!((record.status, record.attempt), (Status::Completed, 2));
    }
}

#[tokio::test]
async fn a_run_that_ends_during_a_renewal_is_settled_on_top_of_it() {
    let waits = || std::future::pending::<()>().boxed();
    for fault in [Fault::Before(waits()), Fault::After(waits())] {
        let pipeline = with_a_long_handler();
        let gate = Gate::closed();
        let run = LongRun::begin(&pipeline, Outcome::Wait(gate.clone())).await;
        pipeline.faults.at(Step::WriteRecord, 1, fault);
        let steps = pipeline.faults.steps().len();
        pipeline.clock.advance_seconds(INTERVAL);
        run.steps_after(steps, 1).await;
        gate.open();
        let task_id = run.task_id;
        assert_eq!(run.end().await, Turn::Acknowledged);
        let record = pipeline.record(task_id).await;
        assert_eq!((record.status, record.attempt), (Status::Completed, 1));
    }
}

#[tokio::test]
async fn a_long_run_is_cancelled_at_its_deadline_and_its_last_lease_leaves_time_to_record_it() {
    let mut pipeline = with_a_long_handler();
    let timeout = 2 * LEASE;
    pipeline.settings.handler_timeout = TimeDelta::seconds(timeout);
    let run = LongRun::begin(&pipeline, Outcome::NeverEnd).await;
    let ends_at = pipeline.now() + TimeDelta::seconds(timeout + i64::from(LEASE_MARGIN_SECONDS));
    for _ in 0..timeout / INTERVAL - 1 {
        let steps = pipeline.faults.steps().len();
        pipeline.clock.advance_seconds(INTERVAL);
        let until = ends_at.min(pipeline.now() + TimeDelta::seconds(LEASE));
        let before = run.record_when(|record| record.lease_until == Some(until)).await;
        if before.lease_until != Some(ends_at) {
            run.steps_after(steps, 2).await;
        }
    }
    pipeline.clock.advance_seconds(INTERVAL);
    let task_id = run.task_id;
    assert_eq!(run.end().await, Turn::Unacknowledged);
    let record = pipeline.record(task_id).await;
    assert_eq!(record.status, Status::Retrying);
    let failure = record.last_failure().unwrap();
    assert_eq!((failure.class, failure.duration_ms), (FailureClass::Overran, Some(120_000)));
}
