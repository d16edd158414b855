//! Quotes a word for a shell, for printed commands that people paste.
//!
//! No library fits: printed text never contains control characters ([`super::say`]), so the quoted word writes them with
//! `printf`, and bytes that are not text as well. Every POSIX shell understands that.

use std::{
    env,
    ffi::{OsStr, OsString},
    fmt::Write,
    os::unix::ffi::OsStrExt,
};

/// Quotes the word if necessary.
pub fn shell_word(word: impl AsRef<OsStr>) -> String {
    let bytes = word.as_ref().as_bytes();
    let is_plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_./:@,+".contains(byte);
    if !bytes.is_empty() && bytes.iter().all(is_plain) {
        return String::from_utf8_lossy(bytes).into_owned();
    }
    let mut quoted = Quoted { text: String::new(), is_open: false };
    for chunk in bytes.utf8_chunks() {
        chunk.valid().chars().for_each(|c| quoted.push(c));
        chunk.invalid().iter().for_each(|byte| quoted.push_byte(*byte));
    }
    quoted.close();
    if quoted.text.is_empty() { "''".to_owned() } else { quoted.text }
}

/// Quotes a path as the value of an option. A path that begins with a hyphen would be read as an option.
pub fn shell_path(path: impl AsRef<OsStr>) -> String {
    let path = path.as_ref();
    if path.as_bytes().starts_with(b"-") {
        let mut here = OsString::from("./");
        here.push(path);
        return shell_word(here);
    }
    shell_word(path)
}

/// This program as it was called.
pub fn program_word() -> String {
    let called = env::args_os().next().filter(|called| !called.is_empty());
    called.map_or_else(|| "taskline".to_owned(), shell_path)
}

struct Quoted {
    text: String,
    is_open: bool,
}

impl Quoted {
    fn push(&mut self, c: char) {
        match c {
            '\'' => {
                self.close();
                self.text.push_str("\\'");
            }
            c if c.is_control() && c != '\n' => {
                c.encode_utf8(&mut [0; 4]).bytes().for_each(|byte| self.push_byte(byte));
            }
            c => {
                self.open();
                self.text.push(c);
            }
        }
    }

    fn push_byte(&mut self, byte: u8) {
        self.close();
        // Writing to a string can't fail.
        let _ = write!(self.text, "\"$(printf '\\{byte:03o}')\"");
    }

    fn open(&mut self) {
        if !self.is_open {
            self.text.push('\'');
            self.is_open = true;
        }
    }

    fn close(&mut self) {
        if self.is_open {
            self.text.push('\'');
            self.is_open = false;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{os::unix::ffi::OsStringExt, process::Command};

    use super::*;

    #[test]
    fn a_plain_word_is_not_quoted() {
        for plain in
            ["taskline-data", "./target/debug/taskline", "/srv/a_b/c.d", "http://127.0.0.1:8080/tasks"]
        {
            assert_eq!(shell_word(plain), plain);
        }
        assert_eq!((shell_path("data"), shell_path("-data")), ("data".to_owned(), "./-data".to_owned()));
    }

    #[test]
    fn a_shell_reads_every_word_back_and_none_holds_what_a_terminal_would_obey() {
        let words = [
            &b""[..],
            b"my data",
            b"$HOME",
            b"`id`",
            b"it's",
            b"'",
            b"\"",
            b"a\nb",
            b"\n",
            b"~",
            b"*",
            b"[::1]",
            b"a=b",
            b"#",
            b"a;b&c|d>e",
            b"\\",
            b"!!",
            b"\x1b[2J\x07\t\r",
            "\u{fc}\u{9b}\u{4e16}".as_bytes(),
            b"\xff a\xfe",
        ];
        for word in words.map(|bytes| OsString::from_vec(bytes.to_vec())) {
            let quoted = shell_word(&word);
            assert!(!quoted.chars().any(|c| c.is_control() && c != '\n'), "{quoted:?}");
            let script = format!("printf '%s.' {quoted}");
            let read = Command::new("sh").args(["-c", &script]).output().unwrap().stdout;
            assert_eq!(read, [word.as_bytes(), b"."].concat(), "{quoted}");
        }
    }
}
