//! The only place that prints. Where the reader of stdout goes away (`| head`), nothing more is printed and the command
//! goes on: what it does, and how it ends, does not depend on who reads. What a task or a receiver said can hold control
//! characters: they never reach a terminal, which would obey them.

use std::{
    fmt::Display,
    future::pending,
    io::{self, IsTerminal, Write},
    os::fd::AsFd,
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use serde::Serialize;
use shared::sets_direction;
use tokio::{io::Interest, net::unix::pipe::Sender, time::timeout};

/// Whether stdout was found to have no reader.
static IS_READER_GONE: AtomicBool = AtomicBool::new(false);

/// How data is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// For people.
    Text,
    /// For programs.
    Json,
}

/// Writes a line of data.
///
/// # Errors
/// When stdout can't be written.
pub fn print_data(line: impl Display) -> io::Result<()> {
    print(&harmless(line))
}

/// Writes data as one JSON document.
///
/// # Errors
/// When stdout can't be written.
pub fn print_json(data: &impl Serialize) -> io::Result<()> {
    print(&escaped(&serde_json::to_string_pretty(data)?))
}

/// Writes data as JSON on one line, for what may follow.
///
/// # Errors
/// When stdout can't be written.
pub fn print_json_line(data: &impl Serialize) -> io::Result<()> {
    print(&escaped(&serde_json::to_string(data)?))
}

fn print(text: &str) -> io::Result<()> {
    if IS_READER_GONE.load(Ordering::Relaxed) {
        return Ok(());
    }
    unless_unread(writeln!(io::stdout(), "{text}"))
}

/// How writing to stdout ended, where it is no failure that nobody reads.
///
/// # Errors
/// What kept stdout from being written otherwise.
pub fn unless_unread(written: io::Result<()>) -> io::Result<()> {
    match written {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
            IS_READER_GONE.store(true, Ordering::Relaxed);
            Ok(())
        }
        written => written,
    }
}

/// Waits for as long, or until nobody reads what is printed any more; whether somebody may read it still.
pub async fn is_read_after(pause: Duration) -> bool {
    timeout(pause, reader_gone()).await.is_err()
}

/// Never ends where stdout does not tell (a file, a device).
async fn reader_gone() {
    if IS_READER_GONE.load(Ordering::Relaxed) {
        return;
    }
    // Unchecked: it is asked how it stands, and never written to without blocking.
    let stdout = io::stdout().as_fd().try_clone_to_owned().and_then(Sender::from_owned_fd_unchecked);
    let Ok(stdout) = stdout else { return pending().await };
    match stdout.ready(Interest::ERROR).await {
        Ok(ready) if ready.is_error() => {}
        _ => pending().await,
    }
}

/// Talks: to people, beside the data. Nobody can be told that stderr can't be written.
pub fn say(line: impl Display) {
    let _ = writeln!(io::stderr(), "{}", harmless(line));
}

/// Clears the terminal, for data that takes the place of what was shown; does nothing where stdout is none.
///
/// # Errors
/// When stdout can't be written.
pub fn clear() -> io::Result<()> {
    let mut out = io::stdout();
    if out.is_terminal() { unless_unread(write!(out, "\x1b[H\x1b[2J")) } else { Ok(()) }
}

/// What a terminal would obey, or what would show other text in another order.
fn is_harmful(character: char) -> bool {
    character.is_control() && character != '\n' || sets_direction(character)
}

fn harmless(line: impl Display) -> String {
    let harmless = |c: char| if is_harmful(c) { char::REPLACEMENT_CHARACTER } else { c };
    line.to_string().chars().map(harmless).collect()
}

/// The same document: in JSON such characters stand in strings only, and all of them are below U+10000.
fn escaped(json: &str) -> String {
    let mut escaped = String::with_capacity(json.len());
    for character in json.chars() {
        match is_harmful(character) {
            true => escaped.push_str(&format!("\\u{:04x}", u32::from(character))),
            false => escaped.push(character),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_would_obey_is_replaced() {
        assert_eq!(harmless("a\x1b[2J\u{9b}b\r\nc"), "a\u{fffd}[2J\u{fffd}b\u{fffd}\nc");
        assert_eq!(harmless("a\u{202e}b"), "a\u{fffd}b");
    }

    #[test]
    fn json_shows_nothing_harmful_and_says_the_same() {
        let text = "a\x1b[2J\u{9b}b\r\nc\u{202e}d\u{2066}é";
        let shown = escaped(&serde_json::to_string_pretty(&[text]).unwrap());
        assert!(!shown.chars().any(is_harmful), "{shown}");
        assert_eq!(serde_json::from_str::<Vec<String>>(&shown).unwrap(), [text]);
    }
}
