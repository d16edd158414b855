//! `taskline listen`: a receiver for trying things. It prints each task that a pipeline posts to it.

use std::{path::PathBuf, sync::Arc};

use ::local::{ConnectionLimit, WebhookSecret, serve};
use anyhow::Context;
use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode},
    routing::post,
};
use chrono::Utc;
use clap::Args;
use processor::handlers::{Secret, Signed, Unverified};
use serde::Deserialize;
use serde_json::{Value, value::RawValue};
use shared::one_line;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::{
    address::{CantListen, ListenAddress},
    target::Choice,
    terminal::{ExitStatus, Format, Stop, in_words, print_data, print_json_line, say},
};

#[derive(Debug, Args)]
pub struct ListenArguments {
    /// The address to listen on; port 0 uses a free port
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:9000")]
    listen: ListenAddress,
    /// Verify signatures with the secret in this file [default: the one that `taskline local --webhook` keeps in --local]
    #[arg(long, value_name = "FILE")]
    pub secret_file: Option<PathBuf>,
    /// Answer each verified task with this status
    #[arg(long, value_name = "CODE", default_value = "204", value_parser = status)]
    status: StatusCode,
}

/// What arrives, as the answers need it.
struct Receiver {
    secret_file: PathBuf,
    status: StatusCode,
    format: Format,
}

/// A message of a pipeline.
#[derive(Deserialize)]
struct Message {
    data: Box<RawValue>,
}

/// Why a message is refused.
#[derive(Debug, thiserror::Error)]
enum Refusal {
    #[error("refused with 401: {problem} (the secret is in {})", file.display())]
    Unverified { file: PathBuf, problem: Unverified },
    #[error("refused with 400: the body is not a message of Taskline")]
    NoMessage,
    #[error("answered with 500: the secret can't be used: {0}")]
    NoSecret(String),
}

impl Refusal {
    fn status(&self) -> StatusCode {
        match self {
            Self::Unverified { .. } => StatusCode::UNAUTHORIZED,
            Self::NoMessage => StatusCode::BAD_REQUEST,
            Self::NoSecret(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

pub async fn run(arguments: ListenArguments, pipeline: Choice, format: Format) -> anyhow::Result<ExitStatus> {
    let data = pipeline.receives_here()?;
    let is_named = arguments.secret_file.is_some();
    let secret_file = arguments.secret_file.unwrap_or_else(|| data.webhook_secret_file());
    let secret = WebhookSecret::read(&secret_file)?;
    if is_named && secret.is_none() {
        anyhow::bail!("there is no file {} (--secret-file)", secret_file.display());
    }
    let mut stop = Stop::listen()?;
    let address = arguments.listen.address();
    let cant_listen = |source| CantListen { flag: "--listen", address, source };
    let listener = TcpListener::bind(address).await.map_err(cant_listen)?;
    let address = listener.local_addr().context("the address can't be read")?;
    say(format!(
        "Listens on http://{address} and answers each task with {}. Stop with Ctrl-C.",
        arguments.status
    ));
    say(match &secret {
        Some(_) => format!("Signatures are verified with the secret in {}.", secret_file.display()),
        None => format!("Signatures are not verified before {} exists.", secret_file.display()),
    });
    let receiver = Receiver { secret_file, status: arguments.status, format };
    let router = Router::new().fallback(post(receive)).with_state(Arc::new(receiver));
    let stopped = CancellationToken::new();
    let server = tokio::spawn(serve(listener, router, ConnectionLimit::for_console(), stopped.clone()));
    stop.asked().await;
    stopped.cancel();
    tokio::select! {
        ended = server => ended?,
        () = stop.insisted() => {}
    }
    Ok(ExitStatus::Done)
}

async fn receive(State(receiver): State<Arc<Receiver>>, headers: HeaderMap, body: Bytes) -> StatusCode {
    match receiver.read(&headers, &body) {
        Ok(data) => {
            // If stdout can't be written, the task was not shown: the pipeline tries again.
            match receiver.print(&data) {
                Ok(()) => receiver.status,
                Err(error) => {
                    say(format!("answered with 500: {error}"));
                    StatusCode::INTERNAL_SERVER_ERROR
                }
            }
        }
        Err(refusal) => {
            say(&refusal);
            refusal.status()
        }
    }
}

impl Receiver {
    /// The data of a message, verified if the secret is known by now: the pipeline makes it at its first start.
    fn read(&self, headers: &HeaderMap, body: &[u8]) -> Result<Box<RawValue>, Refusal> {
        let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let secret = WebhookSecret::read(&self.secret_file);
        let secret = secret.map_err(|error| Refusal::NoSecret(in_words(&error.into())))?;
        if let Some(secret) = secret {
            let secret =
                Secret::parse(secret.text()).map_err(|error| Refusal::NoSecret(error.to_string()))?;
            let signed = Signed {
                id: header("webhook-id"),
                timestamp: header("webhook-timestamp"),
                signature: header("webhook-signature"),
                body,
            };
            secret
                .verify(&signed, Utc::now())
                .map_err(|problem| Refusal::Unverified { file: self.secret_file.clone(), problem })?;
        }
        serde_json::from_slice(body).map(|message: Message| message.data).map_err(|_| Refusal::NoMessage)
    }

    fn print(&self, data: &RawValue) -> std::io::Result<()> {
        match self.format {
            Format::Json => print_json_line(&data),
            Format::Text => print_data(line_of(data)),
        }
    }
}

/// A task in one line. A member of another type is shown as JSON.
fn line_of(data: &RawValue) -> String {
    let data: Value = serde_json::from_str(data.get()).unwrap_or_default();
    let member = |name: &str| match &data[name] {
        Value::String(text) => one_line(text),
        other => other.to_string(),
    };
    let [task, attempt, priority, title] = ["task_id", "attempt", "priority", "title"].map(member);
    format!("{task} attempt {attempt}, {priority}: {title}")
}

fn status(text: &str) -> Result<StatusCode, &'static str> {
    let code = text.parse::<u16>().ok().filter(|code| (200..=599).contains(code));
    code.and_then(|code| StatusCode::from_u16(code).ok()).ok_or("not a status from 200 to 599")
}
