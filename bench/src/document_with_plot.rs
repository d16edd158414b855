//! A document with a plot.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::Context;

use crate::document::Document;

/// `NAME.md` and `NAME.svg` in a folder, which `make NAME-docs` writes.
pub struct DocumentWithPlot {
    plot: PathBuf,
    name: &'static str,
    tables: Document,
}

impl DocumentWithPlot {
    /// Opens the document. Fails if it has no marks.
    pub fn open(folder: &Path, name: &'static str) -> anyhow::Result<Self> {
        let tables = Document::open(&folder.join(format!("{name}.md")), &format!("make {name}-docs"))?;
        Ok(Self { plot: folder.join(format!("{name}.svg")), name, tables })
    }

    /// Writes the tables and the plot. `caption` is the plot's alternative text.
    pub fn write(&self, tables: &str, caption: &str, plot: &str) -> anyhow::Result<()> {
        let Self { plot: file, name, tables: document } = self;
        fs::write(file, plot).with_context(|| format!("failed to write {}", file.display()))?;
        document.write(&format!("{tables}\n![{caption}]({name}.svg)"))
    }
}
