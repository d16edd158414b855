//! How the test submits its task: as a client if there is an API and a token for it, else as an operator.

use anyhow::bail;
use api::AcceptRequest;
use serde::Serialize;
use serde_json::json;
use shared::{Status, TaskId};

use crate::{
    invalid_arguments::InvalidArguments,
    submission::read_task,
    target::{AccessToken, ApiClient, Credentials, PipelineOperations, intake},
    terminal::say,
};

pub enum EntryPoint {
    /// Without HTTP, as `taskline submit` does it.
    Operator(ApiCheck),
    /// Through the API.
    Api(ApiClient, AccessToken),
}

/// What was tested of the API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ApiCheck {
    /// Nothing: there is none, or its URL is not known.
    NotTried,
    /// A request without a token or a signature is refused.
    RefusesStrangers,
    /// It also accepted a task with a token, and showed it.
    TakesTokens,
}

impl EntryPoint {
    /// Chooses the entry point. On AWS it also checks that the API refuses a request without credentials.
    pub async fn find(operations: &PipelineOperations) -> anyhow::Result<Self> {
        let Some(url) = &operations.api_url else {
            say("Not tested: HTTP. The task is submitted as `taskline submit` does it.");
            return Ok(Self::Operator(ApiCheck::NotTried));
        };
        let api = ApiClient::at(url)?;
        let token = AccessToken::from_environment().map_err(InvalidArguments::because)?;
        match (api.refuses_strangers().await?, token) {
            (Credentials::Token, Some(token)) => return Ok(Self::Api(api, token)),
            (Credentials::Signature, Some(_)) => {
                let why =
                    "the API requires an AWS signature (auth=iam) and accepts no token: unset TASKLINE_TOKEN";
                return Err(InvalidArguments::because(why).into());
            }
            (Credentials::Token, None) => say(
                "Not tested: a request with a token. Set TASKLINE_TOKEN to submit the task through the API.",
            ),
            (Credentials::Signature, None) => say(
                "Not tested: a signed request. The API requires an AWS signature (auth=iam); docs/authentication.md shows how to send one.",
            ),
        }
        Ok(Self::Operator(ApiCheck::RefusesStrangers))
    }

    pub async fn submit(&self, operations: &PipelineOperations) -> anyhow::Result<TaskId> {
        let task = json!({
            "title": "taskline smoke",
            "description": format!("Nothing to do: {} tests whether the pipeline works.", operations.operator),
            "priority": "low",
        })
        .to_string();
        if let Self::Api(api, token) = self {
            return Ok(api.submit(token, task).await?);
        }
        let submission = read_task(task.as_bytes())?;
        let request =
            AcceptRequest { caller: operations.submitter.clone(), key: None, submission, trace: None };
        Ok(intake(operations).accept(request).await?.task_id)
    }

    /// Checks that a client sees the task as completed, too.
    pub async fn check_completed(&self, task_id: TaskId) -> anyhow::Result<()> {
        if let Self::Api(api, token) = self {
            let shown = api.show(token, task_id).await?;
            if shown != Status::Completed {
                bail!("the record is completed, but the API returns {shown}");
            }
        }
        Ok(())
    }

    pub fn api_check(&self) -> ApiCheck {
        match self {
            Self::Operator(check) => *check,
            Self::Api(..) => ApiCheck::TakesTokens,
        }
    }
}
