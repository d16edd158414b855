//! The way in: as a client where there is a API and a token for it, else as an operator.

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

pub enum Way {
    /// Past HTTP, as `taskline submit` goes.
    Operator(ApiCheck),
    /// Through the API.
    ApiClient(ApiClient, AccessToken),
}

/// What is known of the API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ApiCheck {
    /// Nothing: there is none, or nobody says where.
    NotTried,
    /// A request without a token or a signature is refused.
    RefusesStrangers,
    /// The same, and a task came in with a token and was shown.
    TakesTokens,
}

impl Way {
    /// Finds it, and tries on AWS whether strangers are refused.
    pub async fn find(operations: &PipelineOperations) -> anyhow::Result<Self> {
        let Some(url) = &operations.api_url else {
            say("Not tried: HTTP. The task is submitted as `taskline submit` does it.");
            return Ok(Self::Operator(ApiCheck::NotTried));
        };
        let door = ApiClient::at(url)?;
        let token = AccessToken::from_environment().map_err(InvalidArguments::because)?;
        match (door.refuses_strangers().await?, token) {
            (Credentials::Token, Some(token)) => return Ok(Self::ApiClient(door, token)),
            (Credentials::Signature, Some(_)) => {
                let why =
                    "the API asks for a signature of AWS (auth=iam) and takes no token: unset TASKLINE_TOKEN";
                return Err(InvalidArguments::because(why).into());
            }
            (Credentials::Token, None) => say(
                "Not tried: a request with a token. Set TASKLINE_TOKEN to have the task go in through the API.",
            ),
            (Credentials::Signature, None) => say(
                "Not tried: a signed request. The API asks for a signature of AWS (auth=iam); docs/authentication.md says how to try one.",
            ),
        }
        Ok(Self::Operator(ApiCheck::RefusesStrangers))
    }

    pub async fn submit(&self, operations: &PipelineOperations) -> anyhow::Result<TaskId> {
        let task = json!({
            "title": "taskline smoke",
            "description": format!("Nothing to do: {} asks whether the pipeline works.", operations.operator),
            "priority": "low",
        })
        .to_string();
        if let Self::ApiClient(door, token) = self {
            return Ok(door.submit(token, task).await?);
        }
        let submission = read_task(task.as_bytes())?;
        let request =
            AcceptRequest { caller: operations.submitter.clone(), key: None, submission, trace: None };
        Ok(intake(operations).accept(request).await?.task_id)
    }

    /// Looks at the completed task as its client does.
    pub async fn look(&self, task_id: TaskId) -> anyhow::Result<()> {
        if let Self::ApiClient(door, token) = self {
            let seen = door.show(token, task_id).await?;
            if seen != Status::Completed {
                bail!("its record says completed, and the API {seen}");
            }
        }
        Ok(())
    }

    pub fn tried(&self) -> ApiCheck {
        match self {
            Self::Operator(tried) => *tried,
            Self::ApiClient(..) => ApiCheck::TakesTokens,
        }
    }
}
