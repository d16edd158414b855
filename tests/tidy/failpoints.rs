//! Failpoints, which kill a process at a step that a test names, are in no shipped build.

use crate::{
    dependencies::{name, packages},
    source::{files, read},
};

const FAILPOINTS: &str = "failpoints";

#[test]
fn no_feature_and_no_dependency_enables_failpoints() {
    let mut found = 0;
    for package in packages() {
        for (feature, turns_on) in package["features"].as_object().unwrap() {
            found += usize::from(feature == FAILPOINTS);
            assert!(
                !turns_on.to_string().contains(FAILPOINTS),
                "{}: {feature} has failpoints",
                name(&package)
            );
        }
        for needed in package["dependencies"].as_array().unwrap() {
            assert!(
                !needed["features"].to_string().contains(FAILPOINTS),
                "{} has failpoints",
                name(&package)
            );
        }
    }
    assert_eq!(found, 1, "the feature is missing");
}

/// Only the features of all tests enable them, and no release is built with those.
#[test]
fn no_release_is_built_with_failpoints() {
    let makefiles = files("make", ".mk").into_iter().map(|(_, text)| text);
    let makefile = makefiles.chain([read("Makefile")]).collect::<String>().replace("\\\n", " ");
    let asking: Vec<&str> = makefile.lines().filter(|line| line.contains(FAILPOINTS)).collect();
    assert!(matches!(asking[..], [features] if features.starts_with("FEATURES = ")), "{asking:?}");
    let releases: Vec<&str> = makefile.lines().filter(|line| line.contains("--release")).collect();
    assert!(releases.len() >= 3, "the release commands are missing: {releases:?}");
    for release in releases {
        let is_for_tests = release.contains("$(WORKSPACE)") || release.contains("$(FEATURES)");
        assert!(!is_for_tests, "{release}");
    }
    assert!(!read("infrastructure/package.json").contains(FAILPOINTS));
}
