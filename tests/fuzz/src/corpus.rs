//! The inputs that are kept: `corpus/<target>/<what it is>`.

use std::{
    fs,
    hash::{DefaultHasher, Hash, Hasher},
    path::{Path, PathBuf},
};

/// One kept input.
#[derive(Debug, Clone)]
pub struct Seed {
    /// Its file's name.
    pub name: String,
    pub input: Vec<u8>,
}

fn folder(target: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(target)
}

/// All inputs of a target, by name.
pub fn seeds(target: &str) -> Vec<Seed> {
    let files =
        fs::read_dir(folder(target)).unwrap_or_else(|error| panic!("the corpus of {target}: {error}"));
    let mut seeds: Vec<_> = files
        .map(|file| file.unwrap())
        .map(|file| Seed {
            name: file.file_name().into_string().unwrap(),
            input: fs::read(file.path()).unwrap(),
        })
        .collect();
    seeds.sort_by(|one, other| one.name.cmp(&other.name));
    seeds
}

/// Keeps a failing input, so that it is tried first from now on.
pub fn keep(target: &str, input: &[u8]) -> PathBuf {
    let mut hasher = DefaultHasher::new();
    input.hash(&mut hasher);
    let path = folder(target).join(format!("failing-{:08x}", hasher.finish() as u32));
    fs::write(&path, input).unwrap();
    path
}
