//! The status of an answer, read from the connection itself: it decides, also where the rest of the answer can't be read
//! or never comes.

use std::sync::{Arc, Mutex, PoisonError};

use hyper::StatusCode;

/// What is kept of a line that has not ended: more than any status line needs.
const LINE_BYTES_MAX: usize = 1024;

/// What came of the answer to one request, as far as its status. Clones share it.
#[derive(Debug, Clone, Default)]
pub struct StatusLine(Arc<Mutex<Reading>>);

#[derive(Debug, Default)]
struct Reading {
    place: Place,
    /// The line being read, as far as it came.
    line: Vec<u8>,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Before or in a status line.
    #[default]
    Status,
    /// In the headers of an informational answer, which another one follows.
    Interim,
    /// Behind the status line that counts.
    Known(StatusCode),
    /// In something that is no answer.
    Lost,
}

impl StatusLine {
    /// Takes what comes next over the connection.
    pub fn read(&self, bytes: &[u8]) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).read(bytes);
    }

    /// The status of the answer, once it came.
    pub fn status(&self) -> Option<StatusCode> {
        match self.0.lock().unwrap_or_else(PoisonError::into_inner).place {
            Place::Known(status) => Some(status),
            Place::Status | Place::Interim | Place::Lost => None,
        }
    }

    /// Whether what came is no answer.
    pub fn is_lost(&self) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).place == Place::Lost
    }
}

impl Reading {
    fn read(&mut self, bytes: &[u8]) {
        for byte in bytes {
            match self.place {
                Place::Known(_) | Place::Lost => return,
                Place::Status | Place::Interim => self.read_byte(*byte),
            }
        }
    }

    fn read_byte(&mut self, byte: u8) {
        if byte != b'\n' {
            if self.line.len() < LINE_BYTES_MAX {
                self.line.push(byte);
            }
            if self.place == Place::Status
                && let Some(status) = status_of(&self.line)
                && !is_interim(status)
            {
                self.place = Place::Known(status);
            }
            return;
        }
        let line = std::mem::take(&mut self.line);
        let line = line.strip_suffix(b"\r").unwrap_or(&line);
        self.place = match self.place {
            Place::Interim if line.is_empty() => Place::Status,
            Place::Status if line.is_empty() => Place::Status,
            Place::Status => match status_of(&[line, b"\n"].concat()) {
                Some(status) if is_interim(status) => Place::Interim,
                Some(status) => Place::Known(status),
                None => Place::Lost,
            },
            place => place,
        };
    }
}

/// What comes before the answer itself. 101 is an answer: what follows it is no HTTP.
fn is_interim(status: StatusCode) -> bool {
    status.is_informational() && status != StatusCode::SWITCHING_PROTOCOLS
}

/// The status in a line that came as far as behind its three digits; whatever the reason phrase is.
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
    let is_over = rest.first().is_some_and(|next| is_blank(*next) || matches!(next, b'\r' | b'\n'));
    if is_over { StatusCode::from_bytes(digits).ok() } else { None }
}

fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As it came whole, and byte by byte.
    fn status_in(answer: &[u8]) -> Option<u16> {
        let (whole, apart) = (StatusLine::default(), StatusLine::default());
        whole.read(answer);
        answer.iter().for_each(|byte| apart.read(std::slice::from_ref(byte)));
        assert_eq!(whole.status(), apart.status());
        whole.status().map(|status| status.as_u16())
    }

    #[test]
    fn the_status_is_known_as_soon_as_its_line_says_it() {
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
    fn an_informational_answer_is_passed_over_with_its_headers() {
        let answer = b"HTTP/1.1 103 Early Hints\r\nLink: HTTP/1.1 500 x\r\n\r\nHTTP/1.1 100\r\n\r\nHTTP/1.1 200 OK\r\n";
        assert_eq!(status_in(answer), Some(200));
        assert_eq!(status_in(b"HTTP/1.1 100 Continue\r\n\r\n"), None);
    }

    #[test]
    fn what_is_no_status_line_has_no_status() {
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
    fn a_line_that_never_ends_is_not_kept() {
        let line = StatusLine::default();
        for _ in 0..1_000 {
            line.read(&[b'x'; 1_000]);
        }
        assert_eq!(line.status(), None);
        assert!(line.0.lock().unwrap().line.len() <= LINE_BYTES_MAX);
    }
}
