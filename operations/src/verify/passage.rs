//! A passage: when a task began at its place in the line, and when it left it.

use chrono::TimeDelta;
use serde::Serialize;
use shared::{AuditAction, SequenceNumber, Status, TaskId, TaskRecord, Timestamp, ports::NumberedRecord};

/// By how much the clocks of two functions are taken to differ at the most. Lambda's environments are kept in time by NTP
/// (docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html, `TZ`), which keeps clocks on AWS within milliseconds;
/// no page promises a bound, and this one is hundreds of times as wide.
pub const CLOCK_TOLERANCE: TimeDelta = TimeDelta::seconds(1);

/// What the order of beginnings and departures is told by.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderSource {
    /// The clocks of the functions, which differ.
    #[default]
    Clocks,
    /// The count of departures that the data file keeps.
    Departures,
}

/// A point in the order, by as much as is known of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OrderPoint {
    /// By the count of departures.
    pub count: Option<u64>,
    /// By some clock.
    pub at: Timestamp,
}

/// Whether a task has left its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Departure {
    /// Its record, as it was read, says that it is in the line.
    NotYet,
    /// It left not before this.
    At(OrderPoint),
}

/// Why nobody can tell whether a task overtook another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum UnprovenReason {
    /// By no more than clocks may differ.
    WithinClockTolerance,
    /// The end was written by the clock of an operator's machine.
    NotedByAnOperator,
    /// Both were written by an earlier version, which knew the time only; a clock that was set would look the same.
    WrittenWithoutNumbers,
    /// The other one may have left the line: SQS moves messages to the dead-letter queue by itself, and no record knows.
    PerhapsMovedBySqs,
}

/// What two passages say.
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
    pub place: SequenceNumber,
    pub began: Option<OrderPoint>,
    pub left: Departure,
    /// Whether the end was written by the clock of an operator's machine.
    pub is_noted_by_an_operator: bool,
    /// Whether its message is certainly in the line, or a run certainly holds it.
    pub is_surely_in_the_line: bool,
    /// In which round of readings its record was read; the later, the higher.
    pub read: u32,
}

impl Passage {
    /// None for a record that has no place in the line (yet, or any more), or of which nothing but the place is known.
    pub fn of(numbered: &NumberedRecord, now: Timestamp, read: u32) -> Option<Self> {
        let record = &numbered.record;
        let began = record.started_at.map(|at| OrderPoint { count: numbered.began_after, at });
        let left = match record.finished_at {
            None => Departure::NotYet,
            // When SQS moved it, no record was written; it was in the line when it began.
            Some(at) if is_written_with(record, AuditAction::NativeDeadLetter, at) => Departure::At(began?),
            Some(at) => Departure::At(OrderPoint { count: numbered.departure, at }),
        };
        let is_held_by_a_run =
            record.status == Status::Processing && record.lease_until.is_some_and(|until| until > now);
        Some(Self {
            task_id: record.task_id,
            place: record.sequence_number?,
            began,
            left,
            is_noted_by_an_operator: record
                .finished_at
                .is_some_and(|at| is_written_with(record, AuditAction::Discard, at)),
            is_surely_in_the_line: is_held_by_a_run || numbered.is_in_the_line == Some(true),
            read,
        })
    }

    /// Whether `self`, which began, overtook `earlier`, which has the earlier place and has left it.
    pub fn against(&self, earlier: &Self, order: OrderSource) -> Comparison {
        let (Some(began), Departure::At(departure)) = (self.began, earlier.left) else {
            return Comparison::InOrder;
        };
        match (began.count, departure.count) {
            (Some(after), Some(number)) if after >= number => Comparison::InOrder,
            // What has no number beside what has one was written before there were any.
            (Some(_), None) => Comparison::InOrder,
            (_, Some(_)) => Comparison::Overtook,
            (None, None) if began.at >= departure.at => Comparison::InOrder,
            (None, None) if order == OrderSource::Departures => {
                Comparison::Unclear(UnprovenReason::WrittenWithoutNumbers)
            }
            (None, None) if earlier.is_noted_by_an_operator => {
                Comparison::Unclear(UnprovenReason::NotedByAnOperator)
            }
            (None, None) if departure.at - began.at <= CLOCK_TOLERANCE => {
                Comparison::Unclear(UnprovenReason::WithinClockTolerance)
            }
            (None, None) => Comparison::Overtook,
        }
    }

    /// By which the later one to leave is found; none for one that is in the line.
    pub fn departure_key(&self) -> Option<(Option<u64>, Timestamp)> {
        match self.left {
            Departure::NotYet => None,
            Departure::At(OrderPoint { count, at }) => Some((count, at)),
        }
    }
}

/// Whether this change was made by a person, or for one, and at that moment.
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

    /// A task at `place` that began and left the line at these milliseconds, with these numbers.
    fn passed(place: u8, began: (i64, Option<u64>), left: (i64, Option<u64>)) -> Passage {
        let millis = |count| at(0) + TimeDelta::milliseconds(count);
        let record = edited(record(Status::Completed, place), |record| {
            record.started_at = Some(millis(began.0));
            record.finished_at = Some(millis(left.0));
        });
        let numbered =
            NumberedRecord { began_after: began.1, departure: left.1, ..NumberedRecord::uncounted(record) };
        Passage::of(&numbered, at(0), 0).unwrap()
    }

    #[test]
    fn by_clocks_it_overtook_only_by_more_than_they_may_differ() {
        let earlier = passed(1, (0, None), (10_000, None));
        let doubt = Comparison::Unclear(UnprovenReason::WithinClockTolerance);
        for (began, verdict) in [
            (10_001, Comparison::InOrder),
            (10_000, Comparison::InOrder),
            (9_999, doubt),
            (9_000, doubt),
            (8_999, Comparison::Overtook),
        ] {
            let later = passed(2, (began, None), (20_000, None));
            assert_eq!(later.against(&earlier, OrderSource::Clocks), verdict, "{began}");
        }
    }

    #[test]
    fn by_departures_no_clock_is_asked() {
        let earlier = passed(1, (0, Some(0)), (99_000, Some(1)));
        let later = |count| passed(2, (1_000, Some(count)), (2_000, Some(2)));
        assert_eq!(later(1).against(&earlier, OrderSource::Departures), Comparison::InOrder);
        assert_eq!(later(0).against(&earlier, OrderSource::Departures), Comparison::Overtook);
    }

    #[test]
    fn what_has_no_number_was_written_before_all_that_has_one() {
        let [old, new] = [passed(1, (0, None), (9, None)), passed(1, (0, Some(7)), (9, Some(8)))];
        let later = |began| passed(2, (5, began), (20, None));
        let doubt = Comparison::Unclear(UnprovenReason::WrittenWithoutNumbers);
        assert_eq!(later(Some(8)).against(&old, OrderSource::Departures), Comparison::InOrder);
        assert_eq!(later(None).against(&old, OrderSource::Departures), doubt);
        assert_eq!(
            passed(2, (9, None), (20, None)).against(&old, OrderSource::Departures),
            Comparison::InOrder
        );
        assert_eq!(later(None).against(&new, OrderSource::Departures), Comparison::Overtook);
    }

    #[test]
    fn an_end_that_an_operators_machine_noted_is_no_proof_by_clocks() {
        let entry = AuditEntry::new(AuditAction::Discard, at(99), "ann", "because");
        let held = edited(record(Status::Held, 1), |record| record.started_at = Some(at(1)));
        let discarded = NumberedRecord::uncounted(discard(&held, entry, at(99)).unwrap());
        let earlier = Passage::of(&discarded, at(0), 0).unwrap();
        let later = passed(2, (50_000, None), (60_000, None));
        assert_eq!(
            later.against(&earlier, OrderSource::Clocks),
            Comparison::Unclear(UnprovenReason::NotedByAnOperator)
        );
        let counted = NumberedRecord { began_after: Some(0), departure: Some(1), ..discarded };
        let earlier = Passage::of(&counted, at(0), 0).unwrap();
        let later = passed(2, (50_000, Some(0)), (60_000, Some(2)));
        assert_eq!(later.against(&earlier, OrderSource::Departures), Comparison::Overtook);
    }

    #[test]
    fn of_a_message_that_sqs_moved_only_its_beginning_is_known() {
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
    fn a_task_is_surely_in_the_line_while_a_run_holds_it_or_its_message_is_seen_there() {
        let is_sure = |lease: i64, is_in_the_line| {
            let record = edited(record(Status::Processing, 1), |record| record.lease_until = Some(at(lease)));
            let numbered = NumberedRecord { is_in_the_line, ..NumberedRecord::uncounted(record) };
            Passage::of(&numbered, at(5), 0).unwrap().is_surely_in_the_line
        };
        assert_eq!([is_sure(6, None), is_sure(5, None)], [true, false]);
        assert_eq!([is_sure(5, Some(true)), is_sure(5, Some(false))], [true, false]);
    }
}
