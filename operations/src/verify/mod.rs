//! verify: proves from the records that tasks were handled in the order in which they were accepted, and lists every
//! exception with its cause.
//!
//! The proof: by rising place in the line, no task began before every task at an earlier place had left the line
//! (promise P1). A redriven task counts at the place it was redriven to, and is listed as an exception.
//!
//! The line moves while its records are read, page by page. A task that was read while it was in the line, and another
//! that was read later and had begun by then, look as if the one had overtaken the other. So what began after the first
//! page is not judged, and whatever looks like a broken promise is read again: first the one that began, then the one in
//! its way. On one machine the order is the data file's own ([`Departures`]); on AWS it is told by the functions' clocks,
//! and what these can't tell is said to be unproven.

mod exception;
mod line;
mod passage;

#[cfg(test)]
mod fixture;

use std::collections::BTreeSet;

use chrono::TimeDelta;
use serde::Serialize;
use shared::{
    Status, TaskId, TaskRecord, Timestamp,
    limits::DEDUPE_SECONDS,
    ports::{DeliverySwitch, Departures, PortError, TaskQueue},
};

use super::{Operations, PAGE, missing::FirstCount};

pub use exception::Exception;
pub use passage::{CLOCK_TOLERANCE, Doubt, Order};

use line::{Horizon, Pair, PassedLine};
use passage::{Left, Passage, Verdict};

/// How often the records of what looks like a broken promise are read again, at the most. Each time settles all that was
/// there to be seen, so that a second one is rarely needed.
const ROUNDS_MAX: u32 = 5;

/// What a verification found.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize)]
pub struct Verification {
    /// How many records were looked at.
    pub records: usize,
    /// How many of them are completed.
    pub completed: usize,
    /// How many wait for their first run, or for another.
    pub waiting: usize,
    /// What the order was told by.
    pub order: Order,
    /// By how much the clocks were taken to differ at the most; absent where no clock was asked.
    pub clock_tolerance_ms: Option<i64>,
    /// How many tasks were not judged, since they began, or were sent to another place, while the records were read.
    pub not_judged: usize,
    /// What did not go straight from accepted to completed, and why. Explained, so no violation.
    pub exceptions: Vec<Exception>,
    /// What may contradict a promise, and what nobody can tell from the records.
    pub unproven: Vec<Unproven>,
    /// What contradicts a promise.
    pub violations: Vec<Violation>,
}

/// A broken promise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Violation {
    /// A task began before one at an earlier place had left the line.
    Overtook(Overtaking),
    /// A record says that its task is in the line, and the line is empty.
    MissingFromTheLine {
        /// The task.
        task_id: TaskId,
        /// Its status.
        status: Status,
    },
}

/// What may be a broken promise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Unproven {
    /// A task may have begun before one at an earlier place had left the line.
    Overtook {
        /// Which, and when.
        #[serde(flatten)]
        overtaking: Overtaking,
        /// Why nobody can tell.
        doubt: Doubt,
    },
    /// A record says that its task is in the line, and the line seemed to be empty.
    MissingFromTheLine {
        /// The task.
        task_id: TaskId,
        /// Its status.
        status: Status,
    },
}

/// A task and the one that it overtook.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Overtaking {
    /// The task that began.
    pub task_id: TaskId,
    /// When.
    pub started_at: Timestamp,
    /// The one it overtook.
    pub overtaken: TaskId,
    /// When that one left the line, if it did.
    pub finished_at: Option<Timestamp>,
}

impl<R: Departures, Q: TaskQueue, L: DeliverySwitch> Operations<R, Q, L> {
    /// Looks at every record, and again at those that seem to break a promise.
    ///
    /// # Errors
    /// [`PortError`] when the pipeline does not answer.
    pub async fn verify(&self) -> Result<Verification, PortError> {
        let departures = self.records.departures().await?;
        let from = self.clock.now();
        let order = departures.map_or(Order::Clocks, |_| Order::Departures);
        let mut found = Verification {
            order,
            clock_tolerance_ms: (order == Order::Clocks).then(|| CLOCK_TOLERANCE.num_milliseconds()),
            ..Verification::default()
        };
        let first = self.count_line().await?;
        let (mut passages, mut in_doubt) = (Vec::new(), Vec::new());
        let mut after = None;
        loop {
            let page = self.records.all_numbered(after.as_ref(), PAGE).await?;
            let now = self.clock.now();
            for numbered in &page.records {
                let record = &numbered.record;
                found.count(record);
                found.exceptions.extend(Exception::of(record));
                passages.extend(Passage::of(numbered, now, 0));
                in_doubt.extend(first.leaves_in_doubt(record).then(|| record.clone()));
            }
            match page.next {
                Some(next) => after = Some(next),
                None => break,
            }
        }
        found.exceptions.sort_by_key(|exception| (exception.first_sequence_number, exception.task_id));
        self.look_for_missing(&mut found, first, in_doubt).await?;
        let horizon = Horizon { departures, from, to: self.clock.now() };
        self.look_for_overtakings(&mut found, PassedLine::new(passages, horizon, order)).await?;
        Ok(found)
    }

    /// Even where the line was empty before and after a record said that its task is in it, that is no proof on AWS, where
    /// an empty line is an estimate.
    async fn look_for_missing(
        &self,
        found: &mut Verification,
        first: FirstCount,
        in_doubt: Vec<TaskRecord>,
    ) -> Result<(), PortError> {
        for TaskRecord { task_id, status, .. } in self.missing(first, in_doubt).await? {
            match found.order {
                Order::Departures => {
                    found.violations.push(Violation::MissingFromTheLine { task_id, status });
                }
                Order::Clocks => found.unproven.push(Unproven::MissingFromTheLine { task_id, status }),
            }
        }
        Ok(())
    }

    async fn look_for_overtakings(
        &self,
        found: &mut Verification,
        mut line: PassedLine,
    ) -> Result<(), PortError> {
        found.not_judged = line.began_meanwhile();
        let passed = line.passed_by();
        found.not_judged += self.read_again(&mut line, passed, 1).await?;
        let mut pairs = line.overtakings();
        for round in 1..=ROUNDS_MAX {
            let open: Vec<Pair> = pairs.iter().copied().filter(|pair| !line.is_settled(*pair)).collect();
            if open.is_empty() {
                break;
            }
            let ids = |one: fn(&Pair) -> usize| {
                let ids: BTreeSet<_> = open.iter().map(|pair| line.get(one(pair)).task_id).collect();
                ids.into_iter().collect::<Vec<_>>()
            };
            let (overtakers, overtaken) = (ids(|pair| pair.overtaker), ids(|pair| pair.overtaken));
            found.not_judged += self.read_again(&mut line, overtakers, 2 * round).await?;
            found.not_judged += self.read_again(&mut line, overtaken, 2 * round + 1).await?;
            pairs = line.overtakings();
        }
        let (settled, open): (Vec<_>, Vec<_>) = pairs.into_iter().partition(|pair| line.is_settled(*pair));
        found.not_judged += open.iter().map(|pair| pair.overtaker).collect::<BTreeSet<_>>().len();
        if settled.is_empty() {
            return Ok(());
        }
        let depth = self.dead_letter_queue.depth().await?;
        found.report(&line, &settled, depth.waiting + depth.in_flight > 0, self.clock.now());
        Ok(())
    }

    /// Returns how many of them are not at their places any more.
    async fn read_again(
        &self,
        line: &mut PassedLine,
        task_ids: Vec<TaskId>,
        read: u32,
    ) -> Result<usize, PortError> {
        let mut elsewhere = 0;
        for task_id in task_ids {
            let numbered = self.records.find_numbered(task_id).await?;
            let passage = numbered.and_then(|numbered| Passage::of(&numbered, self.clock.now(), read));
            elsewhere += usize::from(line.replace(task_id, passage));
        }
        Ok(elsewhere)
    }
}

impl Verification {
    fn count(&mut self, record: &TaskRecord) {
        self.records += 1;
        match record.status {
            Status::Completed => self.completed += 1,
            Status::Accepted | Status::Retrying | Status::Processing => self.waiting += 1,
            _ => {}
        }
    }

    /// One violation for each task that overtook; and if there is none, one doubt. One whose message SQS may have moved is
    /// named once, and not with everything behind it.
    fn report(&mut self, line: &PassedLine, settled: &[Pair], are_dead_letters: bool, now: Timestamp) {
        let mut overtakers = BTreeSet::new();
        let mut doubts = Vec::new();
        for pair in settled {
            let (overtaker, overtaken) = (line.get(pair.overtaker), line.get(pair.overtaken));
            let Some(overtaking) = Overtaking::of(overtaker, overtaken) else {
                continue;
            };
            let verdict = match overtaken.left {
                Left::At(_) => overtaker.against(overtaken, line.order()),
                Left::NotYet if overtaken.is_surely_in_the_line => Verdict::Overtook,
                Left::NotYet if are_dead_letters || !is_settled(&overtaking, line.order(), now) => {
                    Verdict::Unclear(Doubt::PerhapsMovedBySqs)
                }
                Left::NotYet => Verdict::Overtook,
            };
            match verdict {
                Verdict::InOrder => {}
                Verdict::Overtook => {
                    if overtakers.insert(overtaking.task_id) {
                        self.violations.push(Violation::Overtook(overtaking));
                    }
                }
                Verdict::Unclear(doubt) => doubts.push((overtaking, doubt)),
            }
        }
        let mut moved = BTreeSet::new();
        for (overtaking, doubt) in doubts {
            let is_news = match doubt {
                Doubt::PerhapsMovedBySqs => moved.insert(overtaking.overtaken),
                _ => overtakers.insert(overtaking.task_id),
            };
            if is_news {
                self.unproven.push(Unproven::Overtook { overtaking, doubt });
            }
        }
    }
}

/// Whether SQS would count by now what it moved to the dead-letter queue before the one that overtook began: its counts
/// are estimates, and lag behind.
fn is_settled(overtaking: &Overtaking, order: Order, now: Timestamp) -> bool {
    order == Order::Departures || overtaking.started_at < now - TimeDelta::seconds(i64::from(DEDUPE_SECONDS))
}

impl Overtaking {
    fn of(overtaker: &Passage, overtaken: &Passage) -> Option<Self> {
        Some(Self {
            task_id: overtaker.task_id,
            started_at: overtaker.began?.at,
            overtaken: overtaken.task_id,
            finished_at: match overtaken.left {
                Left::NotYet => None,
                Left::At(moment) => Some(moment.at),
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        fixture::{at, record},
        verify::fixture::World,
    };

    const SEEDS: u64 = 200;

    fn overtaking(violation: &Violation) -> [TaskId; 2] {
        match violation {
            Violation::Overtook(Overtaking { task_id, overtaken, .. }) => [*task_id, *overtaken],
            Violation::MissingFromTheLine { task_id, .. } => unreachable!("{task_id} is missing"),
        }
    }

    /// A world whose line has come some way, and goes on while it is looked at.
    fn moving(seed: u64, order: Order) -> World {
        let mut world = World::new(60, order).steps(40).shuffled(seed);
        world.steps = 1 + seed as usize % 5;
        world.page_size = 1 + seed as usize % 9;
        world
    }

    #[tokio::test]
    async fn a_line_that_moves_while_it_is_read_is_in_order_whatever_page_comes_first() {
        for seed in 0..SEEDS {
            for order in [Order::Departures, Order::Clocks] {
                let found = moving(seed, order).operations().verify().await.unwrap();
                assert_eq!((found.violations, found.unproven), (vec![], vec![]), "{seed} {order:?}");
                assert_eq!(found.clock_tolerance_ms.is_some(), order == Order::Clocks);
            }
        }
    }

    #[tokio::test]
    async fn clocks_that_differ_by_no_more_than_the_tolerance_break_no_promise() {
        for seed in 0..SEEDS {
            let mut world = World::new(60, Order::Clocks);
            world.skew = CLOCK_TOLERANCE;
            let mut world = world.steps(40).shuffled(seed);
            world.steps = 3;
            let found = world.operations().verify().await.unwrap();
            assert_eq!(found.violations, [], "{seed}");
        }
    }

    #[tokio::test]
    async fn a_clock_that_is_set_back_and_forth_breaks_no_promise_on_one_machine() {
        for seed in 0..SEEDS {
            let mut world = World::new(60, Order::Departures).steps(20);
            world.now = at(0);
            let mut world = world.steps(20);
            world.now = at(9_000_000);
            let mut world = world.steps(21).shuffled(seed);
            world.now = at(5);
            world.steps = 2;
            let found = world.operations().verify().await.unwrap();
            assert_eq!((found.violations, found.unproven), (vec![], vec![]), "{seed}");
        }
    }

    #[tokio::test]
    async fn whatever_overtook_is_found_on_a_line_that_moves() {
        for seed in 0..SEEDS {
            for order in [Order::Departures, Order::Clocks] {
                let mut world = World::new(60, order).steps(2 * (seed as usize % 20));
                let made = world.overtake();
                let mut world = world.steps(7).shuffled(seed);
                world.steps = seed as usize % 5;
                let found = world.operations().verify().await.unwrap();
                let overtakings: Vec<_> = found.violations.iter().map(overtaking).collect();
                assert_eq!(overtakings, [made], "{seed} {order:?}");
                assert_eq!(found.unproven, []);
            }
        }
    }

    #[tokio::test]
    async fn a_task_that_began_while_the_records_were_read_is_not_judged_and_is_counted() {
        for order in [Order::Departures, Order::Clocks] {
            let mut world = World::new(9, order).steps(4);
            (world.page_size, world.steps) = (4, 2);
            let found = world.operations().verify().await.unwrap();
            // Of the three pages the second brings the third task, which began behind the first page, and the third none.
            assert_eq!((found.not_judged, found.violations), (0, vec![]), "{order:?}");
            let mut world = World::new(9, order).steps(4);
            (world.page_size, world.steps) = (1, 4);
            let found = world.operations().verify().await.unwrap();
            assert!(found.not_judged >= 5, "{order:?}: {}", found.not_judged);
            assert_eq!(found.violations, []);
        }
    }

    #[tokio::test]
    async fn what_is_said_to_have_begun_in_the_future_is_judged() {
        let mut world = World::new(9, Order::Clocks);
        world.now = at(2_000_000);
        let made = world.overtake();
        world.now = at(1_000_000);
        let found = world.operations().verify().await.unwrap();
        assert_eq!(found.violations.iter().map(overtaking).collect::<Vec<_>>(), [made]);
    }

    /// Whose first task is in the line, by its record, and whose second has come to its end.
    fn passed_in_the_line(order: Order) -> World {
        let mut world = World::new(9, order);
        [0, 1].into_iter().for_each(|index| world.begin(index));
        world.finish(1);
        world.records[0].record.lease_until = None;
        world.now += TimeDelta::hours(1);
        world
    }

    #[tokio::test]
    async fn a_task_is_overtaken_while_it_is_in_the_line_unless_sqs_may_have_moved_it() {
        for order in [Order::Departures, Order::Clocks] {
            let found = passed_in_the_line(order).operations().verify().await.unwrap();
            assert_eq!(found.violations.len(), 1, "{order:?}");

            let mut world = passed_in_the_line(order);
            world.dead_letters = 1;
            world.begin(2);
            let found = world.operations().verify().await.unwrap();
            assert_eq!(found.violations, [], "{order:?}");
            // Once, and not with each that came behind it.
            let doubts: Vec<_> = found
                .unproven
                .iter()
                .map(|unproven| match unproven {
                    Unproven::Overtook { doubt, .. } => *doubt,
                    Unproven::MissingFromTheLine { task_id, .. } => unreachable!("{task_id} is missing"),
                })
                .collect();
            assert_eq!(doubts, [Doubt::PerhapsMovedBySqs], "{order:?}");

            let mut world = passed_in_the_line(order);
            world.dead_letters = 1;
            world.records[0].is_in_the_line = Some(true);
            assert_eq!(
                world.operations().verify().await.unwrap().violations.len(),
                1,
                "its message is there"
            );
        }
    }

    #[tokio::test]
    async fn estimates_that_may_lag_behind_prove_nothing() {
        let mut world = passed_in_the_line(Order::Clocks);
        world.now -= TimeDelta::minutes(59);
        let found = world.operations().verify().await.unwrap();
        assert_eq!((found.violations.len(), found.unproven.len()), (0, 1));
    }

    #[tokio::test]
    async fn a_task_is_missing_only_from_a_line_that_is_empty_before_and_after_its_record_was_read() {
        for (waiting, order, violations, unproven) in [
            (vec![0], Order::Departures, 9, 0),
            (vec![0], Order::Clocks, 0, 9),
            (vec![0, 1], Order::Departures, 0, 0),
            (vec![1, 0], Order::Departures, 0, 0),
        ] {
            let mut world = World::new(9, order);
            world.waiting = waiting.clone();
            let found = world.operations().verify().await.unwrap();
            assert_eq!((found.violations.len(), found.unproven.len()), (violations, unproven), "{waiting:?}");
        }
        let mut world = World::new(9, Order::Departures);
        (world.waiting, world.steps) = (vec![0], 18);
        let found = world.operations().verify().await.unwrap();
        assert_eq!(found.violations, [], "read again, they were handled");
    }

    #[test]
    fn every_record_is_counted_and_those_that_wait_or_are_completed_once_more() {
        let mut found = Verification::default();
        for status in Status::ALL.into_iter().chain([Status::Completed]) {
            found.count(&record(status, 1));
        }
        assert_eq!((found.records, found.completed, found.waiting), (10, 2, 3));
    }
}
