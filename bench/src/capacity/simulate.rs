//! Lines, played event by event: tasks come, run one after the other in each line, fail and come back.

use std::{
    cmp::Reverse,
    collections::{BinaryHeap, VecDeque},
};

use fastrand::Rng;

use super::{
    failures::Failures,
    service::{Service, exponential},
};

/// What is played.
pub struct Scene {
    /// How many tasks come to each line a second, by chance.
    pub rates: Vec<f64>,
    /// For how many seconds they come.
    pub seconds: f64,
    /// How many stand in the first line when it begins.
    pub waiting: u32,
    /// For how many seconds nothing is delivered at first.
    pub outage: f64,
    /// How long a run takes.
    pub service: Service,
    /// What goes wrong.
    pub failures: Failures,
    /// How many lines can run at the same time.
    pub concurrency: usize,
}

/// What was seen.
#[derive(Default)]
pub struct Seen {
    /// Seconds from accept to first run of each task, rising.
    pub waits: Vec<f64>,
    /// When the last run ended.
    pub ended: f64,
    /// When nobody waited for the first time after the outage.
    pub drained: Option<f64>,
    /// The most that waited in one line.
    pub deepest: usize,
    /// The most lines that ran at the same time.
    pub at_once: usize,
    /// The share of the time in which tasks came that the busiest line was taken.
    pub busiest: f64,
}

impl Seen {
    /// Seconds, on average.
    pub fn mean_wait(&self) -> f64 {
        self.waits.iter().sum::<f64>() / self.waits.len() as f64
    }

    /// Seconds that this share of tasks did not exceed.
    pub fn wait(&self, share: f64) -> f64 {
        self.waits[((self.waits.len() - 1) as f64 * share) as usize]
    }
}

/// Microseconds, so that events have an order.
type Time = u64;

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Event {
    Come,
    /// The line may go on: its outage, its wait or its run is over.
    GoOn,
}

struct Task {
    number: u32,
    came: Time,
    attempt: u32,
    failing_runs: u32,
}

#[derive(Default)]
struct Line {
    tasks: VecDeque<Task>,
    /// Its head runs, waits to run again, or waits for a place; or nothing is delivered yet.
    taken: bool,
    /// Its head runs.
    runs: bool,
    /// For how long its head ran or waited to run again.
    busy: Time,
}

struct Play<'a> {
    scene: &'a Scene,
    chance: Rng,
    events: BinaryHeap<Reverse<(Time, u64, usize, Event)>>,
    lines: Vec<Line>,
    /// Lines that could run if fewer did.
    without_place: VecDeque<usize>,
    running: usize,
    /// Tasks before their first run.
    waiting: usize,
    tasks: u32,
    /// Of events: what is due at the same moment comes in the order in which it was planned.
    planned: u64,
    seen: Seen,
}

/// Plays a scene until every task is at its end.
pub fn play(scene: &Scene, seed: u64) -> Seen {
    let lines = scene.rates.iter().map(|_| Line::default()).collect();
    let mut play = Play {
        scene,
        chance: Rng::with_seed(seed),
        events: BinaryHeap::new(),
        lines,
        without_place: VecDeque::new(),
        running: 0,
        waiting: 0,
        tasks: 0,
        planned: 0,
        seen: Seen::default(),
    };
    play.begin();
    while let Some(Reverse((now, _, line, event))) = play.events.pop() {
        match event {
            Event::Come => {
                play.come(line, now);
                play.next_comes(line, now);
            }
            Event::GoOn => play.go_on(line, now),
        }
    }
    let busiest = play.lines.iter().map(|line| line.busy).max().unwrap_or(0);
    play.seen.busiest = seconds(busiest) / play.seen.ended;
    play.seen.waits.sort_by(f64::total_cmp);
    play.seen
}

impl Play<'_> {
    fn begin(&mut self) {
        for line in 0..self.lines.len() {
            if self.scene.outage > 0.0 {
                self.lines[line].taken = true;
                self.at(micros(self.scene.outage), line, Event::GoOn);
            }
            self.next_comes(line, 0);
        }
        for _ in 0..self.scene.waiting {
            self.come(0, 0);
        }
    }

    fn at(&mut self, time: Time, line: usize, event: Event) {
        self.planned += 1;
        self.events.push(Reverse((time, self.planned, line, event)));
    }

    fn next_comes(&mut self, line: usize, now: Time) {
        let rate = self.scene.rates[line];
        if rate > 0.0 {
            let next = now + micros(exponential(1.0 / rate, &mut self.chance));
            if next < micros(self.scene.seconds) {
                self.at(next, line, Event::Come);
            }
        }
    }

    fn come(&mut self, line: usize, now: Time) {
        let fails = self.chance.f64() < self.scene.failures.share;
        let failing_runs = if fails { self.scene.failures.runs } else { 0 };
        self.waiting += 1;
        self.tasks += 1;
        let number = self.tasks;
        let tasks = &mut self.lines[line].tasks;
        tasks.push_back(Task { number, came: now, attempt: 0, failing_runs });
        self.seen.deepest = self.seen.deepest.max(tasks.len());
        if !self.lines[line].taken {
            self.lines[line].taken = true;
            self.take_place(line, now);
        }
    }

    /// What occupied the line is over: its head's run, or a wait before one.
    fn go_on(&mut self, line: usize, now: Time) {
        if self.lines[line].runs {
            self.end_run(line, now);
        } else if self.lines[line].tasks.is_empty() {
            self.lines[line].taken = false;
        } else {
            self.take_place(line, now);
        }
    }

    fn take_place(&mut self, line: usize, now: Time) {
        if self.running == self.scene.concurrency {
            return self.without_place.push_back(line);
        }
        let head = &mut self.lines[line];
        let Some(task) = head.tasks.front_mut() else { return };
        head.runs = true;
        self.running += 1;
        self.seen.at_once = self.seen.at_once.max(self.running);
        task.attempt += 1;
        if task.attempt == 1 {
            self.waiting -= 1;
            self.seen.waits.push(seconds(now - task.came));
        }
        let mut took = self.scene.service.draw(&mut self.chance);
        if task.attempt == task.failing_runs {
            took += self.scene.failures.given_up.as_ref().map_or(0.0, |last| last.draw(&mut self.chance));
        }
        head.busy += micros(took);
        self.at(now + micros(took), line, Event::GoOn);
    }

    fn end_run(&mut self, line: usize, now: Time) {
        self.running -= 1;
        self.seen.ended = seconds(now);
        let failures = &self.scene.failures;
        let head = &mut self.lines[line];
        head.runs = false;
        let wait = head.tasks.front().and_then(|task| {
            let is_given_up = task.attempt == task.failing_runs && failures.given_up.is_some();
            let comes_back = task.attempt <= task.failing_runs && !is_given_up;
            comes_back.then(|| failures.retry.wait(task.number, task.attempt))
        });
        // Its place goes to whoever waited for one, before the line asks for another.
        if let Some(next) = self.without_place.pop_front() {
            self.take_place(next, now);
        }
        let head = &mut self.lines[line];
        match wait {
            Some(wait) => {
                head.busy += micros(wait);
                self.at(now + micros(wait), line, Event::GoOn);
            }
            None => {
                head.tasks.pop_front();
                if self.waiting == 0 && self.seen.drained.is_none() {
                    self.seen.drained = Some(seconds(now));
                }
                self.go_on(line, now);
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
mod tests {
    use shared::lifecycle::Backoff;

    use super::*;
    use crate::capacity::{
        failures::{Failures, Retry},
        formula,
        service::Step,
    };

    const RATE: f64 = 8.0;

    /// A line to which eight tasks a second come for hours, each of which takes 100 ms.
    fn scene(least: f64, tail: f64) -> Scene {
        Scene {
            rates: vec![RATE],
            seconds: 25_000.0,
            waiting: 0,
            outage: 0.0,
            service: Service::new([Step { least, tail }]),
            failures: Failures::none(),
            concurrency: usize::MAX,
        }
    }

    fn assert_near(played: f64, known: f64) {
        assert!((played / known - 1.0).abs() < 0.04, "played {played}, known {known}");
    }

    #[test]
    fn a_line_whose_tasks_all_take_the_same_waits_as_m_d_1_does() {
        let seen = play(&scene(100.0, 0.0), 1);
        // utilisation x service / (2 x (1 - utilisation))
        assert_near(seen.mean_wait(), 0.8 * 0.1 / (2.0 * 0.2));
        assert_near(seen.busiest, 0.8);
    }

    #[test]
    fn a_line_whose_tasks_take_any_time_waits_as_m_m_1_does() {
        let seen = play(&scene(0.0, 100.0), 1);
        // The wait exceeds t with probability utilisation x e^(-(service rate - rate) x t).
        assert_near(seen.mean_wait(), 0.8 * 0.1 / 0.2);
        assert_near(seen.wait(0.5), (0.8_f64 / 0.5).ln() / (10.0 - RATE));
        assert_near(seen.wait(0.99), (0.8_f64 / 0.01).ln() / (10.0 - RATE));
    }

    #[test]
    fn the_formula_for_a_mean_wait_holds_for_both_and_between() {
        for (least, tail) in [(100.0, 0.0), (0.0, 100.0), (60.0, 40.0)] {
            let scene = scene(least, tail);
            let known = formula::mean_wait(RATE, &scene.service).unwrap();
            assert_near(play(&scene, 2).mean_wait(), known);
        }
        assert_eq!(formula::mean_wait(10.0, &scene(100.0, 0.0).service), None, "it never ends");
    }

    #[test]
    fn a_line_recovers_in_what_waits_divided_by_what_it_makes_more_than_comes() {
        let outage = 1_000.0;
        let seen = play(&Scene { outage, ..scene(100.0, 0.0) }, 3);
        assert_near(seen.deepest as f64, RATE * outage);
        assert_near(seen.drained.unwrap() - outage, RATE * outage / (10.0 - RATE));
        let seen = play(&Scene { waiting: 9_000, rates: vec![0.0], ..scene(100.0, 0.0) }, 3);
        assert_eq!((seen.deepest, seen.ended.round()), (9_000, 900.0));
    }

    /// Of tasks that stand in a line that never waits for one.
    fn rate_with(failures: Failures) -> (f64, f64) {
        let waiting = 100_000;
        let known = formula::line_rate(&scene(60.0, 40.0).service, &failures);
        let seen = play(&Scene { waiting, rates: vec![0.0], failures, ..scene(60.0, 40.0) }, 4);
        (f64::from(waiting) / seen.ended, known)
    }

    #[test]
    fn a_failure_costs_its_wait_and_its_next_run_or_its_dead_letter() {
        let backoff = Retry::Backoff(Backoff { base_seconds: 1, max_seconds: 60 });
        let dead_letter = Some(Service::new([Step { least: 700.0, tail: 0.0 }]));
        for (runs, retry, given_up) in [
            (1, Retry::Visibility(2), None),
            (4, backoff, None),
            (1, backoff, dead_letter.clone()),
            (5, backoff, dead_letter),
        ] {
            let (played, known) = rate_with(Failures { share: 0.1, runs, retry, given_up });
            assert_near(played, known);
            assert!(known < 9.5, "it costs nothing");
        }
    }

    #[test]
    fn the_mean_of_the_backoff_is_that_of_the_one_that_the_processor_has() {
        let retry = Retry::Backoff(Backoff { base_seconds: 3, max_seconds: 20 });
        for attempt in 1..=5 {
            let sum: f64 = (0..4_000).map(|number| retry.wait(number, attempt)).sum();
            assert_near(sum / 4_000.0, retry.mean_wait(attempt));
        }
    }

    #[test]
    fn the_same_seed_plays_the_same_and_another_does_not() {
        let [first, again, other] = [6, 6, 7].map(|seed| play(&scene(60.0, 40.0), seed).waits);
        assert_eq!(first, again);
        assert_ne!(first, other);
    }

    #[test]
    fn no_more_lines_run_at_once_than_may_and_together_they_make_no_more() {
        let rates = vec![RATE; 20];
        let seen = play(&Scene { rates, seconds: 100.0, concurrency: 5, ..scene(100.0, 0.0) }, 5);
        assert_eq!(seen.at_once, 5);
        assert_near(seen.waits.len() as f64 / seen.ended, 50.0);
        let alone = play(&Scene { seconds: 100.0, concurrency: 5, ..scene(100.0, 0.0) }, 5);
        assert_eq!(alone.at_once, 1, "a line runs one task at a time");
    }
}
