//! The functions' output: log lines that people search, and metrics that CloudWatch reads.

use chrono::DateTime;
use harness::StandIn;
use serde_json::Value;

use crate::function::{answered, api, delivery, post, processor, webhook};

const SECRET_TITLE: &str = "Water the orchids";
const TRACE_ID: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const TRACEPARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

fn objects(lines: &[String]) -> Vec<Value> {
    lines
        .iter()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")))
        .collect()
}

fn logged<'a>(objects: &'a [Value], message: &str) -> Vec<&'a Value> {
    objects.iter().filter(|object| object["message"] == message).collect()
}

fn metrics<'a>(objects: &'a [Value], name: &str) -> Vec<&'a Value> {
    objects
        .iter()
        .filter(|object| object["_aws"].is_object())
        .map(|object| &object[name])
        .filter(|value| !value.is_null())
        .collect()
}

#[tokio::test]
async fn the_api_logs_which_invocation_accepted_which_task_and_no_task_contents() {
    let aws = StandIn::that_succeeds().await;
    let mut api = api(&aws).await;
    let mut task_ids = Vec::new();
    for _ in 0..2 {
        let mut event = post(SECRET_TITLE, None);
        event["headers"]["traceparent"] = TRACEPARENT.into();
        let answer = answered(api.invoke(event).await);
        task_ids.push(crate::function::body(&answer)["task_id"].clone());
    }
    answered(api.invoke(post("", None)).await);
    let lines = api.printed_until_killed().await;
    assert!(lines.iter().all(|line| !line.contains("orchids")), "{lines:#?}");
    let objects = objects(&lines);
    let accepted = logged(&objects, "accepted");
    assert_eq!(accepted.iter().map(|line| line["task_id"].clone()).collect::<Vec<_>>(), task_ids);
    let invocations =
        accepted.iter().map(|line| (line["request_id"].as_str(), line["xray_trace_id"].as_str()));
    let expected = [(Some("request-1"), Some("trace-1")), (Some("request-2"), Some("trace-2"))];
    assert_eq!(invocations.collect::<Vec<_>>(), expected);
    assert_eq!(
        accepted.iter().map(|line| line["cold_start"].as_bool()).collect::<Vec<_>>(),
        [Some(true), Some(false)]
    );
    for line in accepted {
        assert!(DateTime::parse_from_rfc3339(line["timestamp"].as_str().unwrap()).is_ok());
        assert_eq!((&line["level"], &line["trace_id"]), (&"INFO".into(), &TRACE_ID.into()));
    }
    assert!(
        objects.iter().all(|object| object["_aws"].is_null()),
        "API Gateway counts requests, not the function"
    );
}

#[tokio::test]
async fn the_processor_writes_metrics_and_names_the_task_in_every_line() {
    let aws = StandIn::that_succeeds().await;
    let mut event = post(SECRET_TITLE, None);
    event["headers"]["traceparent"] = TRACEPARENT.into();
    answered(api(&aws).await.invoke(event).await);
    let body = aws.asked("SendMessage")[0]["MessageBody"].as_str().unwrap().to_owned();
    let receiver = StandIn::that_succeeds().await;
    for (settings, handlers_run) in [(&[][..], 0), (&webhook(&receiver)[..], 1)] {
        let mut processor = processor(&aws, settings).await;
        answered(processor.invoke(delivery(&body)).await);
        let lines = processor.printed_until_killed().await;
        assert!(lines.iter().all(|line| !line.contains("orchids")), "{lines:#?}");
        let objects = objects(&lines);
        let completed = logged(&objects, "completed");
        let [line] = completed.as_slice() else { panic!("{lines:#?}") };
        assert_eq!((line["request_id"].as_str(), line["attempt"].as_u64()), (Some("request-1"), Some(1)));
        assert_eq!((&line["trace_id"], &line["xray_trace_id"]), (&TRACE_ID.into(), &"trace-1".into()));
        assert!(line["task_id"].is_string() && line["sequence_number"] == "18849496460467696128", "{line}");
        assert_eq!(metrics(&objects, "Completed"), [&Value::from(1)]);
        assert_eq!(metrics(&objects, "QueueWait").len(), 1);
        assert_eq!(
            metrics(&objects, "HandleDuration").len(),
            handlers_run,
            "the handler's duration is measured only if it ran"
        );
        assert_eq!(line["duration_ms"].is_u64(), handlers_run == 1, "{line}");
    }
}
