//! What the bank does with the calls for each task, decided by a seed.

use std::{
    collections::{BTreeMap, VecDeque},
    ops::Range,
};

use super::Way;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Event {
    Pays,
    /// The attempt fails, and is tried again.
    IsBusy,
    /// The handler is unavailable.
    IsAway,
    KillsTheHandler,
    /// The handler dies before, while or after it stores the receipt.
    PaysAndKillsTheHandler,
    KillsThePipeline,
    /// The pipeline dies before, while or after it records the outcome.
    PaysAndKillsThePipeline,
    /// Nothing listens at the address of the webhook, or the function does not exist.
    IsGone,
}

impl Event {
    /// Whether the task may be completed without another call.
    fn may_be_the_last(self) -> bool {
        matches!(self, Self::PaysAndKillsTheHandler | Self::KillsThePipeline | Self::PaysAndKillsThePipeline)
    }
}

/// By the place of a task in the line, what happens at its calls, one after the other. At every other call, it pays.
#[derive(Debug)]
pub struct Plan {
    events: BTreeMap<usize, VecDeque<Event>>,
    random: fastrand::Rng,
}

impl Plan {
    /// The second quarter of the tasks is flaky; the handler is unavailable in the middle; processes are killed anywhere.
    pub fn new(way: Way, tasks: usize, seed: u64) -> Self {
        let mut plan = Self { events: BTreeMap::new(), random: fastrand::Rng::with_seed(seed) };
        plan.spread(Event::IsBusy, tasks.div_ceil(8), tasks / 4..tasks / 2);
        // A function can't report that it is unavailable, and a program is always there.
        let unavailable: &[Event] = match way {
            Way::Command | Way::Server => &[Event::IsAway; 2],
            Way::Webhook => &[Event::IsAway, Event::IsAway, Event::IsGone],
            Way::Function => &[Event::IsGone],
        };
        plan.events.entry(tasks / 2).or_default().extend(unavailable);
        plan.spread(Event::KillsTheHandler, tasks.div_ceil(12), 0..tasks);
        plan.spread(Event::PaysAndKillsTheHandler, tasks.div_ceil(12), 0..tasks);
        plan.spread(Event::KillsThePipeline, tasks.div_ceil(16), 0..tasks);
        plan.spread(Event::PaysAndKillsThePipeline, tasks.div_ceil(16), 0..tasks);
        plan
    }

    /// Lets it happen so many times, at random places.
    fn spread(&mut self, event: Event, times: usize, places: Range<usize>) {
        let mut left = times;
        while left > 0 {
            let events = self.events.entry(self.random.usize(places.clone())).or_default();
            if !(event.may_be_the_last() && events.back().is_some_and(|last| last.may_be_the_last())) {
                events.push_back(event);
                left -= 1;
            }
        }
    }

    /// What happens at the next call for the task at this place.
    pub fn next(&mut self, place: usize) -> Event {
        self.events.get_mut(&place).and_then(VecDeque::pop_front).unwrap_or(Event::Pays)
    }

    /// Whether all of it has happened.
    pub fn is_over(&self) -> bool {
        self.events.values().all(VecDeque::is_empty)
    }
}
