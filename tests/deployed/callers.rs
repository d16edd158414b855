//! Who comes in through the deployed URL, and what they are answered.

use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::{line::Line, pipeline::on_a_line_that_goes_on, taskline::task};

#[test]
fn nobody_comes_in_without_a_token_and_nobody_submits_with_one_for_reading() {
    on_a_line_that_goes_on(async |pipeline| {
        let url = pipeline.deployment.output("ApiUrl");
        let reading = pipeline.deployment.account.token("tasks/read").await;
        let forged = format!("{}x", pipeline.deployment.account.token("tasks/write").await);
        for (token, status) in [
            ("", StatusCode::UNAUTHORIZED),
            (&forged, StatusCode::UNAUTHORIZED),
            (&reading, StatusCode::FORBIDDEN),
        ] {
            let (answered, _) = Line::new(url, token).send(Method::POST, "/tasks", &task("uninvited")).await;
            assert_eq!(answered, status);
        }
        let accepted = pipeline.line.submit("invited").await;
        pipeline.line.until(&accepted.task_id, "completed").await;
        let seen = Line::new(url, &reading).show(&accepted.task_id).await;
        assert_eq!(seen["task"]["title"], "invited");
        assert!(!pipeline.receiver.titles().contains(&"uninvited".to_owned()));
    });
}

#[test]
fn the_smoke_test_comes_in_as_a_client_does() {
    on_a_line_that_goes_on(async |pipeline| {
        let token = pipeline.deployment.account.token("tasks/read tasks/write").await;
        let taskline = pipeline.deployment.taskline().with("TASKLINE_TOKEN", token);
        let said = taskline.run(&["--json", "smoke"]);
        assert_eq!(said.code, 0, "{}{}", said.out, said.err);
        assert_eq!(said.json()["api"], "takes_tokens");
        assert!(pipeline.receiver.titles().contains(&"taskline smoke".to_owned()));
    });
}

#[test]
fn a_task_belongs_to_the_subject_of_its_callers_token() {
    on_a_line_that_goes_on(async |pipeline| {
        let accepted = pipeline.line.submit("whose").await;
        // Cognito's subject of a program's token is the client itself.
        let owner = pipeline.taskline.status_of(&accepted.task_id)["submitted_by"].clone();
        assert_eq!(owner, json!(pipeline.deployment.account.audience));
        pipeline.line.until(&accepted.task_id, "completed").await;
    });
}

#[test]
fn a_bad_request_is_told_every_violation() {
    on_a_line_that_goes_on(async |pipeline| {
        let (status, problem) = pipeline.line.send(Method::POST, "/tasks", r#"{"title":""}"#).await;
        assert_eq!(status, StatusCode::BAD_REQUEST);
        let pointers = problem["violations"].as_array().unwrap().iter().map(|it| it["pointer"].clone());
        assert_eq!(pointers.collect::<Vec<_>>(), ["/title", "/description", "/priority"]);
    });
}
