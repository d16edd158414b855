//! The planted bugs of docs/proof.md: each still applies, and the tests that must fail exist. `make planted-bugs`
//! applies them one after the other, and runs those tests.

use std::{collections::BTreeSet, fs};

use crate::{
    documents::table,
    source::{read, root, rust_files},
};

/// A bug, and the tests that must fail.
pub struct PlantedBug {
    pub name: String,
    promise: String,
    pub file: String,
    /// Whole lines of the file, and their replacement.
    was: String,
    becomes: String,
    pub noticed_by: Vec<Test>,
}

/// A test by its name for cargo.
pub struct Test {
    /// A package, for its unit tests, or a test target.
    pub target: String,
    pub path: String,
}

pub fn planted_bugs() -> Vec<PlantedBug> {
    table(&read("docs/proof.md"), "## Planted bugs").iter().map(|row| PlantedBug::of(row)).collect()
}

impl PlantedBug {
    /// A row has the promise, the bug, which is the name of its diff, its effect, and the tests.
    fn of(row: &[String]) -> Self {
        let name = row[1].trim_matches(|c| c == '[' || c == ']').split(']').next().unwrap().to_owned();
        let diff = read(&format!("tests/planted_bugs/{name}.diff"));
        let (file, hunk) = diff.strip_prefix("--- ").unwrap().split_once('\n').unwrap();
        let side = |sign: char| -> String {
            let lines = hunk.lines().filter(|line| line.starts_with([' ', sign]));
            lines.map(|line| format!("{}\n", &line[1..])).collect()
        };
        let (file, was, becomes) = (file.to_owned(), side('-'), side('+'));
        let noticed_by = row[3].split(", ").map(Test::of).collect();
        Self { name, promise: row[0].clone(), file, was, becomes, noticed_by }
    }

    /// The file with the bug in it.
    pub fn plant(&self) -> String {
        let text = read(&self.file);
        let places = text.matches(&self.was).count();
        assert_eq!(places, 1, "{} does not contain once what {}.diff changes", self.file, self.name);
        text.replace(&self.was, &self.becomes)
    }
}

impl Test {
    fn of(name: &str) -> Self {
        let (target, path) = name.trim_matches('`').split_once(' ').unwrap();
        Self { target: target.to_owned(), path: path.to_owned() }
    }

    pub fn is_of_a_package(&self) -> bool {
        root().join(&self.target).join("src").is_dir()
    }

    fn exists(&self) -> bool {
        let folder = if self.is_of_a_package() { &self.target } else { "tests" };
        let mut modules = self.path.rsplit("::");
        let test = format!("fn {}(", modules.next().unwrap());
        let module = modules.find(|module| *module != "tests").unwrap_or(&self.target);
        let file = format!("/{module}.rs");
        rust_files(folder).iter().any(|(name, text)| name.ends_with(&file) && text.contains(&test))
    }
}

#[test]
fn every_planted_bug_applies_and_names_tests_that_exist() {
    let bugs = planted_bugs();
    for fault in &bugs {
        assert_ne!(fault.plant(), read(&fault.file), "{} changes nothing", fault.name);
        for test in &fault.noticed_by {
            assert!(test.exists(), "{}: there is no {} {}", fault.name, test.target, test.path);
        }
    }
    let promises: BTreeSet<_> = bugs.iter().map(|fault| fault.promise.as_str()).collect();
    assert_eq!(promises, BTreeSet::from(["P1", "P2", "P3", "P4", "P5", "P6", "P7"]));
    let named: BTreeSet<_> = bugs.iter().map(|fault| format!("{}.diff", fault.name)).collect();
    let diffs = fs::read_dir(root().join("tests/planted_bugs")).unwrap();
    let kept: BTreeSet<_> = diffs.map(|diff| diff.unwrap().file_name().into_string().unwrap()).collect();
    assert_eq!(kept, named);
}
