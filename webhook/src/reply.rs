//! An answer whose head was read and whose body may follow.

use hyper::{Response, StatusCode, body::Incoming};

use crate::{answer::Answer, body::Body, connection::Connection};

/// What a receiver sent up to the end of the answer's head.
pub struct Reply {
    pub(crate) answer: Answer,
    /// None if only the status could be read.
    pub(crate) rest: Option<(Incoming, Connection)>,
}

impl Reply {
    pub(crate) fn new(response: Response<Incoming>, connection: Connection) -> Self {
        let (head, body) = response.into_parts();
        let answer = Answer { status: head.status, headers: head.headers, body: Body::default() };
        Self { answer, rest: Some((body, connection)) }
    }

    pub(crate) fn of_status(status: StatusCode) -> Self {
        Self { answer: Answer::of_status(status), rest: None }
    }

    /// The version that the receiver reports of itself, in `Taskline-Handler-Version`.
    pub fn handler_version(&self) -> Option<String> {
        let version = self.answer.headers.get("taskline-handler-version")?;
        Some(String::from_utf8_lossy(version.as_bytes()).into_owned())
    }
}
