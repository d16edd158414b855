//! How a pipeline is selected, and the errors when none is found.

use axum::http::StatusCode;
use harness::{Ministack, Port, endpoint};

use crate::{
    stack::{Stack, reaching},
    taskline::Taskline,
};

/// Runs `arguments` and returns the exit code and stderr.
fn run(taskline: &Taskline, arguments: &[&str]) -> (i32, String) {
    let output = taskline.run(arguments);
    (output.code, output.err)
}

#[test]
fn options_that_exclude_each_other_are_named_and_exit_with_code_2() {
    for (arguments, named) in [
        (&["--local", "d", "line", "status", "--stack", "s"][..], "--local"),
        (&["--outputs", "f", "line", "status", "--local", "d"], "--local"),
        (&["line", "status", "--region", "r"], "--region"),
        (&["--endpoint-url", "http://127.0.0.1", "verify"], "--endpoint-url"),
        (&["verify", "--profile", "p"], "--profile"),
        (&["--stack", "s", "local"], "`taskline local`"),
        (&["--stack", "s", "local", "--data", "d"], "`taskline local`"),
        (&["--local", "a", "local", "--data", "b"], "--data"),
        (&["local", "--data", "b", "--local", "a"], "--data"),
        (&["--local", "a", "local", "--data", "a"], "--data"),
        (&["--local", "a", "verify", "--local", "b"], "--local"),
        (&["--local=a", "line", "--local", "b", "status"], "--local"),
        (&["line", "status", "--local", "a", "--local", "b"], "--local"),
        (&["--stack", "a", "verify", "--stack", "b"], "--stack"),
        (&["verify", "--stack", ""], "--stack"),
    ] {
        let (code, err) = run(&Taskline::on(&[]), arguments);
        assert_eq!(code, 2, "{err}");
        assert!(err.contains(named), "{err}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_stack_is_named_with_its_region() {
    let endpoint = endpoint::<Ministack>().await;
    let taskline = reaching(Taskline::on(&["--stack", "no-such-stack", "--endpoint-url", endpoint]));
    let (code, err) = run(&taskline, &["line", "status"]);
    assert_eq!(code, 1);
    assert!(err.contains("no stack no-such-stack in us-east-1"), "{err}");
    let elsewhere = run(&taskline, &["line", "status", "--region", "eu-west-1"]).1;
    assert!(elsewhere.contains("no stack no-such-stack in eu-west-1"), "{elsewhere}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_output_is_named_with_its_stack() {
    let template = include_str!("stack.json").replace("\"TableName\": { \"Value\"", "\"Table\": { \"Value\"");
    let stack = Stack::deploy_from(&template).await;
    let (code, err) = run(&stack.taskline(), &["verify"]);
    assert_eq!(code, 1);
    assert!(err.contains(&stack.name) && err.contains("no output TableName"), "{err}");
}

#[test]
fn an_unreadable_outputs_file_is_named() {
    let taskline = reaching(Taskline::on(&[]));
    let other = taskline.file("other.json", "[]");
    for file in ["no-such-file.json", &other] {
        let (code, err) = run(&taskline, &["verify", "--outputs", file]);
        assert_eq!(code, 2);
        assert!(err.contains("--outputs") && err.contains(file), "{err}");
    }
}

#[test]
fn a_missing_region_or_missing_credentials_are_reported() {
    let without_region = Taskline::on(&["--stack", "s"]).with("AWS_EC2_METADATA_DISABLED", "true");
    let (code, err) = run(&without_region, &["verify"]);
    assert_eq!(code, 1);
    assert!(err.contains("no AWS Region") && err.contains("--region"), "{err}");
    let without_credentials = without_region.with("AWS_REGION", "us-east-1");
    let (code, err) = run(&without_credentials, &["verify"]);
    assert_eq!(code, 1);
    assert!(err.contains("no AWS credentials"), "{err}");
}

#[test]
fn a_named_profile_overrides_credentials_in_the_environment() {
    let taskline = reaching(Taskline::on(&["--stack", "s", "--profile", "nobody"]));
    let (code, err) = run(&taskline, &["verify"]);
    assert_eq!(code, 1);
    assert!(err.contains("profile nobody gives no AWS credentials"), "{err}");
}

#[tokio::test(flavor = "multi_thread")]
async fn rejected_credentials_are_reported_with_the_reason() {
    let refusal = "<ErrorResponse><Error><Code>ExpiredToken</Code><Message>The security token is expired</Message>\
                   </Error></ErrorResponse>";
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let sts = axum::Router::new().fallback(move || std::future::ready((StatusCode::FORBIDDEN, refusal)));
    tokio::spawn(async move { axum::serve(listener, sts).await });
    let (code, err) = run(&reaching(Taskline::on(&["--stack", "s", "--endpoint-url", &url])), &["verify"]);
    assert_eq!(code, 1);
    assert!(err.contains("does not accept the credentials: ExpiredToken: The security token"), "{err}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invalid_or_silent_endpoint_is_named() {
    let port = Port::free();
    let closed = format!("127.0.0.1:{}", port.number());
    for (endpoint, wanted, reason) in
        [(format!("http://{closed}"), 1, "refused"), ("nonsense".to_owned(), 2, "http://")]
    {
        let taskline = reaching(Taskline::on(&["--stack", "s", "--endpoint-url", &endpoint]));
        let (code, err) = run(&taskline, &["verify"]);
        assert_eq!(code, wanted);
        assert!(err.contains(&endpoint) && err.contains(reason), "{err}");
    }
}
