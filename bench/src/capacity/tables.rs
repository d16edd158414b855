//! The tables: what is supposed, what follows, and what was played of it.

use processor::ProcessorSettings;
use shared::lifecycle::Backoff;

use super::{
    failures::{Failures, Retry},
    formula,
    play::{Scene, Seen, play},
    service::{Service, Step},
    weight::Weight,
};
use crate::table::{Table, grouped};

/// What Lambda gives an account at first, <https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>.
const CONCURRENCY: usize = 1_000;
/// Tasks that are played where one line is looked at closely.
const TASKS: f64 = 100_000.0;

/// All of them.
pub fn all(seed: u64, settings: &ProcessorSettings) -> anyhow::Result<Vec<Table>> {
    Ok(vec![
        line_rate(seed),
        filling(seed),
        draining(seed),
        failing(seed, settings.backoff, settings.visibility_seconds()),
        many_lines(seed),
        weights()?,
    ])
}

/// A line to which tasks come at this rate.
fn line(rate: f64, service: &Service) -> Scene {
    Scene {
        rates: vec![rate],
        seconds: TASKS / rate,
        waiting: 0,
        outage: 0.0,
        service: service.clone(),
        failures: Failures::none(),
        concurrency: CONCURRENCY,
    }
}

/// A line that never has to wait for a task.
fn full_line(service: &Service, failures: Failures, seed: u64) -> f64 {
    let waiting = TASKS as u32 / 4;
    let scene = Scene { rates: vec![0.0], waiting, failures, ..line(1.0, service) };
    f64::from(waiting) / play(&scene, seed).ended
}

fn line_rate(seed: u64) -> Table {
    let columns = [("ms per task", 1), ("tasks/s, formula", 1), ("tasks/s, simulated", 1), ("per day", 0)];
    let mut table = Table::new("Rate of one line", "Handler", &columns);
    let mut add = |name: &str, service: &Service| {
        let rate = formula::line_rate(service, &Failures::none());
        let played = full_line(service, Failures::none(), seed);
        table.add(name.to_owned(), [service.mean() * 1e3, rate, played, rate * 86_400.0].map(Some));
    };
    add("record, one write", &Service::of_record());
    add("record, two writes", &Service::of_task(0.0));
    let batch = Service::new([Step::DELIVERY.shared_by(10.0), Step::WRITE, Step::WRITE]);
    add("record, two writes, batches of 10", &batch);
    add("10 ms, two writes", &Service::of_task(10.0));
    add("50 ms, two writes", &Service::of_task(50.0));
    add("500 ms, two writes", &Service::of_task(500.0));
    table
}

fn filling(seed: u64) -> Table {
    let columns = [
        ("tasks/s", 1),
        ("mean wait s, formula", 3),
        ("simulated", 3),
        ("p50", 3),
        ("p99", 3),
        ("max waiting", 0),
    ];
    let mut table = Table::new("Waiting time by utilisation (record, two writes)", "Utilisation", &columns);
    let service = Service::of_task(0.0);
    for percent in [25, 50, 75, 90, 95] {
        let rate = f64::from(percent) / 100.0 / service.mean();
        let seen = play(&line(rate, &service), seed);
        let waits = [seen.mean_wait(), seen.wait(0.5), seen.wait(0.99), seen.deepest as f64];
        let figures = [Some(rate), formula::mean_wait(rate, &service)];
        table.add(format!("{percent} %"), figures.into_iter().chain(waits.map(Some)));
    }
    table
}

fn draining(seed: u64) -> Table {
    let columns = [
        ("tasks/s arriving", 0),
        ("waiting, formula", 0),
        ("simulated", 0),
        ("min until empty, formula", 1),
        ("simulated", 1),
    ];
    let mut table = Table::new("Recovery time (record, two writes)", "After", &columns);
    let service = Service::of_task(0.0);
    let mut add = |name: &str, waiting: u32, outage: f64, rate: f64| {
        let stood = f64::from(waiting) + rate * outage;
        let drain = formula::drain(stood, rate, &service);
        // More come for as long as it takes, and a little longer.
        let seconds = outage + 1.1 * drain;
        let seen = play(&Scene { waiting, outage, seconds, ..line(rate, &service) }, seed);
        let played = seen.drained.map(|at| (at - outage) / 60.0);
        let figures = [Some(rate), Some(stood), Some(seen.deepest as f64), Some(drain / 60.0), played];
        table.add(name.to_owned(), figures);
    };
    add("10,000 at once", 10_000, 0.0, 0.0);
    add("10,000 at once", 10_000, 0.0, 10.0);
    add("an outage of 10 min", 0, 600.0, 10.0);
    add("an outage of 1 h", 0, 3_600.0, 10.0);
    add("an outage of 1 h", 0, 3_600.0, 18.0);
    add("a line held for 4 h", 0, 14_400.0, 10.0);
    table
}

fn failing(seed: u64, backoff: Backoff, visibility: u32) -> Table {
    let columns = [("s per failure", 2), ("tasks/s, formula", 2), ("tasks/s, simulated", 2)];
    let mut table = Table::new("Cost of failures (record, two writes)", "Failing tasks", &columns);
    let service = Service::of_task(0.0);
    // The dead letter is sent, and recorded as sent.
    let dead_letter = Some(Service::new([Step::SEND, Step::WRITE]));
    let (ours, theirs) = (Retry::Backoff(backoff), Retry::Visibility(visibility));
    let mut add = |name: &str, failures: Failures| {
        let rate = formula::line_rate(&service, &failures);
        let cost = failures.cost(&service);
        let played = full_line(&service, failures, seed);
        table.add(name.to_owned(), [cost, rate, played].map(Some));
    };
    add("none", Failures::none());
    for share in [0.001, 0.01, 0.1] {
        let percent = share * 100.0;
        let once = |retry| Failures { share, runs: 1, retry, given_up: None };
        add(&format!("{percent} %, once, with backoff"), once(ours));
        add(&format!("{percent} %, once, by visibility timeout, {visibility} s"), once(theirs));
    }
    let at_once = Failures { share: 0.01, runs: 1, retry: ours, given_up: dead_letter.clone() };
    add("1 %, dead-lettered at once", at_once);
    for (name, retry) in [("with backoff", ours), ("by visibility timeout", theirs)] {
        let exhausted = Failures { share: 0.01, runs: 5, retry, given_up: dead_letter.clone() };
        add(&format!("1 %, dead-lettered after 5 runs, {name}"), exhausted);
    }
    table
}

/// Shares of keys of which the n-th is n^skew times rarer than the first (Zipf's law); 0 is even.
fn shares(keys: u32, skew: f64) -> Vec<f64> {
    let weights: Vec<_> = (1..=keys).map(|rank| f64::from(rank).powf(-skew)).collect();
    let sum: f64 = weights.iter().sum();
    weights.into_iter().map(|weight| weight / sum).collect()
}

fn many_lines(seed: u64) -> Table {
    let columns = [
        ("tasks/s", 0),
        ("lines", 0),
        ("busiest line %", 0),
        ("simulated", 0),
        ("p50 wait s", 3),
        ("p99", 3),
        ("max in one line", 0),
        ("concurrency, formula", 0),
        ("simulated", 0),
    ];
    let mut table = Table::new("One line and many lines", "Load", &columns);
    let mut add = |times: u32, seconds: f64, lines: u32, skew: f64, handler: f64| {
        let rate = 10.0 * f64::from(times);
        let service = Service::of_task(handler);
        let rates: Vec<_> = shares(lines, skew).into_iter().map(|share| share * rate).collect();
        let fullest = formula::utilisation(rates[0], 1, &service);
        // What a line can't do in time takes no place.
        let taken: f64 = rates.iter().map(|rate| (rate * service.mean()).min(1.0)).sum();
        let seen = play(&Scene { rates, seconds, ..line(rate, &service) }, seed);
        let Seen { deepest, at_once, busiest, .. } = seen;
        let waits = [seen.wait(0.5), seen.wait(0.99), deepest as f64, taken, at_once as f64];
        let head = [rate, lines.into(), fullest * 100.0, busiest * 100.0];
        let skew = if skew == 0.0 { "even".to_owned() } else { format!("skew {skew}") };
        let handler = if handler == 0.0 { "record".to_owned() } else { format!("{handler} ms") };
        let name = format!("{}x, {handler}, {skew}", grouped(times.into(), 0));
        table.add(name, head.into_iter().chain(waits).map(Some));
    };
    add(1, 600.0, 1, 0.0, 0.0);
    add(10, 600.0, 1, 0.0, 0.0);
    add(10, 600.0, 8, 0.0, 0.0);
    add(10, 600.0, 100, 0.0, 0.0);
    add(10, 600.0, 100, 1.0, 0.0);
    add(10, 600.0, 1_000, 1.0, 0.0);
    add(1_000, 20.0, 600, 0.0, 0.0);
    add(1_000, 20.0, 10_000, 0.0, 0.0);
    add(1_000, 20.0, 10_000, 0.5, 0.0);
    add(1_000, 20.0, 10_000, 1.0, 0.0);
    add(1_000, 20.0, 10_000, 0.0, 100.0);
    table
}

fn weights() -> anyhow::Result<Table> {
    let columns = [
        ("message bytes", 0),
        ("item bytes accepted", 0),
        ("claimed", 0),
        ("completed", 0),
        ("write units", 0),
        ("with one write", 0),
    ];
    let mut table = Table::new("Size of a task", "Characters of description", &columns);
    for characters in [100, 300, 1_000, 10_000] {
        let weight = Weight::of(characters)?;
        let [accepted, claimed, completed] = weight.items;
        let [two, one] = weight.write_units();
        let figures = [weight.message, accepted, claimed, completed, two, one];
        table.add(grouped(characters as f64, 0), figures.map(|figure| Some(figure as f64)));
    }
    Ok(table)
}
