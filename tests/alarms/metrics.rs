//! What is emitted is what is used: every metric of the code is in an alarm or on the dashboard, and the other way round.

use std::collections::BTreeSet;

use shared::metric::METRICS;

use crate::template::template;

/// The metrics of our namespace in the body of a dashboard, which is JSON in pieces around intrinsic functions: in a
/// list `["Taskline","Name",…`, or in a search `{Taskline,…} MetricName="Name"`.
fn on_the_dashboard() -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for dashboard in template().resources("AWS::CloudWatch::Dashboard") {
        let body = dashboard["DashboardBody"].to_string().replace('\\', "");
        for before in ["[\"Taskline\",\"", "MetricName=\""] {
            let names = body.split(before).skip(1).map(|rest| rest.split('"').next().unwrap().to_owned());
            found.extend(names);
        }
    }
    found
}

fn in_alarms() -> BTreeSet<String> {
    let alarms = template().alarms().into_iter().filter(|alarm| alarm.metric.0 == "Taskline");
    alarms.map(|alarm| alarm.metric.1).collect()
}

#[test]
fn every_metric_that_is_emitted_is_used_and_every_one_that_is_used_is_emitted() {
    let used: BTreeSet<String> = on_the_dashboard().union(&in_alarms()).cloned().collect();
    let emitted: BTreeSet<String> = METRICS.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(emitted, used);
    assert!(!on_the_dashboard().is_empty() && !in_alarms().is_empty());
}

/// The dashboard shows how long tasks wait and are handled, what is retried, and what needs attention, by class too.
#[test]
fn the_dashboard_shows_what_an_operator_asks_first() {
    let shown = on_the_dashboard();
    for name in ["QueueWait", "HandleDuration", "Retried", "DeadLettered", "NeedsAttention"] {
        assert!(shown.contains(name), "{name}");
    }
    let mut dashboards = template().resources("AWS::CloudWatch::Dashboard");
    assert!(dashboards.next().unwrap().to_string().contains("{Taskline,Pipeline,Class}"));
}

/// Each constant of the list is used where something is counted, timed or measured.
#[test]
fn every_metric_of_the_list_is_written_somewhere_in_the_code() {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
    let list = std::fs::read_to_string(format!("{root}/shared/src/metric.rs")).unwrap();
    let files = [
        "processor/src/observe.rs",
        "processor/src/run.rs",
        "processor/src/settle.rs",
        "watch/src/gauges.rs",
    ];
    let code: String = files.map(|file| std::fs::read_to_string(format!("{root}/{file}")).unwrap()).concat();
    for (name, _) in METRICS {
        let constant = list.lines().find_map(|line| {
            let (constant, value) = line.strip_prefix("pub const ")?.split_once(": &str = ")?;
            (value == format!("\"{name}\";")).then_some(constant)
        });
        let used = format!("!(metric::{}", constant.unwrap());
        assert!(
            code.contains(&format!("{used})")) || code.contains(&format!("{used},")),
            "{name} is not written"
        );
    }
}
