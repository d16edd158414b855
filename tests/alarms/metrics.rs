//! Every metric that the code writes is in an alarm or on the dashboard, and the reverse.

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
fn written_metrics_and_used_metrics_are_the_same() {
    let used: BTreeSet<String> = on_the_dashboard().union(&in_alarms()).cloned().collect();
    let emitted: BTreeSet<String> = METRICS.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(emitted, used);
    assert!(!on_the_dashboard().is_empty() && !in_alarms().is_empty());
}

/// The dashboard shows how long tasks wait and are handled, how many are retried, and how many need attention, also
/// by class.
#[test]
fn the_dashboard_shows_the_most_important_metrics() {
    let shown = on_the_dashboard();
    for name in ["QueueWait", "HandleDuration", "Retried", "DeadLettered", "NeedsAttention"] {
        assert!(shown.contains(name), "{name}");
    }
    let mut dashboards = template().resources("AWS::CloudWatch::Dashboard");
    assert!(dashboards.next().unwrap().to_string().contains("{Taskline,Pipeline,Class}"));
}

/// Each constant of the list is used where a value is counted, timed or measured.
#[test]
fn every_listed_metric_is_written_in_the_code() {
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
