//! The parts of CloudWatch that alarms need: metrics from log lines in the embedded format, and the evaluation of an
//! alarm by its definition. Sources, all below <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/>:
//! `CloudWatch_Embedded_Metric_Format_Specification.html` (lines), `alarm-evaluation.html` (M of N),
//! `alarms-and-missing-data.html` (missing data).

use std::collections::BTreeMap;

use serde_json::Value;

/// The name of a metric: namespace, name and dimensions.
pub type MetricName = (String, String, BTreeMap<String, String>);

/// The values written in one period.
#[derive(Debug, Clone, Default)]
struct Datapoint(Vec<f64>);

/// Metrics by name and by the second in which they were written.
#[derive(Debug, Clone, Default)]
pub struct Metrics(BTreeMap<MetricName, BTreeMap<u64, Vec<f64>>>);

/// The state of an alarm.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    Ok,
    Alarm,
    InsufficientData,
}

/// An alarm's definition in its template.
#[derive(Debug, Clone)]
pub struct Alarm {
    pub name: String,
    pub metric: MetricName,
    pub statistic: String,
    pub period_seconds: u64,
    evaluation_periods: usize,
    datapoints_to_alarm: usize,
    comparison: String,
    threshold: f64,
    missing: String,
}

impl Metrics {
    /// Adds the metrics in the lines that a function printed in this second. Other lines are ordinary log lines.
    pub fn ingest(&mut self, lines: &[String], second: u64) {
        for line in lines {
            let line: Value = serde_json::from_str(line).unwrap();
            let Some(directives) = line["_aws"]["CloudWatchMetrics"].as_array() else { continue };
            for directive in directives {
                let namespace = text(&directive["Namespace"]);
                for set in directive["Dimensions"].as_array().unwrap() {
                    let names = set.as_array().unwrap().iter().map(text);
                    let dimensions: BTreeMap<_, _> =
                        names.map(|name| (name.clone(), text(&line[&name]))).collect();
                    for metric in directive["Metrics"].as_array().unwrap() {
                        let name = text(&metric["Name"]);
                        let values = match &line[&name] {
                            Value::Array(values) => {
                                values.iter().map(|value| value.as_f64().unwrap()).collect()
                            }
                            value => vec![value.as_f64().unwrap()],
                        };
                        self.add((namespace.clone(), name, dimensions.clone()), second, values);
                    }
                }
            }
        }
    }

    /// Adds values like a service of AWS.
    pub fn add(&mut self, metric: MetricName, second: u64, values: Vec<f64>) {
        self.0.entry(metric).or_default().entry(second).or_default().extend(values);
    }

    fn datapoint(&self, metric: &MetricName, from: u64, to: u64) -> Option<Datapoint> {
        let seconds = self.0.get(metric)?.range(from..to);
        let values: Vec<f64> = seconds.flat_map(|(_, values)| values.iter().copied()).collect();
        (!values.is_empty()).then_some(Datapoint(values))
    }
}

impl Datapoint {
    fn statistic(&self, name: &str) -> f64 {
        let Self(values) = self;
        match name {
            "Sum" => values.iter().sum(),
            "Maximum" => values.iter().copied().fold(f64::MIN, f64::max),
            "Minimum" => values.iter().copied().fold(f64::MAX, f64::min),
            "SampleCount" => values.len() as f64,
            "p99" => {
                let mut sorted = values.clone();
                sorted.sort_by(f64::total_cmp);
                sorted[(sorted.len() * 99).div_ceil(100) - 1]
            }
            other => panic!("{other} is not supported here"),
        }
    }
}

impl Alarm {
    /// Reads the properties of an `AWS::CloudWatch::Alarm`. A dimension that is an intrinsic function is represented
    /// by its JSON, so a different resource gives a different dimension.
    pub fn read(properties: &Value) -> Self {
        let dimensions = properties["Dimensions"].as_array().into_iter().flatten();
        let dimensions = dimensions.map(|dimension| {
            let value = &dimension["Value"];
            (text(&dimension["Name"]), value.as_str().map_or_else(|| value.to_string(), str::to_owned))
        });
        let whole =
            |name: &str| properties[name].as_u64().unwrap_or_else(|| panic!("no {name} in {properties}"));
        let count = |name: &str| usize::try_from(whole(name)).unwrap();
        let statistic = if properties["Statistic"].is_null() { "ExtendedStatistic" } else { "Statistic" };
        Self {
            name: text(&properties["AlarmName"]),
            metric: (text(&properties["Namespace"]), text(&properties["MetricName"]), dimensions.collect()),
            statistic: text(&properties[statistic]),
            period_seconds: whole("Period"),
            evaluation_periods: count("EvaluationPeriods"),
            datapoints_to_alarm: count("DatapointsToAlarm"),
            comparison: text(&properties["ComparisonOperator"]),
            threshold: properties["Threshold"].as_f64().unwrap(),
            missing: text(&properties["TreatMissingData"]),
        }
    }

    /// The same alarm with another name.
    pub fn named(self, name: String) -> Self {
        Self { name, ..self }
    }

    /// The state after `current` at this second. CloudWatch looks back further than the evaluation periods, by an
    /// undocumented amount; its examples use two more. The oldest period comes first.
    pub fn evaluate(&self, metrics: &Metrics, second: u64, current: State) -> State {
        let range = self.evaluation_periods as u64 + 2;
        let end = second / self.period_seconds * self.period_seconds;
        let periods = (1..=range).rev().map(|back| end.saturating_sub(back * self.period_seconds));
        let breaching: Vec<Option<bool>> = periods
            .map(|from| {
                let datapoint = metrics.datapoint(&self.metric, from, from + self.period_seconds)?;
                Some(self.is_breaching(datapoint.statistic(&self.statistic)))
            })
            .collect();
        self.decide(&breaching, current)
    }

    fn is_breaching(&self, value: f64) -> bool {
        match self.comparison.as_str() {
            "GreaterThanThreshold" => value > self.threshold,
            "GreaterThanOrEqualToThreshold" => value >= self.threshold,
            "LessThanThreshold" => value < self.threshold,
            other => panic!("{other} is not supported here"),
        }
    }

    /// Applies the rules of `alarms-and-missing-data.html` to the periods of the evaluation range, where `None` means
    /// no data. If there are as many real datapoints as evaluation periods, the most recent ones decide; otherwise
    /// the missing ones are filled in, as few as possible.
    pub fn decide(&self, range: &[Option<bool>], current: State) -> State {
        let real: Vec<bool> = range.iter().rev().flatten().copied().take(self.evaluation_periods).collect();
        let lacking = self.evaluation_periods - real.len();
        let breaching = real.iter().filter(|is_breaching| **is_breaching).count();
        let of =
            |breaching: usize| if breaching >= self.datapoints_to_alarm { State::Alarm } else { State::Ok };
        let are_all_breaching = breaching == real.len();
        match self.missing.as_str() {
            _ if lacking == 0 => of(breaching),
            "breaching" => of(breaching + lacking),
            "notBreaching" => of(breaching),
            "ignore" if are_all_breaching && of(breaching) == State::Ok => current,
            "ignore" => of(breaching),
            "missing" if real.is_empty() => State::InsufficientData,
            "missing" if are_all_breaching => State::Alarm,
            "missing" => of(breaching),
            other => panic!("there is no treatment {other}"),
        }
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text")).to_owned()
}

/// The examples of `alarms-and-missing-data.html`: 0 is within the threshold, X breaches it, - is missing.
#[test]
fn the_documented_examples_have_the_documented_states() {
    let alarm = |datapoints_to_alarm, missing: &str| Alarm {
        name: String::new(),
        metric: (String::new(), String::new(), BTreeMap::new()),
        statistic: "Sum".to_owned(),
        period_seconds: 60,
        evaluation_periods: 3,
        datapoints_to_alarm,
        comparison: "GreaterThanThreshold".to_owned(),
        threshold: 0.0,
        missing: missing.to_owned(),
    };
    const TREATMENTS: [&str; 4] = ["missing", "ignore", "breaching", "notBreaching"];
    // N means that the state does not change, I that there is insufficient data.
    for (datapoints_to_alarm, range, states) in [
        (3, "0-X-X", "OOOO"),
        (3, "----0", "OOOO"),
        (3, "-----", "INAO"),
        (3, "0XX-X", "AAAA"),
        (3, "--X--", "ANAO"),
        (2, "0-X-X", "AAAA"),
        (2, "00X0X", "AAAA"),
        (2, "0-X--", "OOAO"),
        (2, "----0", "OOAO"),
        (2, "---X-", "ANAO"),
    ] {
        let periods: Vec<_> = range.chars().map(|it| (it != '-').then_some(it == 'X')).collect();
        for (missing, wanted) in TREATMENTS.into_iter().zip(states.chars()) {
            for current in [State::Ok, State::Alarm] {
                let wanted = match wanted {
                    'O' => State::Ok,
                    'A' => State::Alarm,
                    'I' => State::InsufficientData,
                    _ => current,
                };
                let decided = alarm(datapoints_to_alarm, missing).decide(&periods, current);
                assert_eq!(decided, wanted, "{datapoints_to_alarm} of 3: {range}, {missing}");
            }
        }
    }
}
