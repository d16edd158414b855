//! The files of a crate use each other in one direction.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    dependencies::packages,
    modules::{Modules, circles},
    source::root,
};

/// The crates with circles that are still to be removed, by their folders: how many of their files are in one.
const KNOWN: [(&str, usize); 3] = [("bench", 7), ("local", 8), ("tests/deployed", 5)];

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
    let mut in_circles = BTreeMap::<String, usize>::new();
    let mut described = BTreeMap::<String, Vec<String>>::new();
    let mut files = 0;
    for root in crate_roots() {
        let uses = Modules::read(&root).uses();
        files += uses.len();
        let folder = root.split("/src/").next().unwrap().trim_end_matches("/main.rs").to_owned();
        for circle in circles(&uses) {
            *in_circles.entry(folder.clone()).or_default() += circle.len();
            described.entry(folder.clone()).or_default().push(describe(&circle, &uses));
        }
    }
    assert!(files > 400, "only {files} files were read");
    let known = BTreeMap::from(KNOWN.map(|(folder, files)| (folder.to_owned(), files)));
    for (folder, found) in &in_circles {
        let is_known = *found <= known.get(folder).copied().unwrap_or_default();
        assert!(is_known, "{found} files of {folder} use each other:\n{}", described[folder].join("\n"));
    }
    assert_eq!(in_circles, known, "there are fewer circles now: write that into the list");
}
