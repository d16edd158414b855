//! The document that shows what was measured: its words are people's, what stands between its marks is ours.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::Context;

use super::{Report, plot::plot};

const BEGIN: &str = "<!-- measured: written by `make load-docs` -->\n";
const END: &str = "<!-- end -->\n";

/// `load.md` and `load.svg` in a folder.
pub struct Document {
    folder: PathBuf,
    before: String,
    after: String,
}

impl Document {
    /// Reads what stands around the marks.
    ///
    /// # Errors
    /// When the document can't be read, or lacks its marks.
    pub fn open(folder: &Path) -> anyhow::Result<Self> {
        let path = folder.join("load.md");
        let text = fs::read_to_string(&path).with_context(|| format!("failed to read {}", path.display()))?;
        let around =
            text.split_once(BEGIN).and_then(|(before, rest)| Some((before, rest.split_once(END)?.1)));
        let (before, after) = around.with_context(|| format!("{} lacks {BEGIN}and {END}", path.display()))?;
        Ok(Self { folder: folder.to_owned(), before: before.to_owned(), after: after.to_owned() })
    }

    /// Writes what was measured between them, and the plot.
    ///
    /// # Errors
    /// When a file can't be written.
    pub fn write(&self, report: &Report) -> anyhow::Result<()> {
        let Self { folder, before, after } = self;
        fs::write(folder.join("load.svg"), plot(report)?)?;
        let text = format!(
            "{before}{BEGIN}\n{report}\n![accept latency by backlog, and memory over time](load.svg)\n\n{END}{after}"
        );
        fs::write(folder.join("load.md"), text).context("failed to write load.md")
    }
}
