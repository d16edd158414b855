//! The tables: results of the formulas beside those of the simulation.

use processor::ProcessorSettings;

use super::{
    failures::{Failures, Retry},
    formula,
    service::{Service, Step},
    simulate::{Scenario, Simulation, simulate},
    weight::Weight,
};
use crate::table::{Table, grouped};

/// The default concurrency of an account, <https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>.
const CONCURRENCY: usize = 1_000;
/// How many tasks are simulated for one line.
const TASKS: f64 = 100_000.0;

pub fn all(seed: u64, settings: &ProcessorSettings) -> anyhow::Result<Vec<Table>> {
    Ok(vec![
        line_rate(seed),
        filling(seed),
        draining(seed),
        failing(seed, settings),
        many_lines(seed),
        weights()?,
    ])
}

/// A line to which tasks arrive at this rate.
fn line(rate: f64, service: &Service) -> Scenario {
    Scenario {
        rates: vec![rate],
        seconds: TASKS / rate,
        waiting: 0,
        outage: 0.0,
        service: service.clone(),
        failures: Failures::none(),
        concurrency: CONCURRENCY,
    }
}

/// The rate of a line that never waits for tasks.
fn full_line(service: &Service, failures: Failures, seed: u64) -> f64 {
    let waiting = TASKS as u32 / 4;
    let scenario = Scenario { rates: vec![0.0], waiting, failures, ..line(1.0, service) };
    f64::from(waiting) / simulate(&scenario, seed).ended
}

fn line_rate(seed: u64) -> Table {
    let columns = [("ms per task", 1), ("tasks/s, formula", 1), ("tasks/s, simulated", 1), ("per day", 0)];
    let mut table = Table::new("Rate of one line", "Handler", &columns);
    let mut add = |name: &str, service: &Service| {
        let rate = formula::line_rate(service, &Failures::none());
        let simulated = full_line(service, Failures::none(), seed);
        table.add(name.to_owned(), [service.mean() * 1e3, rate, simulated, rate * 86_400.0].map(Some));
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
        let result = simulate(&line(rate, &service), seed);
        let waits = [result.mean_wait(), result.wait(0.5), result.wait(0.99), result.waiting_max as f64];
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
        let backlog = f64::from(waiting) + rate * outage;
        let drain = formula::drain(backlog, rate, &service);
        // Tasks arrive until the line is empty, and a little longer.
        let seconds = outage + 1.1 * drain;
        let result = simulate(&Scenario { waiting, outage, seconds, ..line(rate, &service) }, seed);
        let simulated = result.drained.map(|at| (at - outage) / 60.0);
        let figures =
            [Some(rate), Some(backlog), Some(result.waiting_max as f64), Some(drain / 60.0), simulated];
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

fn failing(seed: u64, settings: &ProcessorSettings) -> Table {
    let (backoff, visibility) = (settings.backoff, settings.visibility_seconds());
    let budget = settings.attempt_budget;
    let columns = [("s per failure", 2), ("tasks/s, formula", 2), ("tasks/s, simulated", 2)];
    let mut table = Table::new("Cost of failures (record, two writes)", "Failing tasks", &columns);
    let service = Service::of_task(0.0);
    // The dead letter is sent, and recorded as sent.
    let dead_letter = Some(Service::new([Step::SEND, Step::WRITE]));
    let (with_backoff, by_timeout) = (Retry::Backoff(backoff), Retry::Visibility(visibility));
    let mut add = |name: &str, failures: Failures| {
        let rate = formula::line_rate(&service, &failures);
        let cost = failures.cost(&service);
        let simulated = full_line(&service, failures, seed);
        table.add(name.to_owned(), [cost, rate, simulated].map(Some));
    };
    add("none", Failures::none());
    for share in [0.001, 0.01, 0.1] {
        let percent = share * 100.0;
        let once = |retry| Failures { share, runs: 1, retry, given_up: None };
        add(&format!("{percent} %, once, with backoff"), once(with_backoff));
        add(&format!("{percent} %, once, by visibility timeout, {visibility} s"), once(by_timeout));
    }
    let at_once = Failures { share: 0.01, runs: 1, retry: with_backoff, given_up: dead_letter.clone() };
    add("1 %, dead-lettered at once", at_once);
    for (name, retry) in [("with backoff", with_backoff), ("by visibility timeout", by_timeout)] {
        let exhausted = Failures { share: 0.01, runs: budget, retry, given_up: dead_letter.clone() };
        add(&format!("1 %, dead-lettered after {budget} runs, {name}"), exhausted);
    }
    table
}

/// Shares of keys by Zipf's law: the n-th key is n^skew times rarer than the first. A skew of 0 is uniform.
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
        // An overloaded line uses one slot.
        let taken: f64 = rates.iter().map(|rate| (rate * service.mean()).min(1.0)).sum();
        let result = simulate(&Scenario { rates, seconds, ..line(rate, &service) }, seed);
        let Simulation { waiting_max, concurrency_max, busiest, .. } = result;
        let waits = [result.wait(0.5), result.wait(0.99), waiting_max as f64, taken, concurrency_max as f64];
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
