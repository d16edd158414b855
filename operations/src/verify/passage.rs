//! A passage: when a task began, and when it left the line.

use chrono::TimeDelta;
use serde::Serialize;
use shared::{AuditAction, SequenceNumber, Status, TaskId, TaskRecord, Timestamp, ports::NumberedRecord};

/// How much the clocks of two functions are assumed to differ, at most. Lambda synchronises its environments by NTP
/// (docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html, `TZ`), which keeps clocks on AWS within milliseconds. AWS
/// guarantees no bound; this one is hundreds of times as wide.
pub const CLOCK_TOLERANCE: TimeDelta = TimeDelta::seconds(1);

/// What orders beginnings and departures.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderSource {
    /// The clocks of the functions, which can differ.
    #[default]
    Clocks,
    /// The count of departures in the data file.
    Departures,
}

/// A point in the order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OrderPoint {
    /// The count of departures, if there is one.
    pub count: Option<u64>,
    /// The time by some clock.
    pub at: Timestamp,
}

/// Whether a task has left the line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Departure {
    /// The record says that the task is in the line.
    NotYet,
    /// The task left at this point or later.
    At(OrderPoint),
}

/// Why it is not known whether a task overtook another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum UnprovenReason {
    /// The difference is within the tolerance of the clocks.
    WithinClockTolerance,
    /// The end was written with the clock of an operator's machine.
    ByOperatorClock,
    /// Both were written by an earlier version, without numbers; a clock that was set looks the same.
    WrittenWithoutNumbers,
    /// The other task may have left the line: SQS can move a message to the dead-letter queue without a record of it.
    PossiblyMovedBySqs,
}

/// How two passages compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    InOrder,
    Overtook,
    Unclear(UnprovenReason),
}

/// What the proof needs of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Passage {
    pub task_id: TaskId,
    pub position: SequenceNumber,
    pub began: Option<OrderPoint>,
    pub left: Departure,
    /// Whether the end was written with the clock of an operator's machine.
    pub is_by_operator_clock: bool,
    /// Whether its message is certainly in the line, or a run certainly has it.
    pub is_certainly_in_the_line: bool,
    /// The round in which its record was read; later rounds are higher.
    pub read: u32,
}

impl Passage {
    /// None for a record without a sequence number, or without anything but that.
    pub fn of(numbered: &NumberedRecord, now: Timestamp, read: u32) -> Option<Self> {
        let record = &numbered.record;
        let began = record.started_at.map(|at| OrderPoint { count: numbered.began_after, at });
        let left = match record.finished_at {
            None => Departure::NotYet,
            // When SQS moved the message, no record was written. The task was in the line at least until it began.
            Some(at) if is_written_with(record, AuditAction::NativeDeadLetter, at) => Departure::At(began?),
            Some(at) => Departure::At(OrderPoint { count: numbered.departure, at }),
        };
        let is_held_by_a_run =
            record.status == Status::Processing && record.lease_until.is_some_and(|until| until > now);
        Some(Self {
            task_id: record.task_id,
            position: record.sequence_number?,
            began,
            left,
            is_by_operator_clock: record
                .finished_at
                .is_some_and(|at| is_written_with(record, AuditAction::Discard, at)),
            is_certainly_in_the_line: is_held_by_a_run || numbered.is_in_the_line == Some(true),
            read,
        })
    }

    /// Whether `self`, which began, overtook `earlier`, which has a lower sequence number and has left the line.
    pub fn against(&self, earlier: &Self, order: OrderSource) -> Comparison {
        let (Some(began), Departure::At(departure)) = (self.began, earlier.left) else {
            return Comparison::InOrder;
        };
        match (began.count, departure.count) {
            (Some(after), Some(number)) if after >= number => Comparison::InOrder,
            // A record without a number was written before there were numbers.
            (Some(_), None) => Comparison::InOrder,
            (_, Some(_)) => Comparison::Overtook,
            (None, None) if began.at >= departure.at => Comparison::InOrder,
            (None, None) if order == OrderSource::Departures => {
                Comparison::Unclear(UnprovenReason::WrittenWithoutNumbers)
            }
            (None, None) if earlier.is_by_operator_clock => {
                Comparison::Unclear(UnprovenReason::ByOperatorClock)
            }
            (None, None) if departure.at - began.at <= CLOCK_TOLERANCE => {
                Comparison::Unclear(UnprovenReason::WithinClockTolerance)
            }
            (None, None) => Comparison::Overtook,
        }
    }

    /// Sorts departures; none for a task in the line.
    pub fn departure_key(&self) -> Option<(Option<u64>, Timestamp)> {
        match self.left {
            Departure::NotYet => None,
            Departure::At(OrderPoint { count, at }) => Some((count, at)),
        }
    }
}

/// Whether an audit entry has this action and this time.
fn is_written_with(record: &TaskRecord, action: AuditAction, at: Timestamp) -> bool {
    record.audit.iter().any(|entry| entry.action == action && entry.at == at)
}

#[cfg(test)]
mod tests {
    use shared::{
        AuditEntry,
        lifecycle::{discard, record_native_dead_letter},
    };

    use super::*;
    use crate::fixture::{at, edited, record};

    /// A task with this sequence number that began and left at these times in milliseconds, with these departure counts.
    fn passed(position: u8, began: (i64, Option<u64>), left: (i64, Option<u64>)) -> Passage {
        let millis = |count| at(0) + TimeDelta::milliseconds(count);
        let record = edited(record(Status::Completed, position), |record| {
            record.started_at = Some(millis(began.0));
            record.finished_at = Some(millis(left.0));
        });
        let numbered =
            NumberedRecord { began_after: began.1, departure: left.1, ..NumberedRecord::uncounted(record) };
        Passage::of(&numbered, at(0), 0).unwrap()
    }

    #[test]
    fn by_clocks_a_task_overtook_only_beyond_the_tolerance() {
        let earlier = passed(1, (0, None), (10_000, None));
        let unclear = Comparison::Unclear(UnprovenReason::WithinClockTolerance);
        for (began, verdict) in [
            (10_001, Comparison::InOrder),
            (10_000, Comparison::InOrder),
            (9_999, unclear),
            (9_000, unclear),
            (8_999, Comparison::Overtook),
        ] {
            let later = passed(2, (began, None), (20_000, None));
            assert_eq!(later.against(&earlier, OrderSource::Clocks), verdict, "{began}");
        }
    }

    #[test]
    fn by_departures_clocks_are_ignored() {
        let earlier = passed(1, (0, Some(0)), (99_000, Some(1)));
        let later = |count| passed(2, (1_000, Some(count)), (2_000, Some(2)));
        assert_eq!(later(1).against(&earlier, OrderSource::Departures), Comparison::InOrder);
        assert_eq!(later(0).against(&earlier, OrderSource::Departures), Comparison::Overtook);
    }

    #[test]
    fn a_record_without_a_number_was_written_before_all_with_one() {
        let [old, new] = [passed(1, (0, None), (9, None)), passed(1, (0, Some(7)), (9, Some(8)))];
        let later = |began| passed(2, (5, began), (20, None));
        let unclear = Comparison::Unclear(UnprovenReason::WrittenWithoutNumbers);
        assert_eq!(later(Some(8)).against(&old, OrderSource::Departures), Comparison::InOrder);
        assert_eq!(later(None).against(&old, OrderSource::Departures), unclear);
        assert_eq!(
            passed(2, (9, None), (20, None)).against(&old, OrderSource::Departures),
            Comparison::InOrder
        );
        assert_eq!(later(None).against(&new, OrderSource::Departures), Comparison::Overtook);
    }

    #[test]
    fn an_end_by_an_operators_clock_proves_nothing_by_clocks() {
        let entry = AuditEntry::new(AuditAction::Discard, at(99), "ann", "because");
        let held = edited(record(Status::Held, 1), |record| record.started_at = Some(at(1)));
        let discarded = NumberedRecord::uncounted(discard(&held, entry, at(99)).unwrap());
        let earlier = Passage::of(&discarded, at(0), 0).unwrap();
        let later = passed(2, (50_000, None), (60_000, None));
        assert_eq!(
            later.against(&earlier, OrderSource::Clocks),
            Comparison::Unclear(UnprovenReason::ByOperatorClock)
        );
        let counted = NumberedRecord { began_after: Some(0), departure: Some(1), ..discarded };
        let earlier = Passage::of(&counted, at(0), 0).unwrap();
        let later = passed(2, (50_000, Some(0)), (60_000, Some(2)));
        assert_eq!(later.against(&earlier, OrderSource::Departures), Comparison::Overtook);
    }

    #[test]
    fn only_the_beginning_is_known_of_a_message_that_sqs_moved() {
        let retrying = edited(record(Status::Retrying, 1), |record| record.started_at = Some(at(10)));
        let moved = record_native_dead_letter(&retrying, "ann", at(99)).unwrap();
        let earlier = Passage::of(&NumberedRecord::uncounted(moved), at(0), 0).unwrap();
        let later = |began| passed(2, (began, None), (60_000, None));
        assert_eq!(later(50_000).against(&earlier, OrderSource::Clocks), Comparison::InOrder);
        assert_eq!(later(8_000).against(&earlier, OrderSource::Clocks), Comparison::Overtook);
        let never_began = record_native_dead_letter(&record(Status::Accepted, 1), "ann", at(99)).unwrap();
        assert_eq!(Passage::of(&NumberedRecord::uncounted(never_began), at(0), 0), None);
    }

    #[test]
    fn a_task_is_certainly_in_the_line_while_a_run_has_it_or_its_message_is_seen() {
        let is_certain = |lease: i64, is_in_the_line| {
            let record = edited(record(Status::Processing, 1), |record| record.lease_until = Some(at(lease)));
            let numbered = NumberedRecord { is_in_the_line, ..NumberedRecord::uncounted(record) };
            Passage::of(&numbered, at(5), 0).unwrap().is_certainly_in_the_line
        };
        assert_eq!([is_certain(6, None), is_certain(5, None)], [true, false]);
        assert_eq!([is_certain(5, Some(true)), is_certain(5, Some(false))], [true, false]);
    }
}
