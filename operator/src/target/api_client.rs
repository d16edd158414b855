//! The API of a pipeline on AWS, as its clients find it: HTTPS, behind a token.

use std::{
    env::{self, VarError},
    net::{IpAddr, SocketAddr},
    time::Duration,
};

use reqwest::{
    Client, RequestBuilder, Response, StatusCode, Url,
    header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue},
    redirect,
};
use rustls::crypto::ring;
use serde::{Deserialize, de::DeserializeOwned};
use shared::{Status, TaskId};

/// API Gateway answers by itself after 30 s.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(35);
const TOKEN: &str = "TASKLINE_TOKEN";

/// A client's access token. It comes by the environment: other users of a machine can read a command line.
pub struct AccessToken(HeaderValue);

/// What the API asks its clients for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Credentials {
    /// An access token: API Gateway's JWT authorizer answers 401 without one.
    Token,
    /// A signature of AWS: API Gateway answers 403 without one where IAM decides (`-c auth=iam`).
    Signature,
}

/// Where clients send their requests.
pub struct ApiClient {
    url: Url,
    client: Client,
}

/// The API is not as it should be.
#[derive(Debug, thiserror::Error)]
pub enum ApiClientError {
    /// A token would be read by others.
    #[error("{0} is no https:// address: no token is sent there")]
    NotHttps(String),
    /// It would break the request.
    #[error("{TOKEN} is no access token: it holds characters that a header can't")]
    InvalidToken,
    /// The HTTP client can't be set up.
    #[error("no HTTP client could be set up: are root certificates installed?")]
    Client(#[source] reqwest::Error),
    /// Nobody answered.
    #[error("the API did not answer {request}")]
    Unanswered {
        /// What was asked.
        request: &'static str,
        /// Why.
        source: reqwest::Error,
    },
    /// Somebody else answered.
    #[error("the API answered {request} with something else than Taskline does")]
    Foreign {
        /// What was asked.
        request: &'static str,
        /// Why.
        source: serde_json::Error,
    },
    /// Another answer than it should be.
    #[error("the API answered {request} with {found} and not with {wanted}")]
    Answered {
        /// What was asked.
        request: &'static str,
        /// How it should have answered, in words.
        wanted: String,
        /// How it answered.
        found: StatusCode,
    },
}

#[derive(Deserialize)]
struct Accepted {
    task_id: TaskId,
}

#[derive(Deserialize)]
struct Seen {
    status: Status,
}

impl AccessToken {
    /// The token that the environment holds; none where it is not set or empty, as an absent secret is in a workflow.
    ///
    /// # Errors
    /// [`ApiClientError::InvalidToken`].
    pub fn from_environment() -> Result<Option<Self>, ApiClientError> {
        match env::var(TOKEN) {
            Ok(text) if !text.is_empty() => Self::parse(&text).map(Some),
            Ok(_) | Err(VarError::NotPresent) => Ok(None),
            Err(VarError::NotUnicode(_)) => Err(ApiClientError::InvalidToken),
        }
    }

    fn parse(text: &str) -> Result<Self, ApiClientError> {
        let value = HeaderValue::from_str(&format!("Bearer {text}"));
        let mut value = value.map_err(|_| ApiClientError::InvalidToken)?;
        value.set_sensitive(true);
        Ok(Self(value))
    }
}

impl ApiClient {
    /// The API at the stack's `ApiUrl`.
    ///
    /// # Errors
    /// [`ApiClientError`].
    pub fn at(url: &str) -> Result<Self, ApiClientError> {
        let not_https = || ApiClientError::NotHttps(url.to_owned());
        let parsed = Url::parse(url).map_err(|_| not_https())?;
        let host = parsed.host_str().unwrap_or_default();
        if parsed.scheme() != "https" && !is_this_machine(host) {
            return Err(not_https());
        }
        let mut client = Client::builder().redirect(redirect::Policy::none()).timeout(ANSWER_TIMEOUT);
        if is_name_of_this_machine(host) {
            // Not every system looks such a name up, though it may mean nothing else (RFC 6761, section 6.3).
            client = client.no_proxy().resolve(host, SocketAddr::from(([127, 0, 0, 1], 0)));
        }
        // It fails only where there is a provider already.
        let _ = ring::default_provider().install_default();
        Ok(Self { client: client.build().map_err(ApiClientError::Client)?, url: parsed })
    }

    /// Asks without credentials, and returns which the answer asks for. Were it let in, the request would still be no task.
    ///
    /// # Errors
    /// [`ApiClientError`], also when it is not refused.
    pub async fn refuses_strangers(&self) -> Result<Credentials, ApiClientError> {
        let request =
            self.client.post(self.path("/tasks")).header(CONTENT_TYPE, "application/json").body("{}");
        let name = "a request without a token";
        match send(request, name).await?.status() {
            StatusCode::UNAUTHORIZED => Ok(Credentials::Token),
            StatusCode::FORBIDDEN => Ok(Credentials::Signature),
            found => {
                let wanted =
                    format!("{} (or, with auth=iam, {})", StatusCode::UNAUTHORIZED, StatusCode::FORBIDDEN);
                Err(ApiClientError::Answered { request: name, wanted, found })
            }
        }
    }

    /// Submits a task as a client does.
    ///
    /// # Errors
    /// [`ApiClientError`], also when it is not accepted.
    pub async fn submit(&self, token: &AccessToken, json: String) -> Result<TaskId, ApiClientError> {
        let request = self.client.post(self.path("/tasks")).header(CONTENT_TYPE, "application/json");
        let request = request.header(AUTHORIZATION, &token.0).body(json);
        let accepted: Accepted = read(request, "a task with the token", StatusCode::ACCEPTED).await?;
        Ok(accepted.task_id)
    }

    /// How the task stands, as its client sees it.
    ///
    /// # Errors
    /// [`ApiClientError`], also when it is not shown.
    pub async fn show(&self, token: &AccessToken, task_id: TaskId) -> Result<Status, ApiClientError> {
        let request = self.client.get(self.path(&format!("/tasks/{task_id}")));
        let request = request.header(AUTHORIZATION, &token.0);
        let seen: Seen = read(request, "a look at the task with the token", StatusCode::OK).await?;
        Ok(seen.status)
    }

    fn path(&self, path: &str) -> Url {
        let mut url = self.url.clone();
        url.set_path(path);
        url
    }
}

/// Where emulators are, which need no TLS.
fn is_this_machine(host: &str) -> bool {
    let address = host.trim_matches(['[', ']']).parse::<IpAddr>();
    address.map_or_else(|_| is_name_of_this_machine(host), |address| address.is_loopback())
}

fn is_name_of_this_machine(host: &str) -> bool {
    host == "localhost" || host.ends_with(".localhost")
}

async fn answer(
    asked: RequestBuilder,
    request: &'static str,
    wanted: StatusCode,
) -> Result<Response, ApiClientError> {
    let answered = send(asked, request).await?;
    match answered.status() {
        found if found == wanted => Ok(answered),
        found => Err(ApiClientError::Answered { request, wanted: wanted.to_string(), found }),
    }
}

async fn send(asked: RequestBuilder, request: &'static str) -> Result<Response, ApiClientError> {
    asked.send().await.map_err(|source| ApiClientError::Unanswered { request, source })
}

async fn read<T: DeserializeOwned>(
    asked: RequestBuilder,
    request: &'static str,
    wanted: StatusCode,
) -> Result<T, ApiClientError> {
    let answered = answer(asked, request, wanted).await?;
    let body = answered.bytes().await.map_err(|source| ApiClientError::Unanswered { request, source })?;
    serde_json::from_slice(&body).map_err(|source| ApiClientError::Foreign { request, source })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_goes_over_tls_or_stays_on_this_machine() {
        for url in ["http://example.com", "http://localhost.example.com", "http://10.0.0.1", "ftp://x", "x"] {
            assert!(ApiClient::at(url).is_err(), "{url}");
        }
        for url in ["https://example.com", "http://127.0.0.1:1", "http://[::1]:1", "http://a.localhost:1"] {
            assert!(ApiClient::at(url).is_ok(), "{url}");
        }
    }

    #[test]
    fn a_token_is_in_no_debug_output_and_breaks_no_header() {
        assert!(!format!("{:?}", AccessToken::parse("secret").unwrap().0).contains("secret"));
        assert!(AccessToken::parse("a\r\nx: y").is_err());
    }
}
