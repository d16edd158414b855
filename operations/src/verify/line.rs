//! The line as the records tell it: every passage by rising place, and who overtook whom.

use std::collections::HashMap;

use shared::{TaskId, Timestamp};

use super::passage::{CLOCK_TOLERANCE, Comparison, Departure, OrderPoint, OrderSource, Passage};

/// From when on tasks began behind the first look at the records.
#[derive(Debug, Clone, Copy)]
pub struct Horizon {
    /// How many tasks had left the line by then.
    pub departures: Option<u64>,
    /// When that was, by the clock of this machine.
    pub from: Timestamp,
    /// When the last record was read. What is said to have begun later than that has not begun meanwhile: some clock is
    /// wrong, and it is judged.
    pub to: Timestamp,
}

/// A task and an earlier one which it seems to have overtaken, by where they stand in the line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Pair {
    pub overtaker: usize,
    pub overtaken: usize,
}

/// Passages by rising place.
#[derive(Debug)]
pub struct PassedLine {
    passages: Vec<Passage>,
    indices: HashMap<TaskId, usize>,
    horizon: Horizon,
    order: OrderSource,
}

impl Horizon {
    /// Whether the task began after the first look.
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
        passages.sort_by_key(|passage| passage.place);
        let indices = passages.iter().enumerate().map(|(index, passage)| (passage.task_id, index)).collect();
        Self { passages, indices, horizon, order }
    }

    pub fn order(&self) -> OrderSource {
        self.order
    }

    pub fn get(&self, index: usize) -> &Passage {
        &self.passages[index]
    }

    /// How many began after the first look at the records.
    pub fn began_meanwhile(&self) -> usize {
        self.passages.iter().filter(|passage| self.horizon.is_passed_by(passage)).count()
    }

    /// Those in the line by what was read of them, which a later one seems to have passed.
    pub fn passed_by(&self) -> Vec<TaskId> {
        let is_judged = |passage: &&Passage| passage.began.is_some() && !self.horizon.is_passed_by(passage);
        let last = self.passages.iter().rev().find(is_judged).map(|passage| passage.place);
        let is_passed = |passage: &&Passage| {
            passage.left == Departure::NotYet && last.is_some_and(|last| passage.place < last)
        };
        self.passages.iter().filter(is_passed).map(|passage| passage.task_id).collect()
    }

    /// Takes what was read again of a task in place of what was known of it. One that is not at its place any more proves
    /// nothing there, neither of itself nor of others; whether that is so.
    pub fn replace(&mut self, task_id: TaskId, passage: Option<Passage>) -> bool {
        let Some(&index) = self.indices.get(&task_id) else {
            return false;
        };
        let known = &mut self.passages[index];
        match passage.filter(|passage| passage.place == known.place) {
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

    /// Walks the line once. Of those before it, a task can only have overtaken one that is in the line or the last that left it:
    /// one that left earlier was in its way for a shorter time. What is less certain is kept apart, so that it hides nothing.
    pub fn overtakings(&self) -> Vec<Pair> {
        let mut pairs = Vec::new();
        let (mut surely_in, mut perhaps_in, mut last, mut last_noted) = (None, None, None, None);
        for (index, passage) in self.passages.iter().enumerate() {
            if passage.began.is_some() && !self.horizon.is_passed_by(passage) {
                let earlier = [surely_in, perhaps_in, last, last_noted].into_iter().flatten();
                pairs.extend(
                    earlier
                        .map(|overtaken| Pair { overtaker: index, overtaken })
                        .filter(|pair| self.is_suspicious(*pair)),
                );
            }
            match passage.left {
                Departure::NotYet => {
                    let first = if passage.is_surely_in_the_line { &mut surely_in } else { &mut perhaps_in };
                    first.get_or_insert(index);
                }
                Departure::At(_) => {
                    let last = if passage.is_noted_by_an_operator { &mut last_noted } else { &mut last };
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

    /// Whether what is known of both was read again, and of one that is in the line after the other was seen to have begun.
    pub fn is_settled(&self, pair: Pair) -> bool {
        let (overtaker, overtaken) = (self.get(pair.overtaker), self.get(pair.overtaken));
        let is_left = overtaken.left != Departure::NotYet;
        overtaker.read > 0 && overtaken.read > 0 && (is_left || overtaken.read > overtaker.read)
    }
}
