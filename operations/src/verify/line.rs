//! All passages by rising sequence number, and which task overtook which.

use std::collections::HashMap;

use shared::{TaskId, Timestamp};

use super::passage::{CLOCK_TOLERANCE, Comparison, Departure, OrderPoint, OrderSource, Passage};

/// The moment of the first read. Tasks that began after it are not judged.
#[derive(Debug, Clone, Copy)]
pub struct Horizon {
    /// How many tasks had left the line by then.
    pub departures: Option<u64>,
    /// The time, by the clock of this machine.
    pub from: Timestamp,
    /// When the last record was read. A beginning after that comes from a wrong clock, and the task is judged.
    pub to: Timestamp,
}

/// A task and an earlier one that it seems to have overtaken, by their indices in the line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Pair {
    pub overtaker: usize,
    pub overtaken: usize,
}

/// Passages by rising position.
#[derive(Debug)]
pub struct PassedLine {
    passages: Vec<Passage>,
    indices: HashMap<TaskId, usize>,
    horizon: Horizon,
    order: OrderSource,
}

impl Horizon {
    /// Whether the task began after the first read.
    pub fn is_passed_by(&self, passage: &Passage) -> bool {
        match (passage.began, self.departures) {
            (None, _) => false,
            (Some(began), Some(departures)) => began.count.is_some_and(|count| count > departures),
            (Some(began), None) => began.at > self.from && began.at <= self.to + CLOCK_TOLERANCE,
        }
    }
}

impl PassedLine {
    pub fn new(mut passages: Vec<Passage>, horizon: Horizon, order: OrderSource) -> Self {
        passages.sort_by_key(|passage| passage.position);
        let indices = passages.iter().enumerate().map(|(index, passage)| (passage.task_id, index)).collect();
        Self { passages, indices, horizon, order }
    }

    pub fn order(&self) -> OrderSource {
        self.order
    }

    pub fn get(&self, index: usize) -> &Passage {
        &self.passages[index]
    }

    /// How many tasks began after the first read.
    pub fn began_meanwhile(&self) -> usize {
        self.passages.iter().filter(|passage| self.horizon.is_passed_by(passage)).count()
    }

    /// The tasks that were in the line when they were read, although a later one had begun.
    pub fn passed_by(&self) -> Vec<TaskId> {
        let is_judged = |passage: &&Passage| passage.began.is_some() && !self.horizon.is_passed_by(passage);
        let last = self.passages.iter().rev().find(is_judged).map(|passage| passage.position);
        let is_passed = |passage: &&Passage| {
            passage.left == Departure::NotYet && last.is_some_and(|last| passage.position < last)
        };
        self.passages.iter().filter(is_passed).map(|passage| passage.task_id).collect()
    }

    /// Replaces the passage of a task that was read again. A task with another sequence number by now proves nothing at its old
    /// position. Returns whether that is news.
    pub fn replace(&mut self, task_id: TaskId, passage: Option<Passage>) -> bool {
        let Some(&index) = self.indices.get(&task_id) else {
            return false;
        };
        let known = &mut self.passages[index];
        match passage.filter(|passage| passage.position == known.position) {
            Some(passage) => {
                *known = passage;
                false
            }
            None => {
                let is_news = known.began.is_some();
                known.began = None;
                known.left = Departure::At(OrderPoint { count: None, at: Timestamp::MIN_UTC });
                is_news
            }
        }
    }

    /// Walks the line once. Of the tasks before it, a task can only have overtaken one that is in the line, or the last one that left:
    /// any other left earlier. Uncertain tasks are tracked separately, so that they hide no certain one.
    pub fn overtakings(&self) -> Vec<Pair> {
        let mut pairs = Vec::new();
        let (mut certainly_in, mut possibly_in, mut last, mut last_by_operator) = (None, None, None, None);
        for (index, passage) in self.passages.iter().enumerate() {
            if passage.began.is_some() && !self.horizon.is_passed_by(passage) {
                let earlier = [certainly_in, possibly_in, last, last_by_operator].into_iter().flatten();
                pairs.extend(
                    earlier
                        .map(|overtaken| Pair { overtaker: index, overtaken })
                        .filter(|pair| self.is_suspicious(*pair)),
                );
            }
            match passage.left {
                Departure::NotYet => {
                    let first =
                        if passage.is_certainly_in_the_line { &mut certainly_in } else { &mut possibly_in };
                    first.get_or_insert(index);
                }
                Departure::At(_) => {
                    let last = if passage.is_by_operator_clock { &mut last_by_operator } else { &mut last };
                    let leaves_later = last.is_none_or(|last: usize| {
                        self.passages[last].departure_key() < passage.departure_key()
                    });
                    if leaves_later {
                        *last = Some(index);
                    }
                }
            }
        }
        pairs
    }

    fn is_suspicious(&self, pair: Pair) -> bool {
        let (overtaker, overtaken) = (self.get(pair.overtaker), self.get(pair.overtaken));
        overtaken.left == Departure::NotYet || overtaker.against(overtaken, self.order) != Comparison::InOrder
    }

    /// Whether both records were read again; that of a task in the line after that of the task that began.
    pub fn is_settled(&self, pair: Pair) -> bool {
        let (overtaker, overtaken) = (self.get(pair.overtaker), self.get(pair.overtaken));
        let is_left = overtaken.left != Departure::NotYet;
        overtaker.read > 0 && overtaken.read > 0 && (is_left || overtaken.read > overtaker.read)
    }
}
