//! A document that shows what came out: its words are people's, what stands between its marks is ours.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::Context;

const END: &str = "<!-- end -->\n";

/// A part of a document. It can have several, each by the command that writes it.
pub struct Document {
    path: PathBuf,
    begin: String,
}

impl Document {
    /// The part that is `written_by` a command.
    ///
    /// # Errors
    /// When the document can't be read, or lacks its marks.
    pub fn open(path: &Path, written_by: &str) -> anyhow::Result<Self> {
        let begin = format!("<!-- measured: written by `{written_by}` -->\n");
        let document = Self { path: path.to_owned(), begin };
        document.read()?;
        Ok(document)
    }

    /// What stands there.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn shown(&self) -> anyhow::Result<String> {
        let [_, between, _] = self.read()?;
        Ok(between.trim_matches('\n').to_owned())
    }

    /// Writes `shown` in its place, and leaves all around it as it is by then.
    ///
    /// # Errors
    /// As [`Self::open`], and when the file can't be written.
    pub fn write(&self, shown: &str) -> anyhow::Result<()> {
        let Self { path, begin } = self;
        let [before, _, after] = self.read()?;
        let text = format!("{before}{begin}\n{}\n\n{END}{after}", shown.trim_matches('\n'));
        fs::write(path, text).with_context(|| format!("failed to write {}", path.display()))
    }

    /// What stands before, between and behind its marks.
    fn read(&self) -> anyhow::Result<[String; 3]> {
        let Self { path, begin } = self;
        let text = fs::read_to_string(path).with_context(|| format!("failed to read {}", path.display()))?;
        let parts = text.split_once(begin).and_then(|(before, rest)| Some((before, rest.split_once(END)?)));
        let (before, (between, after)) =
            parts.with_context(|| format!("{} lacks {begin}and {END}", path.display()))?;
        Ok([before, between, after].map(str::to_owned))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "Before.\n<!-- measured: written by `make a` -->\n\nold\n\n<!-- end -->\nBetween.\n\
                        <!-- measured: written by `make b` -->\n\nkept\n\n<!-- end -->\nAfter.\n";

    #[test]
    fn a_part_is_replaced_and_all_around_it_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.md");
        fs::write(&path, TEXT).unwrap();
        let document = Document::open(&path, "make a").unwrap();
        assert_eq!(document.shown().unwrap(), "old");
        document.write("new\n").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), TEXT.replace("old", "new"));
        assert_eq!(Document::open(&path, "make b").unwrap().shown().unwrap(), "kept");
        assert!(Document::open(&path, "make c").is_err());
    }
}
