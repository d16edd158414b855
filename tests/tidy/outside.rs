//! Dependencies are pinned by version and by hash.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::source::{files, read};

#[test]
fn every_crate_is_from_one_registry_and_has_a_checksum() {
    let lock = read("Cargo.lock");
    let mut sources = BTreeSet::new();
    let mut from_outside = 0;
    for package in lock.split("[[package]]").skip(1) {
        let name = package.lines().nth(1).unwrap();
        if let Some(source) = package.lines().find(|line| line.starts_with("source = ")) {
            from_outside += 1;
            assert!(source.contains("\"registry+"), "{name} comes from {source}");
            sources.insert(source);
            assert!(package.contains("\nchecksum = "), "{name} has no checksum");
        }
    }
    assert_eq!(sources.len(), 1, "{sources:?}");
    assert!(from_outside > 300, "only {from_outside} crates were found");
}

/// A bundled package has the hash of its bundle.
#[test]
fn every_npm_package_has_a_hash_and_names_no_registry() {
    for folder in ["infrastructure", "tests/console", "tests/openapi"] {
        let lock: Value = serde_json::from_str(&read(&format!("{folder}/package-lock.json"))).unwrap();
        let packages = lock["packages"].as_object().unwrap();
        assert!(packages.len() > 1, "{folder} has no packages");
        for (name, package) in packages.iter().filter(|(name, _)| !name.is_empty()) {
            let is_hashed = package["integrity"].as_str().is_some_and(|hash| hash.starts_with("sha512-"));
            assert!(is_hashed || package["inBundle"] == true, "{folder}: {name} has no sha512");
            assert!(package["resolved"].is_null(), "{folder}: {name} names its registry");
        }
    }
}

#[test]
fn every_python_package_has_one_version() {
    let mut found = 0;
    for list in ["tests", "infrastructure"].into_iter().flat_map(|folder| files(folder, "requirements.txt")) {
        let wanted = list.1.lines().filter(|line| line.starts_with(|first: char| first.is_alphabetic()));
        for requirement in wanted {
            found += 1;
            assert!(requirement.contains("=="), "{}: {requirement} has no version", list.0);
        }
        assert!(!list.1.contains("://"), "{} names a place", list.0);
    }
    assert!(found > 50, "only {found} packages were found");
}

#[test]
fn every_action_is_pinned_to_a_commit_with_its_version() {
    let mut found = 0;
    for (name, text) in files(".github/workflows", ".yml") {
        for line in text.lines().filter(|line| line.contains("uses: ") && !line.contains("uses: ./")) {
            found += 1;
            let (_, pinned) = line.split_once('@').unwrap_or_else(|| panic!("{name}: {line}"));
            let (commit, version) = pinned.split_once(" # v").unwrap_or_else(|| panic!("{name}: {line}"));
            let is_commit = commit.len() == 40 && commit.chars().all(|c| c.is_ascii_hexdigit());
            assert!(is_commit && version.starts_with(|c: char| c.is_ascii_digit()), "{name}: {line}");
        }
    }
    assert!(found > 10, "only {found} actions were found");
}
