//! The alarms on metrics that AWS writes. The test writes them, in the periods and units that AWS documents:
//! <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html>,
//! <https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html>,
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-metrics.html>.

use crate::{
    cloudwatch::{Metrics, State},
    template::template,
};

const DAY: f64 = 86_400.0;

struct Case {
    alarm: &'static str,
    namespace: &'static str,
    metric: &'static str,
    healthy: f64,
    unhealthy: f64,
    /// The number of unhealthy periods after which it fires.
    periods: u64,
    /// The state after a long time without data that began in alarm.
    after_silence: State,
}

const CASES: [Case; 6] = [
    Case {
        alarm: "OldestTaskTooOld",
        namespace: "AWS/SQS",
        metric: "ApproximateAgeOfOldestMessage",
        healthy: 600.0,
        unhealthy: 601.0,
        periods: 3,
        after_silence: State::Alarm,
    },
    Case {
        alarm: "LineRetentionRunningOut",
        namespace: "AWS/SQS",
        metric: "ApproximateAgeOfOldestMessage",
        healthy: 7.0 * DAY,
        unhealthy: 7.0 * DAY + 1.0,
        periods: 1,
        after_silence: State::Alarm,
    },
    Case {
        alarm: "ProcessorErrors",
        namespace: "AWS/Lambda",
        metric: "Errors",
        healthy: 0.0,
        unhealthy: 1.0,
        periods: 1,
        after_silence: State::Ok,
    },
    Case {
        alarm: "ProcessorThrottles",
        namespace: "AWS/Lambda",
        metric: "Throttles",
        healthy: 0.0,
        unhealthy: 1.0,
        periods: 2,
        after_silence: State::Ok,
    },
    Case {
        alarm: "ApiServerErrors",
        namespace: "AWS/ApiGateway",
        metric: "5xx",
        healthy: 4.0,
        unhealthy: 5.0,
        periods: 1,
        after_silence: State::Ok,
    },
    Case {
        alarm: "ApiLatencyHigh",
        namespace: "AWS/ApiGateway",
        metric: "Latency",
        healthy: 1_500.0,
        unhealthy: 1_501.0,
        periods: 3,
        after_silence: State::Ok,
    },
];

#[test]
fn each_alarm_fires_after_its_periods_clears_and_treats_missing_data_as_intended() {
    let alarms = template().alarms();
    for case in CASES {
        let alarm = alarms.iter().find(|alarm| alarm.name == case.alarm).unwrap();
        assert_eq!((alarm.metric.0.as_str(), alarm.metric.1.as_str()), (case.namespace, case.metric));
        let mut metrics = Metrics::default();
        let mut state = State::InsufficientData;
        let mut second = 1_795_255_200;
        let mut pass = |value: Option<f64>, periods: u64| {
            for _ in 0..periods {
                if let Some(value) = value {
                    metrics.add(alarm.metric.clone(), second, vec![value]);
                }
                second += alarm.period_seconds;
                state = alarm.evaluate(&metrics, second, state);
            }
            state
        };
        assert_eq!(pass(Some(case.healthy), 6), State::Ok, "{}", case.alarm);
        if case.periods > 1 {
            assert_eq!(pass(Some(case.unhealthy), case.periods - 1), State::Ok, "{}", case.alarm);
        }
        assert_eq!(pass(Some(case.unhealthy), 1), State::Alarm, "{}", case.alarm);
        assert_eq!(pass(Some(case.healthy), 1), State::Ok, "{}", case.alarm);
        assert_eq!(pass(Some(case.unhealthy), case.periods), State::Alarm, "{}", case.alarm);
        assert_eq!(pass(None, 10), case.after_silence, "{}", case.alarm);
    }
}
