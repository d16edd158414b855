//! A document with a plot beside it.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::Context;

use crate::document::Document;

/// `NAME.md` and `NAME.svg` in a folder, which `make NAME-docs` writes.
pub struct Plotted {
    plot: PathBuf,
    name: &'static str,
    tables: Document,
}

impl Plotted {
    /// Opens what is there.
    ///
    /// # Errors
    /// When the document can't be read, or lacks its marks.
    pub fn open(folder: &Path, name: &'static str) -> anyhow::Result<Self> {
        let tables = Document::open(&folder.join(format!("{name}.md")), &format!("make {name}-docs"))?;
        Ok(Self { plot: folder.join(format!("{name}.svg")), name, tables })
    }

    /// Writes the tables, and the plot, which `caption` says in words.
    ///
    /// # Errors
    /// When a file can't be written.
    pub fn write(&self, tables: &str, caption: &str, plot: &str) -> anyhow::Result<()> {
        let Self { plot: file, name, tables: document } = self;
        fs::write(file, plot).with_context(|| format!("failed to write {}", file.display()))?;
        document.write(&format!("{tables}\n![{caption}]({name}.svg)"))
    }
}
