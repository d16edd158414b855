//! Reads the output of a program while it runs. Memory is bounded: what isn't kept is read and dropped, so that no program
//! blocks because nobody reads its output.

use shared::{
    DroppedResult, InvalidJson, Json, cut_to_bytes,
    limits::{FAILURE_ANSWER_BYTES_MAX, RESULT_BYTES_MAX},
};
use tokio::io::{AsyncRead, AsyncReadExt};
use tracing::warn;

/// Blanks around a result are not counted.
const HEAD_BYTES_MAX: usize = RESULT_BYTES_MAX + 1024;
/// More than is kept: some of it is invisible.
const TAIL_BYTES_MAX: usize = 4 * FAILURE_ANSWER_BYTES_MAX;
const CHUNK_BYTES: usize = 16 * 1024;

/// What is kept of an output.
pub(crate) enum Kept {
    /// Its beginning, for the result.
    Head,
    /// Its end, for the cause of a failure.
    Tail,
}

/// The kept part of an output.
pub(crate) struct Output {
    kept: Kept,
    bytes: Vec<u8>,
    length: usize,
}

impl Output {
    pub(crate) fn new(kept: Kept) -> Self {
        Self { kept, bytes: Vec::new(), length: 0 }
    }

    /// Reads until no process holds the other end any more.
    pub(crate) async fn read(&mut self, source: Option<impl AsyncRead + Unpin>) {
        let Some(mut source) = source else { return };
        let mut chunk = vec![0; CHUNK_BYTES];
        loop {
            match source.read(&mut chunk).await {
                Ok(0) => return,
                Ok(length) => self.keep(&chunk[..length]),
                Err(error) => {
                    warn!(%error, "failed to read the output of the handler's program");
                    return;
                }
            }
        }
    }

    fn keep(&mut self, chunk: &[u8]) {
        self.length = self.length.saturating_add(chunk.len());
        match self.kept {
            Kept::Head => {
                let free = HEAD_BYTES_MAX.saturating_sub(self.bytes.len());
                self.bytes.extend_from_slice(&chunk[..chunk.len().min(free)]);
            }
            Kept::Tail => {
                self.bytes.extend_from_slice(chunk);
                self.bytes.drain(..self.bytes.len().saturating_sub(TAIL_BYTES_MAX));
            }
        }
    }

    /// The result: the whole output, if it is one JSON value. A program may also write anything else, which is no result.
    ///
    /// # Errors
    /// The reason if it begins like JSON and is too long to be kept.
    pub(crate) fn result(&self) -> Result<Option<Json>, DroppedResult> {
        let too_long = match self.bytes.trim_ascii_start().first() {
            Some(b'{' | b'[' | b'"') => Err(DroppedResult::TooLong),
            _ => Ok(None),
        };
        if self.length > self.bytes.len() {
            return too_long;
        }
        match std::str::from_utf8(&self.bytes).map(|text| Json::parse(text, RESULT_BYTES_MAX)) {
            Ok(Ok(result)) => Ok(Some(result)),
            Ok(Err(InvalidJson::TooLong { .. })) => too_long,
            Ok(Err(InvalidJson::NotJson { .. })) | Err(_) => Ok(None),
        }
    }

    /// The last KiB of it, as `redact` returns it: one line of visible text.
    pub(crate) fn last_words(&self, redact: impl Fn(&str) -> String) -> String {
        // Redact before cutting: a text that is cut in two would not be recognised.
        let text = redact(&String::from_utf8_lossy(&self.bytes));
        let start = text.ceil_char_boundary(text.len().saturating_sub(FAILURE_ANSWER_BYTES_MAX));
        let mut words = text[start..].trim_start().to_owned();
        cut_to_bytes(&mut words, FAILURE_ANSWER_BYTES_MAX);
        words
    }
}

#[cfg(test)]
mod tests {
    use shared::harmless;

    use super::*;

    async fn read(kept: Kept, bytes: &[u8]) -> Output {
        let mut output = Output::new(kept);
        output.read(Some(bytes)).await;
        output
    }

    #[tokio::test]
    async fn a_whole_output_that_is_json_is_the_result() {
        for (bytes, result) in [
            (&b" {\"a\": 1.50}\n"[..], Some("{\"a\": 1.50}")),
            (b"7", Some("7")),
            (b"", None),
            (b"done\n{\"a\":1}", None),
            (b"{\"a\":1}{\"a\":2}", None),
            (b"\"\xff\"", None),
        ] {
            let found = read(Kept::Head, bytes).await.result().unwrap();
            assert_eq!(found.as_ref().map(Json::as_str), result, "{bytes:?}");
        }
    }

    #[tokio::test]
    async fn an_output_that_is_too_long_is_no_result_and_is_not_kept() {
        let longest = format!("\"{}\"", "x".repeat(RESULT_BYTES_MAX - 2));
        assert!(read(Kept::Head, longest.as_bytes()).await.result().unwrap().is_some());
        let too_long = format!("\"{}\"", "x".repeat(RESULT_BYTES_MAX - 1));
        assert_eq!(read(Kept::Head, too_long.as_bytes()).await.result(), Err(DroppedResult::TooLong));
        let longer = format!("[{}]", "1,".repeat(1_000_000));
        let output = read(Kept::Head, longer.as_bytes()).await;
        assert_eq!((output.result(), output.bytes.len()), (Err(DroppedResult::TooLong), HEAD_BYTES_MAX));
        for text in ["words ".repeat(RESULT_BYTES_MAX), "x".repeat(RESULT_BYTES_MAX + 1)] {
            assert_eq!(read(Kept::Head, text.as_bytes()).await.result(), Ok(None));
        }
        assert_eq!(read(Kept::Tail, longer.as_bytes()).await.bytes.len(), TAIL_BYTES_MAX);
    }

    #[tokio::test]
    async fn the_last_words_are_harmless_and_cut_between_characters() {
        let words =
            read(Kept::Tail, "Traceback\n\u{1B}[31mKeyError:  'é'\n".as_bytes()).await.last_words(harmless);
        assert_eq!(words, "Traceback KeyError: 'é'");
        let words = read(Kept::Tail, b"\xff last").await.last_words(harmless);
        assert_eq!(words, "\u{FFFD} last");
        for length in 5_000..5_004 {
            let text = "x".repeat(length) + &"é".repeat(5_000) + "end";
            let words = read(Kept::Tail, text.as_bytes()).await.last_words(harmless);
            assert!(words.ends_with("ééend") && words.len() >= FAILURE_ANSWER_BYTES_MAX - 1, "{words}");
            assert!(words.len() <= FAILURE_ANSWER_BYTES_MAX);
        }
    }
}
