//! The files of a crate use each other in one direction.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    dependencies::packages,
    modules::{Modules, circles},
    source::root,
};

/// The root files of all crates of the workspace: libraries, programs, examples and tests.
fn crate_roots() -> BTreeSet<String> {
    let packages = packages();
    let targets = packages.iter().flat_map(|package| package["targets"].as_array().unwrap());
    let root = root();
    let from_root = |path: &str| path.strip_prefix(root.to_str().unwrap()).unwrap()[1..].to_owned();
    targets.map(|target| from_root(target["src_path"].as_str().unwrap())).collect()
}

/// A circle, with which of its files each one uses.
fn describe(circle: &BTreeSet<String>, uses: &BTreeMap<String, BTreeSet<String>>) -> String {
    let uses_within =
        |file| uses[file].intersection(circle).map(String::as_str).collect::<Vec<_>>().join(", ");
    circle.iter().map(|file| format!("{file} uses {}\n", uses_within(file))).collect()
}

#[test]
fn no_files_of_a_crate_use_each_other_in_a_circle() {
    let (mut found, mut files) = (Vec::new(), 0);
    for root in crate_roots() {
        let uses = Modules::read(&root).uses();
        files += uses.len();
        found.extend(circles(&uses).iter().map(|circle| describe(circle, &uses)));
    }
    assert!(files > 400, "only {files} files were read");
    assert!(found.is_empty(), "{}", found.join("\n"));
}
