//! Authentication of callers at the deployed URL.

use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::{line::Line, pipeline::with_the_dead_letter_policy, taskline::task};

#[test]
fn the_api_refuses_missing_tokens_forged_tokens_and_submissions_with_a_read_token() {
    with_the_dead_letter_policy(async |pipeline| {
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
        let task = Line::new(url, &reading).show(&accepted.task_id).await;
        assert_eq!(task["task"]["title"], "invited");
        assert!(!pipeline.receiver.titles().contains(&"uninvited".to_owned()));
    });
}

#[test]
fn smoke_submits_through_the_api_like_a_client() {
    with_the_dead_letter_policy(async |pipeline| {
        let token = pipeline.deployment.account.token("tasks/read tasks/write").await;
        let taskline = pipeline.deployment.taskline().with("TASKLINE_TOKEN", token);
        let output = taskline.run(&["--json", "smoke"]);
        assert_eq!(output.code, 0, "{}{}", output.out, output.err);
        assert_eq!(output.json()["api"], "takes_tokens");
        assert!(pipeline.receiver.titles().contains(&"taskline smoke".to_owned()));
    });
}

#[test]
fn a_task_belongs_to_the_subject_of_its_callers_token() {
    with_the_dead_letter_policy(async |pipeline| {
        let accepted = pipeline.line.submit("with an owner").await;
        // Cognito's subject of a client-credentials token is the client.
        let owner = pipeline.taskline.status_of(&accepted.task_id)["submitted_by"].clone();
        assert_eq!(owner, json!(pipeline.deployment.account.audience));
        pipeline.line.until(&accepted.task_id, "completed").await;
    });
}

#[test]
fn an_invalid_request_is_answered_with_every_violation() {
    with_the_dead_letter_policy(async |pipeline| {
        let (status, problem) = pipeline.line.send(Method::POST, "/tasks", r#"{"title":""}"#).await;
        assert_eq!(status, StatusCode::BAD_REQUEST);
        let pointers = problem["violations"].as_array().unwrap().iter().map(|it| it["pointer"].clone());
        assert_eq!(pointers.collect::<Vec<_>>(), ["/title", "/description", "/priority"]);
    });
}
