//! Simulates lines event by event: tasks arrive, run one after the other in each line, fail and are retried.

use std::{
    cmp::Reverse,
    collections::{BinaryHeap, VecDeque},
};

use fastrand::Rng;

use super::{
    failures::Failures,
    service::{Service, exponential},
};

pub struct Scenario {
    /// How many tasks arrive at each line per second, at random.
    pub rates: Vec<f64>,
    /// For how many seconds tasks arrive.
    pub seconds: f64,
    /// How many tasks wait in the first line at the start.
    pub waiting: u32,
    /// For how many seconds nothing is delivered at the start.
    pub outage: f64,
    /// How long a run takes.
    pub service: Service,
    pub failures: Failures,
    /// How many lines can run at the same time.
    pub concurrency: usize,
}

#[derive(Default)]
pub struct Simulation {
    /// Seconds from the accept to the first run of each task, sorted.
    pub waits: Vec<f64>,
    /// When the last run ended.
    pub ended: f64,
    /// When no task waited for the first time after the outage.
    pub drained: Option<f64>,
    /// The most tasks in one line.
    pub waiting_max: usize,
    /// The most lines that ran at the same time.
    pub concurrency_max: usize,
    /// The share of the time for which the busiest line was busy.
    pub busiest: f64,
}

impl Simulation {
    /// In seconds.
    pub fn mean_wait(&self) -> f64 {
        self.waits.iter().sum::<f64>() / self.waits.len() as f64
    }

    /// A quantile of the waits, in seconds.
    pub fn wait(&self, share: f64) -> f64 {
        self.waits[((self.waits.len() - 1) as f64 * share) as usize]
    }
}

/// Microseconds: integers, so that events can be ordered.
type Time = u64;

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Event {
    Arrival,
    /// The line's outage, wait or run is over.
    Ready,
}

struct Task {
    number: u32,
    arrived_at: Time,
    attempt: u32,
    failing_runs: u32,
}

#[derive(Default)]
struct Line {
    tasks: VecDeque<Task>,
    /// Its head runs or waits for its retry or for a slot, or the outage lasts.
    occupied: bool,
    runs: bool,
    /// For how long its head ran or waited for its retry.
    busy: Time,
}

struct Simulator<'a> {
    scenario: &'a Scenario,
    random: Rng,
    events: BinaryHeap<Reverse<(Time, u64, usize, Event)>>,
    lines: Vec<Line>,
    /// Lines that wait for a slot, because as many run as may.
    without_slot: VecDeque<usize>,
    running: usize,
    /// Tasks before their first run.
    waiting: usize,
    tasks: u32,
    /// Numbers the events, so that those of the same time happen in the order in which they were scheduled.
    scheduled: u64,
    result: Simulation,
}

/// Simulates a scenario until every task is finished.
pub fn simulate(scenario: &Scenario, seed: u64) -> Simulation {
    let lines = scenario.rates.iter().map(|_| Line::default()).collect();
    let mut simulator = Simulator {
        scenario,
        random: Rng::with_seed(seed),
        events: BinaryHeap::new(),
        lines,
        without_slot: VecDeque::new(),
        running: 0,
        waiting: 0,
        tasks: 0,
        scheduled: 0,
        result: Simulation::default(),
    };
    simulator.schedule_start();
    while let Some(Reverse((now, _, line, event))) = simulator.events.pop() {
        match event {
            Event::Arrival => {
                simulator.arrive(line, now);
                simulator.schedule_arrival(line, now);
            }
            Event::Ready => simulator.proceed(line, now),
        }
    }
    let busiest = simulator.lines.iter().map(|line| line.busy).max().unwrap_or(0);
    simulator.result.busiest = seconds(busiest) / simulator.result.ended;
    simulator.result.waits.sort_by(f64::total_cmp);
    simulator.result
}

impl Simulator<'_> {
    fn schedule_start(&mut self) {
        for line in 0..self.lines.len() {
            if self.scenario.outage > 0.0 {
                self.lines[line].occupied = true;
                self.schedule(micros(self.scenario.outage), line, Event::Ready);
            }
            self.schedule_arrival(line, 0);
        }
        for _ in 0..self.scenario.waiting {
            self.arrive(0, 0);
        }
    }

    fn schedule(&mut self, time: Time, line: usize, event: Event) {
        self.scheduled += 1;
        self.events.push(Reverse((time, self.scheduled, line, event)));
    }

    fn schedule_arrival(&mut self, line: usize, now: Time) {
        let rate = self.scenario.rates[line];
        if rate > 0.0 {
            let next = now + micros(exponential(1.0 / rate, &mut self.random));
            if next < micros(self.scenario.seconds) {
                self.schedule(next, line, Event::Arrival);
            }
        }
    }

    fn arrive(&mut self, line: usize, now: Time) {
        let fails = self.random.f64() < self.scenario.failures.share;
        let failing_runs = if fails { self.scenario.failures.runs } else { 0 };
        self.waiting += 1;
        self.tasks += 1;
        let number = self.tasks;
        let tasks = &mut self.lines[line].tasks;
        tasks.push_back(Task { number, arrived_at: now, attempt: 0, failing_runs });
        self.result.waiting_max = self.result.waiting_max.max(tasks.len());
        if !self.lines[line].occupied {
            self.lines[line].occupied = true;
            self.start_run(line, now);
        }
    }

    /// The run of the line's head, or a wait before it, is over.
    fn proceed(&mut self, line: usize, now: Time) {
        if self.lines[line].runs {
            self.end_run(line, now);
        } else if self.lines[line].tasks.is_empty() {
            self.lines[line].occupied = false;
        } else {
            self.start_run(line, now);
        }
    }

    fn start_run(&mut self, line: usize, now: Time) {
        if self.running == self.scenario.concurrency {
            return self.without_slot.push_back(line);
        }
        let head = &mut self.lines[line];
        let Some(task) = head.tasks.front_mut() else { return };
        head.runs = true;
        self.running += 1;
        self.result.concurrency_max = self.result.concurrency_max.max(self.running);
        task.attempt += 1;
        if task.attempt == 1 {
            self.waiting -= 1;
            self.result.waits.push(seconds(now - task.arrived_at));
        }
        let mut took = self.scenario.service.draw(&mut self.random);
        if task.attempt == task.failing_runs {
            took += self.scenario.failures.given_up.as_ref().map_or(0.0, |last| last.draw(&mut self.random));
        }
        head.busy += micros(took);
        self.schedule(now + micros(took), line, Event::Ready);
    }

    fn end_run(&mut self, line: usize, now: Time) {
        self.running -= 1;
        self.result.ended = seconds(now);
        let failures = &self.scenario.failures;
        let head = &mut self.lines[line];
        head.runs = false;
        let wait = head.tasks.front().and_then(|task| {
            let is_given_up = task.attempt == task.failing_runs && failures.given_up.is_some();
            let is_retried = task.attempt <= task.failing_runs && !is_given_up;
            is_retried.then(|| failures.retry.wait(task.number, task.attempt))
        });
        // Its slot goes to a line that waits for one, before this line takes another.
        if let Some(next) = self.without_slot.pop_front() {
            self.start_run(next, now);
        }
        let head = &mut self.lines[line];
        match wait {
            Some(wait) => {
                head.busy += micros(wait);
                self.schedule(now + micros(wait), line, Event::Ready);
            }
            None => {
                head.tasks.pop_front();
                if self.waiting == 0 && self.result.drained.is_none() {
                    self.result.drained = Some(seconds(now));
                }
                self.proceed(line, now);
            }
        }
    }
}

fn micros(seconds: f64) -> Time {
    (seconds * 1e6) as Time
}

fn seconds(time: Time) -> f64 {
    time as f64 / 1e6
}

#[cfg(test)]
mod tests;
