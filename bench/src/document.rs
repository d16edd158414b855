//! A document that shows what was measured: its words are people's, what stands between its marks is ours.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::Context;

const END: &str = "<!-- end -->\n";

/// `NAME.md` and its plot `NAME.svg` in a folder. `make NAME-docs` writes them.
pub struct Document {
    folder: PathBuf,
    name: &'static str,
    before: String,
    after: String,
}

impl Document {
    /// Reads what stands around the marks.
    ///
    /// # Errors
    /// When the document can't be read, or lacks its marks.
    pub fn open(folder: &Path, name: &'static str) -> anyhow::Result<Self> {
        let path = folder.join(format!("{name}.md"));
        let text = fs::read_to_string(&path).with_context(|| format!("failed to read {}", path.display()))?;
        let begin = begin(name);
        let around =
            text.split_once(&begin).and_then(|(before, rest)| Some((before, rest.split_once(END)?.1)));
        let (before, after) = around.with_context(|| format!("{} lacks {begin}and {END}", path.display()))?;
        Ok(Self { folder: folder.to_owned(), name, before: before.to_owned(), after: after.to_owned() })
    }

    /// Writes what was measured between them, and the plot, which `caption` says in words.
    ///
    /// # Errors
    /// When a file can't be written.
    pub fn write(&self, measured: &str, caption: &str, plot: &str) -> anyhow::Result<()> {
        let Self { folder, name, before, after } = self;
        let begin = begin(name);
        let text = format!("{before}{begin}\n{measured}\n![{caption}]({name}.svg)\n\n{END}{after}");
        for (ending, content) in [("svg", plot), ("md", &text)] {
            let file = folder.join(format!("{name}.{ending}"));
            fs::write(&file, content).with_context(|| format!("failed to write {}", file.display()))?;
        }
        Ok(())
    }
}

fn begin(name: &str) -> String {
    format!("<!-- measured: written by `make {name}-docs` -->\n")
}
