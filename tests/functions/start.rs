//! A function with missing or unusable settings does not start, and names them.

use std::fs;

use harness::{RunningFunction, StandIn};
use serde_json::Value;

use crate::function::{DEAD_LETTERS, SETTINGS, start};

/// The error that the function logs.
async fn refusal(name: &str, variables: &[(&str, &str)]) -> String {
    refused(name, variables).await["error"].as_str().unwrap().to_owned()
}

async fn refused(name: &str, variables: &[(&str, &str)]) -> Value {
    let (status, lines) = RunningFunction::start(name, variables).await.ends().await;
    assert!(!status.success());
    let [line] = lines.as_slice() else { panic!("{lines:?}") };
    let line: Value = serde_json::from_str(line).unwrap();
    assert_eq!(
        (line["level"].as_str(), line["message"].as_str()),
        (Some("ERROR"), Some("the function can't run"))
    );
    line
}

#[tokio::test]
async fn a_missing_variable_is_named_in_one_log_line() {
    for name in ["api", "processor", "watch"] {
        for missing in 0..SETTINGS.len() {
            let mut variables = SETTINGS.to_vec();
            let (variable, _) = variables.remove(missing);
            assert_eq!(refusal(name, &variables).await, format!("{variable} is required"));
        }
    }
    for name in ["processor", "watch"] {
        assert_eq!(refusal(name, &SETTINGS).await, "DEAD_LETTER_QUEUE_URL is required");
    }
}

#[tokio::test]
async fn an_unusable_variable_is_named() {
    for (name, value) in [
        ("ATTEMPT_BUDGET", "many"),
        ("FAILURE_POLICY", "stop"),
        ("TASK_HANDLER", "magic"),
        ("LOG_LEVEL", "loud"),
    ] {
        let variables = [&SETTINGS[..], &[("DEAD_LETTER_QUEUE_URL", "q"), (name, value)]].concat();
        let error = refusal("processor", &variables).await;
        assert!(error.starts_with(name), "{error}");
    }
}

#[tokio::test]
async fn a_variable_without_effect_is_named_with_its_page() {
    for (name, variable, problem) in [
        (
            "processor",
            ("WEBHOOK_URL", "https://a.example/t0ken"),
            "does nothing without TASK_HANDLER=webhook",
        ),
        (
            "processor",
            ("WEBHOK_URL", "https://a.example/t0ken"),
            "is not a setting of Taskline: did you mean WEBHOOK_URL?",
        ),
        ("processor", ("ATTEMPT_BUDGET", ""), "is empty"),
        (
            "processor",
            ("CORS_ORIGINS", "https://a.example"),
            "does nothing here: only `taskline local` reads it",
        ),
        ("processor", ("TASK_HANDLER", "own"), "must be record, webhook or lambda: own is"),
        ("api", ("TASK_HANDLER", "webhook"), "does nothing here: only `taskline local` and the processor"),
        ("api", ("AWS_USE_FIPS_ENDPOINT", "yes"), "must be true or false"),
    ] {
        let extra = if name == "api" { &[variable][..] } else { &[DEAD_LETTERS, variable] };
        let line = refused(name, &[&SETTINGS[..], extra].concat()).await;
        let error = line["error"].as_str().unwrap();
        assert!(error.starts_with(&format!("{} {problem}", variable.0)), "{error}");
        assert_eq!(line["see"], "docs/settings.md");
        assert!(!line.to_string().contains("t0ken"), "{line}");
    }
}

#[tokio::test]
async fn a_function_with_a_custom_handler_refuses_other_handlers() {
    const PROGRAM: &str = "examples/faulty_handler";
    for handler in ["record", "webhook"] {
        let variables = [&SETTINGS[..], &[DEAD_LETTERS, ("TASK_HANDLER", handler)]].concat();
        let error = refusal(PROGRAM, &variables).await;
        assert!(error.starts_with("TASK_HANDLER must be own: this function has its own handler"), "{error}");
    }
    let aws = ("AWS_ENDPOINT_URL", "http://127.0.0.1:1");
    let variables = [&SETTINGS[..], &[DEAD_LETTERS, ("TASK_HANDLER", "own"), aws]].concat();
    RunningFunction::start(PROGRAM, &variables).await.ready().await;
}

#[tokio::test]
async fn an_unread_variable_with_a_common_name_is_logged() {
    let variables =
        [("RUST_LOG", "debug"), ("LOGLEVEL", "debug"), ("AWS_ENDPOINT_URL", "http://127.0.0.1:1")];
    let mut function = RunningFunction::start("api", &[&SETTINGS[..], &variables].concat()).await;
    function.ready().await;
    let lines = function.printed_until_killed().await.join("\n");
    for expected in ["RUST_LOG", "Set LOG_LEVEL instead", "LOGLEVEL", "did you mean LOG_LEVEL?"] {
        assert!(lines.contains(expected), "{lines}");
    }
}

#[tokio::test]
async fn a_function_does_not_start_without_a_readable_webhook_secret() {
    let webhook = [
        ("DEAD_LETTER_QUEUE_URL", "q"),
        ("TASK_HANDLER", "webhook"),
        ("WEBHOOK_URL", "https://receiver.test/"),
        ("AWS_ENDPOINT_URL", "http://127.0.0.1:1"),
    ];
    let variables = [&SETTINGS[..], &webhook].concat();
    assert!(refusal("processor", &variables).await.starts_with("WEBHOOK_SECRET "));
    let variables =
        [&variables[..], &[("WEBHOOK_SECRET_ARN", "arn:aws:secretsmanager:us-east-1:1:secret:s")]].concat();
    assert_eq!(refusal("processor", &variables).await, "failed to use the secret");
}

#[tokio::test]
async fn an_unusable_file_of_types_is_named_with_the_type_and_the_key() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("types.toml");
    let path = file.to_str().unwrap();
    for (name, toml, problem) in [
        (
            "api",
            "[[type]]\nname = \"a\"\ntimeout_seconds = 841",
            "type a: timeout_seconds must be a whole number from 1 to 840",
        ),
        (
            "api",
            "[[type]]\nname = \"a\"\nschema = \"absent.json\"",
            "type a: schema names absent.json, which",
        ),
        (
            "processor",
            "[[type]]\nname = \"a\"\ncommand = \"true\"",
            "type a: command needs `taskline local`, which",
        ),
        (
            "processor",
            "[[type]]\nname = \"a\"\nwebhook = \"https://a.example/\"",
            "type a: webhook needs a setting: WEBHOOK_SECRET",
        ),
    ] {
        fs::write(&file, toml).unwrap();
        let extra = if name == "api" { &[][..] } else { &[DEAD_LETTERS] };
        let variables =
            [&SETTINGS[..], extra, &[("TYPES_FILE", path), ("AWS_ENDPOINT_URL", "http://127.0.0.1:1")]]
                .concat();
        let error = refusal(name, &variables).await;
        assert!(error.starts_with(&format!("TYPES_FILE can't be used: {path}: {problem}")), "{error}");
    }
}

#[tokio::test]
async fn connections_are_open_before_the_first_event() {
    for (name, connections) in [("api", 2), ("processor", 1), ("watch", 1)] {
        let aws = StandIn::that_succeeds().await;
        let mut function = start(name, aws.url(), &[DEAD_LETTERS]).await;
        function.ready().await;
        assert_eq!((aws.connected(), aws.operations()), (connections, vec![]), "{name}");
    }
}

#[tokio::test]
async fn a_function_without_connections_still_waits_for_events() {
    for name in ["api", "processor", "watch"] {
        start(name, "http://127.0.0.1:1", &[DEAD_LETTERS]).await.ready().await;
    }
}

#[tokio::test]
async fn an_empty_file_of_certificate_authorities_is_refused() {
    let bundle = [("DEAD_LETTER_QUEUE_URL", "q"), ("AWS_CA_BUNDLE", "/dev/null")];
    let error = refusal("processor", &[&SETTINGS[..], &bundle].concat()).await;
    assert_eq!(error, "AWS_CA_BUNDLE must name a file of certificates in PEM");
}
