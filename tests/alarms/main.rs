//! Every alarm fires and clears. The definitions come from our synthesised CDK app. The metrics are printed by the
//! real functions, which run with a clock that the test sets and on an emulator's queues and table.
//!
//! ministack 1.5.33 makes no metric of a log line, and its alarms support neither missing data nor M of N, so
//! `cloudwatch.rs` evaluates them as AWS documents. The tests write the metrics that AWS vends (for SQS, Lambda and
//! API Gateway; `vended.rs`).

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    missing_docs,
    reason = "tests fail by panicking"
)]

mod cloudwatch;
mod template;
mod fixture;

mod dead_letters;
mod line;
mod metrics;
mod vended;
mod watch;

/// Each alarm, and the module in which it fires and clears.
const TESTED: [(&str, &str); 15] = [
    ("NewDeadLetters", "dead_letters"),
    ("NeedsAttention", "dead_letters"),
    ("AttentionOverdue", "dead_letters"),
    ("UnrecordedDeadLetters", "dead_letters"),
    ("LineHeld", "line"),
    ("HandlerUnavailable", "line"),
    ("HeadFailing", "line"),
    ("WatchSilent", "watch"),
    ("CanaryMissed", "watch"),
    ("OldestTaskTooOld", "vended"),
    ("LineRetentionRunningOut", "vended"),
    ("ProcessorErrors", "vended"),
    ("ProcessorThrottles", "vended"),
    ("ApiServerErrors", "vended"),
    ("ApiLatencyHigh", "vended"),
];

#[test]
fn every_alarm_of_the_stacks_is_tested() {
    let mut tested: Vec<String> = TESTED.iter().map(|(name, _)| (*name).to_owned()).collect();
    tested.sort();
    let mut alarms: Vec<String> = template::template().alarms().into_iter().map(|alarm| alarm.name).collect();
    alarms.sort();
    assert_eq!(tested, alarms);
    for (name, module) in TESTED {
        let file = format!("{}/alarms/{module}.rs", env!("CARGO_MANIFEST_DIR"));
        assert!(std::fs::read_to_string(file).unwrap().contains(&format!("\"{name}\"")), "{module}: {name}");
    }
}
