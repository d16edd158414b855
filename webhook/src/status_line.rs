//! The status of an answer, parsed from the bytes of the connection: it decides, even if the rest of the answer can't
//! be read or never comes.

use std::sync::{Arc, Mutex, PoisonError};

use hyper::StatusCode;

/// How much of an unfinished line is kept: more than any status line needs.
const LINE_BYTES_MAX: usize = 1024;

/// The status of the answer to one request, once it has arrived. Clones share it.
#[derive(Debug, Clone, Default)]
pub struct StatusLine(Arc<Mutex<Parser>>);

#[derive(Debug, Default)]
struct Parser {
    state: State,
    /// The received part of the current line.
    line: Vec<u8>,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Before or in a status line.
    #[default]
    StatusLine,
    /// In the headers of an informational answer, which another answer follows.
    InterimHeaders,
    /// After the final status line.
    Known(StatusCode),
    /// The bytes are not an HTTP answer.
    NotHttp,
}

impl StatusLine {
    /// Parses the next bytes of the connection.
    pub fn read(&self, bytes: &[u8]) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).read(bytes);
    }

    /// The status of the answer, once it has arrived.
    pub fn status(&self) -> Option<StatusCode> {
        match self.0.lock().unwrap_or_else(PoisonError::into_inner).state {
            State::Known(status) => Some(status),
            State::StatusLine | State::InterimHeaders | State::NotHttp => None,
        }
    }

    /// Whether the received bytes are not an HTTP answer.
    pub fn is_not_http(&self) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).state == State::NotHttp
    }
}

impl Parser {
    fn read(&mut self, bytes: &[u8]) {
        for byte in bytes {
            match self.state {
                State::Known(_) | State::NotHttp => return,
                State::StatusLine | State::InterimHeaders => self.read_byte(*byte),
            }
        }
    }

    fn read_byte(&mut self, byte: u8) {
        if byte != b'\n' {
            if self.line.len() < LINE_BYTES_MAX {
                self.line.push(byte);
            }
            if self.state == State::StatusLine
                && let Some(status) = status_of(&self.line)
                && !is_interim(status)
            {
                self.state = State::Known(status);
            }
            return;
        }
        let line = std::mem::take(&mut self.line);
        let line = line.strip_suffix(b"\r").unwrap_or(&line);
        self.state = match self.state {
            State::InterimHeaders if line.is_empty() => State::StatusLine,
            State::StatusLine if line.is_empty() => State::StatusLine,
            State::StatusLine => match status_of(&[line, b"\n"].concat()) {
                Some(status) if is_interim(status) => State::InterimHeaders,
                Some(status) => State::Known(status),
                None => State::NotHttp,
            },
            state => state,
        };
    }
}

/// Whether a final answer follows. 101 is final: the bytes after it are not HTTP.
fn is_interim(status: StatusCode) -> bool {
    status.is_informational() && status != StatusCode::SWITCHING_PROTOCOLS
}

/// The status in a line that has arrived at least up to the character after its three digits. The reason phrase is
/// ignored.
fn status_of(line: &[u8]) -> Option<StatusCode> {
    let (name, rest) = line.split_at_checked(5)?;
    if !name.eq_ignore_ascii_case(b"HTTP/") {
        return None;
    }
    let version = rest.iter().take_while(|byte| byte.is_ascii_digit() || **byte == b'.').count();
    let rest = &rest[version..];
    let blanks = rest.iter().take_while(|byte| is_blank(**byte)).count();
    if version == 0 || blanks == 0 {
        return None;
    }
    let (digits, rest) = rest[blanks..].split_at_checked(3)?;
    let is_complete = rest.first().is_some_and(|next| is_blank(*next) || matches!(next, b'\r' | b'\n'));
    if is_complete { StatusCode::from_bytes(digits).ok() } else { None }
}

fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Parsed at once, and byte by byte.
    fn status_in(answer: &[u8]) -> Option<u16> {
        let (whole, apart) = (StatusLine::default(), StatusLine::default());
        whole.read(answer);
        answer.iter().for_each(|byte| apart.read(std::slice::from_ref(byte)));
        assert_eq!(whole.status(), apart.status());
        whole.status().map(|status| status.as_u16())
    }

    #[test]
    fn the_status_is_known_as_soon_as_its_digits_are_complete() {
        for (answer, status) in [
            (&b"HTTP/1.1 200 OK\r\n\r\n"[..], 200),
            (b"HTTP/1.1 204\r\n", 204),
            (b"HTTP/1.0 503 \n", 503),
            (b"HTTP/1.1 200 OK", 200),
            (b"\r\n\r\nHTTP/1.1 201 Created\r\n", 201),
            (b"HTTP/1.1  \t404  Not Found\r\n", 404),
            (b"HTTP/2 200\r\n", 200),
            (b"http/1.1 200 ok\r\n", 200),
            (b"HTTP/1.1 200 \xff\x01\r\n", 200),
            (b"HTTP/1.1 999 x\r\n", 999),
            (b"HTTP/1.1 101 Switching Protocols\r\n\r\n", 101),
            (b"HTTP/1.1 200 OK\r\nHTTP/1.1 500 no\r\n", 200),
        ] {
            assert_eq!(status_in(answer), Some(status), "{:?}", String::from_utf8_lossy(answer));
        }
    }

    #[test]
    fn an_informational_answer_and_its_headers_are_skipped() {
        let answer = b"HTTP/1.1 103 Early Hints\r\nLink: HTTP/1.1 500 x\r\n\r\nHTTP/1.1 100\r\n\r\nHTTP/1.1 200 OK\r\n";
        assert_eq!(status_in(answer), Some(200));
        assert_eq!(status_in(b"HTTP/1.1 100 Continue\r\n\r\n"), None);
    }

    #[test]
    fn a_line_that_is_no_status_line_has_no_status() {
        for answer in [
            &b""[..],
            b"HTTP/1.1 20",
            b"HTTP/1.1 200",
            b"HTTP/1.1 2000 OK\r\n",
            b"HTTP/1.1 099 x\r\n",
            b"HTTP/1.1200 OK\r\n",
            b"HTTP/ 200 OK\r\n",
            b"ICY 200 OK\r\n",
            b"<html>\nHTTP/1.1 200 OK\r\n",
            b"\x15\x03\x01\x00\x02\x02\x16\n",
            b"SSH-2.0-OpenSSH_9.2\r\nHTTP/1.1 200 OK\r\n",
        ] {
            assert_eq!(status_in(answer), None, "{:?}", String::from_utf8_lossy(answer));
        }
    }

    #[test]
    fn an_endless_line_is_not_kept() {
        let line = StatusLine::default();
        for _ in 0..1_000 {
            line.read(&[b'x'; 1_000]);
        }
        assert_eq!(line.status(), None);
        assert!(line.0.lock().unwrap().line.len() <= LINE_BYTES_MAX);
    }
}
