//! One HTTP/1.1 connection to the receiver.

use std::sync::{Arc, Mutex, PoisonError};

use http_body_util::Full;
use hyper::{
    Request, Response,
    body::{Bytes, Incoming},
    client::conn::http1::{Builder, SendRequest},
};
use hyper_util::rt::TokioIo;
use tokio::task::JoinHandle;

use crate::{
    connector::Stream,
    no_answer::NoAnswer,
    status_line::StatusLine,
    status_tap::{ExpectedAnswer, StatusTap},
};

/// More headers than any proxy adds. hyper allocates space for this many with each answer.
const HEADERS_MAX: usize = 1_000;

/// A connection, closed when it is dropped.
pub struct Connection {
    sender: SendRequest<Full<Bytes>>,
    expected: Arc<Mutex<ExpectedAnswer>>,
    driver: JoinHandle<()>,
}

/// A request that got no answer.
pub struct SendError {
    pub no_answer: NoAnswer,
    /// The request, if no part of it was sent.
    pub unsent: Option<Request<Full<Bytes>>>,
}

impl Connection {
    pub async fn over(stream: Box<dyn Stream>) -> Result<Self, NoAnswer> {
        let expected: Arc<Mutex<ExpectedAnswer>> = Arc::default();
        let tap = StatusTap::new(stream, Arc::clone(&expected));
        let (sender, connection) = Builder::new()
            .max_headers(HEADERS_MAX)
            .allow_obsolete_multiline_headers_in_responses(true)
            .allow_spaces_after_header_name_in_responses(true)
            .ignore_invalid_headers_in_responses(true)
            .handshake(TokioIo::new(tap))
            .await
            .map_err(NoAnswer::on_connection)?;
        // The sender of a request gets the error, too.
        let driver = tokio::spawn(async move { drop(connection.await) });
        Ok(Self { sender, expected, driver })
    }

    pub async fn send(
        &mut self,
        request: Request<Full<Bytes>>,
        status: &StatusLine,
    ) -> Result<Response<Incoming>, SendError> {
        let expected = ExpectedAnswer::new(status.clone());
        *self.expected.lock().unwrap_or_else(PoisonError::into_inner) = expected;
        self.sender.try_send_request(request).await.map_err(|mut error| {
            let unsent = error.take_message();
            let error = error.into_error();
            let is_unreadable = error.is_parse() || (error.is_incomplete_message() && status.is_not_http());
            let no_answer = match NoAnswer::on_connection(error) {
                NoAnswer::Closed(cause) if is_unreadable => NoAnswer::Unreadable(cause),
                no_answer => no_answer,
            };
            SendError { no_answer, unsent }
        })
    }

    /// Whether it can send another request.
    pub fn is_ready(&self) -> bool {
        self.sender.is_ready()
    }

    #[cfg(test)]
    pub fn is_closed(&self) -> bool {
        self.sender.is_closed()
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.driver.abort();
    }
}
