//! Calls the API of a pipeline on AWS like a client: over HTTPS, with a token.

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

/// API Gateway answers at the latest after 30 s.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(35);
const TOKEN: &str = "TASKLINE_TOKEN";

/// A client's access token. It is read from the environment, as other users of a machine can read a command line.
pub struct AccessToken(HeaderValue);

/// The credentials that the API requires.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Credentials {
    /// An access token: API Gateway's JWT authorizer answers 401 without one.
    Token,
    /// An AWS signature: with IAM authorization (`-c auth=iam`), API Gateway answers 403 without one.
    Signature,
}

/// A client of the API.
pub struct ApiClient {
    url: Url,
    client: Client,
}

/// The API did not answer as it should.
#[derive(Debug, thiserror::Error)]
pub enum ApiClientError {
    #[error("{0} is not an https:// address: no token is sent to it")]
    NotHttps(String),
    #[error("{TOKEN} is not an access token: it contains characters that a header can't contain")]
    InvalidToken,
    #[error("no HTTP client could be set up: are root certificates installed?")]
    Client(#[source] reqwest::Error),
    #[error("the API did not answer {request}")]
    Unanswered { request: &'static str, source: reqwest::Error },
    /// Another server answered.
    #[error("the answer to {request} is not from Taskline")]
    Foreign { request: &'static str, source: serde_json::Error },
    #[error("the API answered {request} with {found}, not with {wanted}")]
    Answered { request: &'static str, wanted: String, found: StatusCode },
}

#[derive(Deserialize)]
struct Accepted {
    task_id: TaskId,
}

#[derive(Deserialize)]
struct Shown {
    status: Status,
}

impl AccessToken {
    /// The token from the environment; none if it is not set or empty, like an absent secret in a workflow.
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
    /// A client of the API at the stack's `ApiUrl`.
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
            // Not every system resolves such a name, although it always means loopback (RFC 6761, section 6.3).
            client = client.no_proxy().resolve(host, SocketAddr::from(([127, 0, 0, 1], 0)));
        }
        // It fails only if a provider is installed already.
        let _ = ring::default_provider().install_default();
        Ok(Self { client: client.build().map_err(ApiClientError::Client)?, url: parsed })
    }

    /// Sends a request without credentials, and returns which credentials the API requires. Its body is not a valid task, so that
    /// nothing is accepted even if the API lets it through.
    ///
    /// # Errors
    /// [`ApiClientError`], also if the request is not refused.
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

    /// Submits a task.
    ///
    /// # Errors
    /// [`ApiClientError`], also if the task is not accepted.
    pub async fn submit(&self, token: &AccessToken, json: String) -> Result<TaskId, ApiClientError> {
        let request = self.client.post(self.path("/tasks")).header(CONTENT_TYPE, "application/json");
        let request = request.header(AUTHORIZATION, &token.0).body(json);
        let accepted: Accepted = read(request, "a task with the token", StatusCode::ACCEPTED).await?;
        Ok(accepted.task_id)
    }

    /// The status of a task.
    ///
    /// # Errors
    /// [`ApiClientError`], also if the task is not shown.
    pub async fn show(&self, token: &AccessToken, task_id: TaskId) -> Result<Status, ApiClientError> {
        let request = self.client.get(self.path(&format!("/tasks/{task_id}")));
        let request = request.header(AUTHORIZATION, &token.0);
        let shown: Shown = read(request, "a request for the task with the token", StatusCode::OK).await?;
        Ok(shown.status)
    }

    fn path(&self, path: &str) -> Url {
        let mut url = self.url.clone();
        url.set_path(path);
        url
    }
}

/// Whether the host is this machine. Emulators run here without TLS.
fn is_this_machine(host: &str) -> bool {
    let address = host.trim_matches(['[', ']']).parse::<IpAddr>();
    address.map_or_else(|_| is_name_of_this_machine(host), |address| address.is_loopback())
}

fn is_name_of_this_machine(host: &str) -> bool {
    host == "localhost" || host.ends_with(".localhost")
}

async fn answer(
    builder: RequestBuilder,
    request: &'static str,
    wanted: StatusCode,
) -> Result<Response, ApiClientError> {
    let answered = send(builder, request).await?;
    match answered.status() {
        found if found == wanted => Ok(answered),
        found => Err(ApiClientError::Answered { request, wanted: wanted.to_string(), found }),
    }
}

async fn send(builder: RequestBuilder, request: &'static str) -> Result<Response, ApiClientError> {
    builder.send().await.map_err(|source| ApiClientError::Unanswered { request, source })
}

async fn read<T: DeserializeOwned>(
    builder: RequestBuilder,
    request: &'static str,
    wanted: StatusCode,
) -> Result<T, ApiClientError> {
    let answered = answer(builder, request, wanted).await?;
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
    fn a_token_is_not_in_debug_output_and_cant_break_a_header() {
        assert!(!format!("{:?}", AccessToken::parse("secret").unwrap().0).contains("secret"));
        assert!(AccessToken::parse("a\r\nx: y").is_err());
    }
}
