//! The files of the repository, as these tests read them.

use std::{fs, path::Path};

pub use harness::document::root;

pub fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The Rust files below a folder, by their paths from the root.
pub fn rust_files(folder: &str) -> Vec<(String, String)> {
    files(folder, ".rs")
}

/// The files below a folder whose names end so, by their paths from the root; without installed packages.
pub fn files(folder: &str, ending: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    collect(&root().join(folder), ending, &mut found);
    assert!(!found.is_empty(), "{folder} holds no {ending}");
    found
}

/// The Rust files of the product, without those that hold only tests.
pub fn product() -> Vec<(String, String)> {
    product_with_tests().into_iter().filter(|(name, _)| !name.ends_with("/tests.rs")).collect()
}

/// All Rust files of the product.
pub fn product_with_tests() -> Vec<(String, String)> {
    [
        "shared/src",
        "system/src",
        "api/src",
        "webhook/src",
        "processor/src",
        "command/src",
        "local/src",
        "aws/src",
        "lambda/src",
        "watch/src",
        "operations/src",
        "operator/src",
    ]
    .into_iter()
    .flat_map(rust_files)
    .collect()
}

/// The Rust files that test and measure the product.
pub fn proofs() -> Vec<(String, String)> {
    ["tests", "bench"].into_iter().flat_map(rust_files).collect()
}

/// A file up to its unit tests.
pub fn without_tests(text: &str) -> &str {
    text.split("#[cfg(test)]\nmod tests").next().unwrap()
}

fn collect(folder: &Path, ending: &str, found: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.strip_prefix(root()).unwrap().to_str().unwrap().to_owned();
        if path.is_dir() && !name.ends_with("node_modules") {
            collect(&path, ending, found);
        } else if path.is_file() && name.ends_with(ending) {
            found.push((name, fs::read_to_string(&path).unwrap()));
        }
    }
}
