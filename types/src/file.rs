//! The file of `TYPES_FILE`.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use shared::{TaskType, TaskTypes, TypeTerms, setting::Lookup};
use toml::{Table, Value};

pub use crate::entry::Host;
use crate::{entry::Entry, handler::TypeHandler, invalid::InvalidTypes};

/// Far more than a thousand types take. A file that is named by mistake must not fill the memory.
const FILE_BYTES_MAX: u64 = 4 * 1024 * 1024;

/// The types of a file, without the contents of their schemas.
pub struct TypesFile {
    path: PathBuf,
    entries: Vec<Entry>,
}

/// A type of a file.
#[derive(Clone, Copy)]
pub struct TypeOfFile<'a> {
    /// Its name.
    pub task_type: &'a TaskType,
    /// What holds for its tasks.
    pub terms: &'a TypeTerms,
    /// Absent: the one for all types.
    pub handler: Option<&'a TypeHandler>,
}

impl TypesFile {
    /// Reads the file that the setting `TYPES_FILE` names; `None` if it is not set.
    ///
    /// # Errors
    /// [`InvalidTypes`] names what is wrong.
    pub fn of_setting(lookup: Lookup<'_>, host: Host) -> Result<Option<Self>, InvalidTypes> {
        lookup("TYPES_FILE").map(|path| Self::read(Path::new(&path), host)).transpose()
    }

    /// Reads a file, for handlers that run on this host.
    ///
    /// # Errors
    /// [`InvalidTypes`] names what is wrong.
    pub fn read(path: &Path, host: Host) -> Result<Self, InvalidTypes> {
        let read = || {
            let text = text(path).map_err(InvalidTypes::in_file)?;
            let entries = entries(&text, host)?;
            Ok(Self { path: path.to_owned(), entries })
        };
        read().map_err(|error: InvalidTypes| error.of_file(path))
    }

    /// The path of the file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The known types, and what holds for the tasks of each.
    pub fn task_types(&self) -> TaskTypes {
        let types = self.entries.iter().map(|entry| (entry.task_type.clone(), entry.terms));
        TaskTypes::of_file(types.collect())
    }

    /// The types in the order of the file.
    pub fn types(&self) -> impl Iterator<Item = TypeOfFile<'_>> {
        self.entries.iter().map(|Entry { task_type, terms, handler, .. }| TypeOfFile {
            task_type,
            terms,
            handler: handler.as_ref(),
        })
    }

    /// The schemas of the types that have one, each as the text of its file.
    ///
    /// # Errors
    /// [`InvalidTypes`] if one of them can't be read.
    pub fn schema_texts(&self) -> Result<BTreeMap<TaskType, String>, InvalidTypes> {
        let folder = self.path.parent().unwrap_or(Path::new(""));
        let mut texts = BTreeMap::new();
        for entry in &self.entries {
            let Some(schema) = &entry.schema else { continue };
            let text = text(&folder.join(schema)).map_err(|problem| {
                let problem = format!("names {}, which {problem}", schema.display());
                InvalidTypes::of_type(&entry.task_type, "schema", problem).of_file(&self.path)
            })?;
            texts.insert(entry.task_type.clone(), text);
        }
        Ok(texts)
    }
}

/// The text of a file without the byte order mark that some editors write, or what is wrong with the file.
fn text(path: &Path) -> Result<String, String> {
    let unreadable = |error: std::io::Error| format!("can't be read: {error}");
    let found = fs::metadata(path).map_err(unreadable)?;
    if !found.is_file() {
        return Err("is not a file".to_owned());
    }
    if found.len() > FILE_BYTES_MAX {
        return Err(format!("is longer than {FILE_BYTES_MAX} bytes"));
    }
    let bytes = fs::read(path).map_err(unreadable)?;
    let text = String::from_utf8(bytes).map_err(|_| "is not text in UTF-8".to_owned())?;
    Ok(text.strip_prefix('\u{FEFF}').map(str::to_owned).unwrap_or(text))
}

fn entries(text: &str, host: Host) -> Result<Vec<Entry>, InvalidTypes> {
    let table: Table = text.parse().map_err(|error| InvalidTypes::in_file(not_toml(text, &error)))?;
    if let Some(key) = table.keys().find(|key| *key != "type") {
        return Err(InvalidTypes::in_key(
            key,
            "is not a key of this file: it lists types, each below [[type]]",
        ));
    }
    let tables = match table.get("type") {
        Some(Value::Array(tables)) if !tables.is_empty() => tables,
        Some(Value::Table(_)) => {
            return Err(InvalidTypes::in_file(
                "[type] must be [[type]], with two brackets and without a name: the \
                                              file lists types",
            ));
        }
        Some(Value::Array(_)) | None => {
            return Err(InvalidTypes::in_file("names no type: begin each with [[type]] and its name"));
        }
        Some(_) => return Err(InvalidTypes::in_key("type", "must be a list: begin each type with [[type]]")),
    };
    let mut names = BTreeSet::new();
    let mut entries = Vec::new();
    for (value, number) in tables.iter().zip(1..) {
        let entry = Entry::read(number, value, host)?;
        if !names.insert(entry.task_type.clone()) {
            return Err(InvalidTypes::of_type(&entry.task_type, "name", "is given twice"));
        }
        entries.push(entry);
    }
    Ok(entries)
}

/// Without the line itself: it can hold a secret.
fn not_toml(text: &str, error: &toml::de::Error) -> String {
    let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
    let line = 1 + before.matches('\n').count();
    let column = 1 + before.rsplit('\n').next().unwrap_or_default().chars().count();
    let problem = error.message().lines().next().unwrap_or_default();
    format!("is not TOML at line {line} column {column}: {problem}")
}

#[cfg(test)]
mod tests;
