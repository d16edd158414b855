//! The package that is uploaded to deploy a function.

use std::{
    fs,
    io::{Cursor, Write},
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use zip::{ZipWriter, write::SimpleFileOptions};

/// The size of a zip archive of these files and directories, in bytes.
pub fn zipped_bytes(files: &[PathBuf]) -> Result<u64> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    for file in files {
        add(&mut archive, file).with_context(|| format!("failed to pack {}", file.display()))?;
    }
    Ok(archive.finish()?.into_inner().len().try_into()?)
}

fn add(archive: &mut ZipWriter<Cursor<Vec<u8>>>, file: &Path) -> Result<()> {
    if file.is_dir() {
        return fs::read_dir(file)?.try_for_each(|entry| add(archive, &entry?.path()));
    }
    archive.start_file(file.to_string_lossy(), SimpleFileOptions::default().compression_level(Some(9)))?;
    Ok(archive.write_all(&fs::read(file)?)?)
}
