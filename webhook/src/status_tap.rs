//! A stream that copies what is read from it to a [`StatusLine`].

use std::{
    io,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll, ready},
};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::{connector::Stream, status_line::StatusLine};

/// A stream whose answers are also read as status lines.
pub struct StatusTap {
    stream: Box<dyn Stream>,
    expected: Arc<Mutex<ExpectedAnswer>>,
}

/// The answer that is to come next.
#[derive(Default)]
pub struct ExpectedAnswer {
    status: StatusLine,
    /// Bytes that arrive before a part of the request was written answer another request, or none.
    is_request_written: bool,
}

impl ExpectedAnswer {
    pub fn new(status: StatusLine) -> Self {
        Self { status, is_request_written: false }
    }
}

impl StatusTap {
    pub fn new(stream: Box<dyn Stream>, expected: Arc<Mutex<ExpectedAnswer>>) -> Self {
        Self { stream, expected }
    }
}

impl AsyncRead for StatusTap {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(context, buffer))?;
        let expected = self.expected.lock().unwrap_or_else(PoisonError::into_inner);
        if expected.is_request_written {
            expected.status.read(&buffer.filled()[before..]);
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for StatusTap {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = ready!(Pin::new(&mut self.stream).poll_write(context, bytes))?;
        self.expected.lock().unwrap_or_else(PoisonError::into_inner).is_request_written = true;
        Poll::Ready(Ok(written))
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
