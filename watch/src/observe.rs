//! observe: computes the numbers to emit from what the watch read.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use shared::{Status, TaskRecord, Timestamp, limits::RETENTION_SECONDS_MAX, ports::Depth};

use crate::Gauges;

/// The class of a task that needs attention and has no failure on record.
const UNKNOWN: &str = "unknown";

/// How long a dead letter counts as new. The stack runs the watch at least every five minutes, each run up to a minute late
/// (EventBridge Scheduler user guide, "Schedule types": 60 second precision), so every dead letter is new in at least one
/// run. After this time without new dead letters, the alarm fires again for the next one.
const NEW_WITHIN: TimeDelta = TimeDelta::minutes(6);

/// The records that need attention, up to a limit.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Attention {
    /// The records, without duplicates.
    pub records: Vec<TaskRecord>,
    /// Whether these are all records that need attention.
    pub is_complete: bool,
}

/// What the watch read of a pipeline.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Observation {
    /// The records that need attention.
    pub attention: Attention,
    /// The first task that is tried again after a failed attempt.
    pub tried_again: Option<TaskRecord>,
    /// The numbers of messages in the line.
    pub line: Depth,
    /// The numbers of messages in the dead-letter queue.
    pub dead_letters: Depth,
    /// The status of the previous canary task. The outer option is absent without canaries, the inner one if there was no such
    /// task.
    pub previous_canary: Option<Option<Status>>,
}

/// Computes the numbers of an observation at `now`.
pub fn observe(seen: &Observation, now: Timestamp) -> Gauges {
    let Attention { records, is_complete } = &seen.attention;
    let held = records.iter().filter(|record| record.status == Status::Held).count() as u64;
    let ages = records.iter().map(|record| seconds_between(record.needs_attention_since(), now));
    let is_new = |record: &&TaskRecord| {
        record.status == Status::DeadLettered && record.needs_attention_since() + NEW_WITHIN > now
    };
    let dead_lettered =
        records.iter().filter(|record| has_a_message_as_dead_letter(record, now)).count() as u64;
    let in_dead_letter_queue = seen.dead_letters.waiting + seen.dead_letters.in_flight;
    let head = failing_head(seen, now);
    let unavailable_since = head.and_then(TaskRecord::handler_unavailable_since);
    Gauges {
        new_dead_letters: records.iter().filter(is_new).count() as u64,
        needs_attention: records.len() as u64,
        by_class: by_class(records),
        needs_attention_age_seconds: ages.max().unwrap_or(0),
        held_lines: (*is_complete || held > 0).then_some(held.min(1)),
        head_failed_attempts: head.filter(|_| unavailable_since.is_none()).map_or(0, failed_attempts),
        handler_unavailable_seconds: unavailable_since.map_or(0, |since| seconds_between(since, now)),
        unrecorded_dead_letters: is_complete.then(|| in_dead_letter_queue.saturating_sub(dead_lettered)),
        canary_missed: seen
            .previous_canary
            .map(|status| status.is_some_and(|status| status != Status::Completed)),
    }
}

fn by_class(records: &[TaskRecord]) -> BTreeMap<&'static str, u64> {
    let mut counts = BTreeMap::new();
    for record in records {
        let class = record.last_failure().map_or(UNKNOWN, |failure| failure.class.as_str());
        *counts.entry(class).or_default() += 1;
    }
    counts
}

/// Whether the record's message is in the dead-letter queue: until SQS's retention ends, and not for a held task, whose
/// message is in the line.
fn has_a_message_as_dead_letter(record: &TaskRecord, now: Timestamp) -> bool {
    let kept = TimeDelta::seconds(i64::from(RETENTION_SECONDS_MAX));
    record.status != Status::Held && record.needs_attention_since() + kept > now
}

/// The task at the head of the line, if its last attempt failed.
fn failing_head(seen: &Observation, now: Timestamp) -> Option<&TaskRecord> {
    let is_empty = seen.line.waiting + seen.line.in_flight == 0;
    seen.tried_again.as_ref().filter(|record| !is_empty && record.is_tried_again_at(now))
}

/// How many attempts of the head failed in its current generation.
fn failed_attempts(head: &TaskRecord) -> u64 {
    head.failures.iter().filter(|failure| failure.generation == head.generation).count() as u64
}

/// The seconds between two times, not negative, since the clocks of two machines differ.
fn seconds_between(from: Timestamp, to: Timestamp) -> u64 {
    u64::try_from((to - from).num_seconds()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use shared::{
        Delivery, Failure, FailureClass, Receipt, SequenceNumber, lifecycle::Arrival,
        limits::TRIED_AGAIN_SECONDS_MAX,
    };

    use super::*;

    const NOW: i64 = 1_795_255_200;

    fn at(seconds_ago: i64) -> Timestamp {
        Timestamp::from_timestamp(NOW - seconds_ago, 0).unwrap()
    }

    fn record(status: Status, failures: &[(FailureClass, i64)]) -> TaskRecord {
        let delivery = Delivery {
            message_id: "m".to_owned(),
            receipt: Receipt::new("r"),
            sequence_number: SequenceNumber::new(1),
            receive_count: 1,
            sent_at: at(3_600),
            body: "{".to_owned(),
        };
        let failures = failures.iter().zip(1..).map(|((class, seconds_ago), attempt)| Failure {
            class: *class,
            code: "http_503".to_owned(),
            message: "busy".to_owned(),
            attempt,
            generation: 0,
            at: at(*seconds_ago),
            replaced: 0,
            duration_ms: None,
            request_id: String::new(),
            xray_trace_id: None,
            code_version: String::new(),
            handler_version: None,
            answer: None,
        });
        let failures: Vec<_> = failures.collect();
        let attempt = failures.len() as u32;
        edited(Arrival::read(&delivery).new_record(), |record| {
            record.status = status;
            record.attempt = attempt;
            record.failures = failures;
        })
    }

    /// `record` with some fields set as a test needs them.
    fn edited(mut record: TaskRecord, edit: impl FnOnce(&mut TaskRecord)) -> TaskRecord {
        edit(&mut record);
        record
    }

    fn seen(records: Vec<TaskRecord>) -> Observation {
        let attention = Attention { records, is_complete: true };
        Observation { attention, ..Observation::default() }
    }

    #[test]
    fn a_healthy_pipeline_emits_zeros_for_all_numbers() {
        let gauges = observe(&seen(vec![]), at(0));
        let expected = Gauges { held_lines: Some(0), unrecorded_dead_letters: Some(0), ..Gauges::default() };
        assert_eq!(gauges, expected);
    }

    #[test]
    fn tasks_that_need_attention_are_counted_by_class_with_the_age_of_the_oldest() {
        use FailureClass::{Permanent, Transient};
        let records = vec![
            record(Status::DeadLettered, &[(Transient, 90), (Transient, 30)]),
            record(Status::DeadLettered, &[(Permanent, 200)]),
            record(Status::Redriving, &[(Transient, 10)]),
            record(Status::DeadLettered, &[]),
        ];
        let gauges = observe(&seen(records), at(0));
        assert_eq!(gauges.needs_attention, 4);
        assert_eq!(gauges.by_class, BTreeMap::from([("permanent", 1), ("transient", 2), (UNKNOWN, 1)]));
        // The task without a failure, since it was enqueued.
        assert_eq!(gauges.needs_attention_age_seconds, 3_600);
    }

    #[test]
    fn a_dead_letter_is_new_for_six_minutes_and_a_held_task_does_not_count() {
        let records = |seconds_ago| {
            let failures = [(FailureClass::Permanent, seconds_ago)];
            vec![record(Status::DeadLettered, &failures), record(Status::Held, &failures)]
        };
        for (seconds_ago, count) in [(-5, 1), (0, 1), (359, 1), (360, 0), (86_400, 0)] {
            assert_eq!(observe(&seen(records(seconds_ago)), at(0)).new_dead_letters, count, "{seconds_ago}");
        }
    }

    #[test]
    fn a_failure_dated_in_the_future_has_no_age() {
        let gauges = observe(&seen(vec![record(Status::Held, &[(FailureClass::Permanent, -5)])]), at(0));
        assert_eq!((gauges.needs_attention_age_seconds, gauges.held_lines), (0, Some(1)));
    }

    #[test]
    fn records_that_were_not_read_do_not_count_as_healthy() {
        let part = |records| {
            let attention = Attention { records, is_complete: false };
            observe(&Observation { attention, ..Observation::default() }, at(0))
        };
        let gauges = part(vec![record(Status::DeadLettered, &[(FailureClass::Permanent, 1)])]);
        assert_eq!(
            (gauges.needs_attention, gauges.held_lines, gauges.unrecorded_dead_letters),
            (1, None, None)
        );
        assert_eq!(part(vec![record(Status::Held, &[(FailureClass::Permanent, 1)])]).held_lines, Some(1));
    }

    #[test]
    fn failed_attempts_of_the_head_are_counted_while_it_is_retried_in_the_line() {
        let failing =
            record(Status::Retrying, &[(FailureClass::Transient, 60), (FailureClass::Transient, 20)]);
        let with = |head: &TaskRecord, waiting, now| {
            let line = Depth { waiting, in_flight: 0 };
            let seen = Observation { tried_again: Some(head.clone()), line, ..seen(vec![]) };
            observe(&seen, now).head_failed_attempts
        };
        assert_eq!(with(&failing, 1, at(0)), 2);
        assert_eq!(with(&failing, 0, at(0)), 0, "the line is empty");
        let moved_by = i64::from(TRIED_AGAIN_SECONDS_MAX);
        assert_eq!(with(&failing, 1, at(-moved_by)), 0, "SQS moved it");
        let redriven = edited(failing, |record| record.generation = 1);
        assert_eq!(with(&redriven, 1, at(0)), 0, "a redrive starts at 0");
    }

    #[test]
    fn an_unavailable_handler_is_reported_by_its_outage_and_not_as_a_failing_head() {
        let transient = (FailureClass::Transient, 900);
        let head = |seconds_ago: i64, status| {
            let failures = [transient, (FailureClass::Unavailable, 20)];
            edited(record(status, &failures), |record| record.unavailable_since = Some(at(seconds_ago)))
        };
        let with = |head: TaskRecord, waiting| {
            let line = Depth { waiting, in_flight: 0 };
            let gauges = observe(&Observation { tried_again: Some(head), line, ..seen(vec![]) }, at(0));
            (gauges.handler_unavailable_seconds, gauges.head_failed_attempts)
        };
        assert_eq!(with(head(600, Status::Retrying), 1), (600, 0));
        assert_eq!(with(head(600, Status::Processing), 1), (600, 0), "the next attempt is under way");
        assert_eq!(with(head(-5, Status::Retrying), 1), (0, 0), "another clock is ahead");
        assert_eq!(with(head(600, Status::Retrying), 0), (0, 0), "the line is empty");
        assert_eq!(with(head(600, Status::DeadLettered), 1), (0, 0), "it was given up");
    }

    #[test]
    fn messages_in_the_dead_letter_queue_without_a_record_are_counted() {
        let days = 24 * 3_600;
        let records = vec![
            record(Status::DeadLettered, &[(FailureClass::Permanent, 13 * days)]),
            record(Status::DeadLettered, &[(FailureClass::Permanent, 15 * days)]),
            record(Status::Held, &[(FailureClass::Permanent, 1)]),
        ];
        let with = |waiting, in_flight| {
            let dead_letters = Depth { waiting, in_flight };
            observe(&Observation { dead_letters, ..seen(records.clone()) }, at(0)).unrecorded_dead_letters
        };
        assert_eq!(with(1, 0), Some(0));
        assert_eq!(with(0, 0), Some(0), "a message can be deleted before its record");
        assert_eq!(with(2, 1), Some(2));
    }

    #[test]
    fn a_canary_is_missed_if_it_was_submitted_and_is_not_completed() {
        let with =
            |previous_canary| observe(&Observation { previous_canary, ..seen(vec![]) }, at(0)).canary_missed;
        assert_eq!(with(None), None);
        assert_eq!(with(Some(None)), Some(false), "there was none in the interval before");
        assert_eq!(with(Some(Some(Status::Completed))), Some(false));
        for status in Status::ALL.into_iter().filter(|status| *status != Status::Completed) {
            assert_eq!(with(Some(Some(status))), Some(true), "{status}");
        }
    }
}
