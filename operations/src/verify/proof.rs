//! Reads the records, and reads those again that seem to violate the order.

use std::collections::BTreeSet;

use shared::{
    TaskId, TaskRecord,
    ports::{DeliverySwitch, Departures, PortError, TaskQueue},
};

use crate::{Operations, missing::FirstCount, operations::PAGE};

use super::{
    exception::TaskException,
    line::{Horizon, Pair, PassedLine},
    passage::{CLOCK_TOLERANCE, OrderSource, Passage},
    verification::{OrderViolation, UnprovenCase, Verification},
};

/// How often the records of apparent violations are read again. One round usually settles them all.
const ROUNDS_MAX: u32 = 5;

impl<R: Departures, Q: TaskQueue, L: DeliverySwitch> Operations<R, Q, L> {
    /// Reads every record, and reads those of apparent violations again.
    ///
    /// # Errors
    /// [`PortError`] if the pipeline does not answer.
    pub async fn verify(&self) -> Result<Verification, PortError> {
        let departures = self.records.departures().await?;
        let from = self.clock.now();
        let order = departures.map_or(OrderSource::Clocks, |_| OrderSource::Departures);
        let mut found = Verification {
            order,
            clock_tolerance_ms: (order == OrderSource::Clocks).then(|| CLOCK_TOLERANCE.num_milliseconds()),
            ..Verification::default()
        };
        let first = self.count_line().await?;
        let (mut passages, mut candidates) = (Vec::new(), Vec::new());
        let mut after = None;
        loop {
            let page = self.records.all_numbered(after.as_ref(), PAGE).await?;
            let now = self.clock.now();
            for numbered in &page.records {
                let record = &numbered.record;
                found.count(record);
                found.exceptions.extend(TaskException::of(record));
                passages.extend(Passage::of(numbered, now, 0));
                candidates.extend(first.may_be_missing(record).then(|| record.clone()));
            }
            match page.next {
                Some(next) => after = Some(next),
                None => break,
            }
        }
        found.exceptions.sort_by_key(|exception| (exception.first_sequence_number, exception.task_id));
        self.find_missing(&mut found, first, candidates).await?;
        let horizon = Horizon { departures, from, to: self.clock.now() };
        self.find_overtakings(&mut found, PassedLine::new(passages, horizon, order)).await?;
        Ok(found)
    }

    /// On AWS an empty line is an estimate, so a missing task is unproven there.
    async fn find_missing(
        &self,
        found: &mut Verification,
        first: FirstCount,
        candidates: Vec<TaskRecord>,
    ) -> Result<(), PortError> {
        for TaskRecord { task_id, status, .. } in self.missing(first, candidates).await? {
            match found.order {
                OrderSource::Departures => {
                    found.violations.push(OrderViolation::MissingFromTheLine { task_id, status });
                }
                OrderSource::Clocks => {
                    found.unproven.push(UnprovenCase::MissingFromTheLine { task_id, status })
                }
            }
        }
        Ok(())
    }

    async fn find_overtakings(
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

    /// Returns how many of them have another sequence number by now.
    async fn read_again(
        &self,
        line: &mut PassedLine,
        task_ids: Vec<TaskId>,
        read: u32,
    ) -> Result<usize, PortError> {
        let mut moved = 0;
        for task_id in task_ids {
            let numbered = self.records.find_numbered(task_id).await?;
            let passage = numbered.and_then(|numbered| Passage::of(&numbered, self.clock.now(), read));
            moved += usize::from(line.replace(task_id, passage));
        }
        Ok(moved)
    }
}
