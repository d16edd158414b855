//! Reads a file or standard input, by the same rules for every command.
//!
//! The file is opened before the pipeline is, and never if it is one of the pipeline's own files: closing any descriptor of a
//! database drops all locks that this process has on it (sqlite.org/howtocorrupt.html, 2.2).

use std::{
    fs::{self, File},
    io::{self, BufRead, BufReader, IsTerminal, Read},
    path::Path,
};

use crate::{invalid_arguments::InvalidArguments, target::Choice, terminal::say};

/// Longer than any line with a task. A file without line breaks must not fill the memory.
const LINE_BYTES_MAX: u64 = 1024 * 1024;
const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";
const UTF_16: [&[u8]; 2] = [b"\xFF\xFE", b"\xFE\xFF"];

/// The lines of a file or of standard input.
pub struct Input {
    reader: Box<dyn BufRead>,
    name: String,
    /// The size, if it is known.
    pub bytes: Option<u64>,
    lines_read: u64,
}

/// A line that is not blank.
pub struct Line {
    /// The first line has number 1. Blank lines are counted.
    pub number: u64,
    pub text: Vec<u8>,
}

impl Input {
    /// Opens a file; `-` is standard input.
    ///
    /// # Errors
    /// [`InvalidArguments`] if it can't be read, or belongs to the pipeline itself.
    pub fn open(file: &Path, pipeline: &Choice) -> Result<Self, InvalidArguments> {
        if file == Path::new("-") {
            if io::stdin().is_terminal() {
                say("Reading from the terminal; end with Ctrl-D.");
            }
            let reader = Box::new(BufReader::new(io::stdin()));
            return Ok(Self { reader, name: "standard input".to_owned(), bytes: None, lines_read: 0 });
        }
        let name = file.display().to_string();
        let unreadable =
            |error: io::Error| InvalidArguments::because(format!("failed to read {name}: {error}"));
        let found = fs::metadata(file).map_err(unreadable)?;
        if found.is_dir() {
            return Err(InvalidArguments::because(format!("{name} is a folder")));
        }
        if matches!(pipeline, Choice::Local(data) if data.owns(file)) {
            return Err(InvalidArguments::because(format!("{name} is a file of the pipeline itself")));
        }
        let reader = Box::new(BufReader::new(File::open(file).map_err(unreadable)?));
        Ok(Self { reader, bytes: Some(found.len()), name, lines_read: 0 })
    }

    /// The next line that is not blank.
    ///
    /// # Errors
    /// [`InvalidArguments`] if it can't be read, or the line is too long or in UTF-16.
    pub fn next_line(&mut self) -> Result<Option<Line>, InvalidArguments> {
        while let Some(line) = self.next_or_blank()? {
            if !line.text.trim_ascii().is_empty() {
                return Ok(Some(line));
            }
        }
        Ok(None)
    }

    fn next_or_blank(&mut self) -> Result<Option<Line>, InvalidArguments> {
        let mut text = Vec::new();
        let read = self.reader.by_ref().take(LINE_BYTES_MAX).read_until(b'\n', &mut text);
        if read.map_err(|error| self.unreadable(&error))? == 0 {
            return Ok(None);
        }
        self.lines_read += 1;
        let number = self.lines_read;
        if text.len() as u64 == LINE_BYTES_MAX {
            return Err(InvalidArguments::because(format!(
                "line {number} of {} is longer than 1 MiB",
                self.name
            )));
        }
        if number == 1 {
            self.begin(&mut text)?;
        }
        Ok(Some(Line { number, text }))
    }

    /// Some editors write a byte order mark before the first line; some shells write UTF-16.
    fn begin(&self, first: &mut Vec<u8>) -> Result<(), InvalidArguments> {
        if UTF_16.iter().any(|mark| first.starts_with(mark)) {
            return Err(InvalidArguments::because(format!("{} is in UTF-16: save it as UTF-8", self.name)));
        }
        if first.starts_with(BYTE_ORDER_MARK) {
            first.drain(..BYTE_ORDER_MARK.len());
        }
        Ok(())
    }

    /// All remaining lines as one text.
    ///
    /// # Errors
    /// [`InvalidArguments`] if it can't be read, or is too long for a task.
    pub fn rest(&mut self) -> Result<Vec<u8>, InvalidArguments> {
        let mut text = Vec::new();
        while let Some(line) = self.next_or_blank()? {
            text.extend_from_slice(&line.text);
            if text.len() as u64 > LINE_BYTES_MAX {
                return Err(InvalidArguments::because(format!(
                    "{} is longer than 1 MiB; a task is shorter",
                    self.name
                )));
            }
        }
        Ok(text)
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    fn unreadable(&self, error: &io::Error) -> InvalidArguments {
        InvalidArguments::because(format!("failed to read {}: {error}", self.name))
    }
}
