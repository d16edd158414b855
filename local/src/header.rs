//! The header of a database: which program wrote it, and in which format.
//!
//! It is read without SQLite, because SQLite can change a database even when it opens it for reading.

use std::{
    fs::File,
    io::{self, Read},
    path::Path,
};

use crate::{OpenError, schema, upgrade};

/// The first bytes of every SQLite file, and the offsets of fields in its header (sqlite.org/fileformat.html).
const SQLITE_MAGIC: &[u8; 16] = b"SQLite format 3\0";
pub(crate) const HEADER_BYTES: usize = 100;
pub(crate) const USER_VERSION_AT: usize = 60;
const APPLICATION_ID_AT: usize = 68;

/// Refuses a file that isn't a data file of a known format. MUST NOT be called while this process has the file open: see
/// [`crate::files`].
pub(crate) fn check_header(path: &Path) -> Result<(), OpenError> {
    let mut header = Vec::with_capacity(HEADER_BYTES);
    match File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            if path.is_symlink() {
                return Err(OpenError::LinkToNothing(path.to_owned()));
            }
            return Err(OpenError::Missing(path.parent().unwrap_or(path).to_owned()));
        }
        file => file
            .and_then(|file| file.take(HEADER_BYTES as u64).read_to_end(&mut header))
            .map_err(|source| OpenError::Io { path: path.to_owned(), source })?,
    };
    let is_sqlite = header.len() == HEADER_BYTES && header.starts_with(SQLITE_MAGIC);
    if !is_sqlite || number_at(&header, APPLICATION_ID_AT) != schema::APPLICATION_ID {
        return Err(OpenError::Foreign(path.to_owned()));
    }
    match number_at(&header, USER_VERSION_AT) {
        upgrade::OLDEST_FORMAT..=schema::FORMAT => Ok(()),
        found => Err(OpenError::OtherFormat { path: path.to_owned(), found, expected: schema::FORMAT }),
    }
}

fn number_at(header: &[u8], at: usize) -> i32 {
    header[at..at + 4].iter().fold(0, |number, byte| number << 8 | i32::from(*byte))
}
