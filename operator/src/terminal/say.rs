//! The only file that prints. If the reader of stdout goes away (`| head`), nothing more is printed and the command goes on: its
//! effects and its exit status do not depend on the reader. Text from a task or a receiver can contain control characters: they
//! are replaced, as a terminal would obey them.

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

/// Whether the reader of stdout is gone.
static IS_READER_GONE: AtomicBool = AtomicBool::new(false);

/// The format of data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    Text,
    Json,
}

/// Writes a line of data.
///
/// # Errors
/// If stdout can't be written.
pub fn print_data(line: impl Display) -> io::Result<()> {
    print(&harmless(line))
}

/// Writes data as one JSON document.
///
/// # Errors
/// If stdout can't be written.
pub fn print_json(data: &impl Serialize) -> io::Result<()> {
    print(&escaped(&serde_json::to_string_pretty(data)?))
}

/// Writes data as JSON on one line, for a stream of documents.
///
/// # Errors
/// If stdout can't be written.
pub fn print_json_line(data: &impl Serialize) -> io::Result<()> {
    print(&escaped(&serde_json::to_string(data)?))
}

fn print(text: &str) -> io::Result<()> {
    if IS_READER_GONE.load(Ordering::Relaxed) {
        return Ok(());
    }
    unless_unread(writeln!(io::stdout(), "{text}"))
}

/// The result of writing to stdout. A reader that is gone is not a failure.
///
/// # Errors
/// Any other failure.
pub fn unless_unread(written: io::Result<()>) -> io::Result<()> {
    match written {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
            IS_READER_GONE.store(true, Ordering::Relaxed);
            Ok(())
        }
        written => written,
    }
}

/// Waits for `pause`, or until the reader of stdout is gone. Returns whether there may still be a reader.
pub async fn is_read_after(pause: Duration) -> bool {
    timeout(pause, reader_gone()).await.is_err()
}

/// Never resolves if stdout is a file or a device, which don't report this.
async fn reader_gone() {
    if IS_READER_GONE.load(Ordering::Relaxed) {
        return;
    }
    // Unchecked: only its readiness is read, nothing is written to it.
    let stdout = io::stdout().as_fd().try_clone_to_owned().and_then(Sender::from_owned_fd_unchecked);
    let Ok(stdout) = stdout else { return pending().await };
    match stdout.ready(Interest::ERROR).await {
        Ok(ready) if ready.is_error() => {}
        _ => pending().await,
    }
}

/// Writes a message for people to stderr. A failure to write it is ignored, as it can't be reported anywhere.
pub fn say(line: impl Display) {
    let _ = writeln!(io::stderr(), "{}", harmless(line));
}

/// Clears the terminal before new data replaces the old; does nothing if stdout is not a terminal.
///
/// # Errors
/// If stdout can't be written.
pub fn clear() -> io::Result<()> {
    let mut out = io::stdout();
    if out.is_terminal() { unless_unread(write!(out, "\x1b[H\x1b[2J")) } else { Ok(()) }
}

/// Whether a terminal would obey the character, or show other text in another order because of it.
fn is_harmful(character: char) -> bool {
    character.is_control() && character != '\n' || sets_direction(character)
}

fn harmless(line: impl Display) -> String {
    let harmless = |c: char| if is_harmful(c) { char::REPLACEMENT_CHARACTER } else { c };
    line.to_string().chars().map(harmless).collect()
}

/// The same document, with such characters escaped. All of them are below U+10000. Outside of strings JSON allows only tabs
/// and CRs of them, which become spaces.
fn escaped(json: &str) -> String {
    let mut escaped = String::with_capacity(json.len());
    let (mut in_string, mut is_escaped) = (false, false);
    for character in json.chars() {
        match is_harmful(character) {
            true if in_string => escaped.push_str(&format!("\\u{:04x}", u32::from(character))),
            true => escaped.push(' '),
            false => escaped.push(character),
        }
        match character {
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = in_string,
            '"' => in_string = !in_string,
            _ => {}
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_character_that_a_terminal_would_obey_is_replaced() {
        assert_eq!(harmless("a\x1b[2J\u{9b}b\r\nc"), "a\u{fffd}[2J\u{fffd}b\u{fffd}\nc");
        assert_eq!(harmless("a\u{202e}b"), "a\u{fffd}b");
    }

    #[test]
    fn a_blank_between_the_values_of_json_stays_a_blank() {
        let shown = escaped("{\t\"a\\\"\u{9b}\":\r\n1}");
        assert_eq!(shown, "{ \"a\\\"\\u009b\": \n1}");
        assert_eq!(serde_json::from_str::<serde_json::Value>(&shown).unwrap()["a\"\u{9b}"], 1);
    }

    #[test]
    fn json_is_escaped_without_changing_its_meaning() {
        let text = "a\x1b[2J\u{9b}b\r\nc\u{202e}d\u{2066}é";
        let shown = escaped(&serde_json::to_string_pretty(&[text]).unwrap());
        assert!(!shown.chars().any(is_harmful), "{shown}");
        assert_eq!(serde_json::from_str::<Vec<String>>(&shown).unwrap(), [text]);
    }
}
