//! A document whose prose is written by hand and whose tables, between two marks, are written by a command.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::Context;

const END: &str = "<!-- end -->\n";

/// One generated part of a document. A document can have several, each written by another command.
pub struct Document {
    path: PathBuf,
    begin: String,
}

impl Document {
    /// The part that a command writes. Fails if the document has no marks for it.
    pub fn open(path: &Path, written_by: &str) -> anyhow::Result<Self> {
        let begin = format!("<!-- measured: written by `{written_by}` -->\n");
        let document = Self { path: path.to_owned(), begin };
        document.read()?;
        Ok(document)
    }

    /// The content between the marks.
    pub fn shown(&self) -> anyhow::Result<String> {
        let [_, between, _] = self.read()?;
        Ok(between.trim_matches('\n').to_owned())
    }

    /// Replaces the content between the marks, and keeps the rest of the document as it is now.
    pub fn write(&self, shown: &str) -> anyhow::Result<()> {
        let Self { path, begin } = self;
        let [before, _, after] = self.read()?;
        let text = format!("{before}{begin}\n{}\n\n{END}{after}", shown.trim_matches('\n'));
        fs::write(path, text).with_context(|| format!("failed to write {}", path.display()))
    }

    /// The text before, between and after the marks.
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
    fn writing_a_part_keeps_the_rest_of_the_document() {
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
