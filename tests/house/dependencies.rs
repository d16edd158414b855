//! Dependencies point one way.

use std::{
    collections::{BTreeMap, BTreeSet},
    process::Command,
};

use serde_json::Value;

use crate::source::root;

/// The direct dependencies of each package of the workspace, without those for its tests.
fn dependencies() -> BTreeMap<String, BTreeSet<String>> {
    dependencies_where(|_| true)
}

/// Those that a build of a package always has.
fn dependencies_in_every_build() -> BTreeMap<String, BTreeSet<String>> {
    dependencies_where(|dependency| dependency["optional"] == false)
}

fn dependencies_where(wanted: impl Fn(&Value) -> bool) -> BTreeMap<String, BTreeSet<String>> {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let arguments = ["metadata", "--format-version", "1", "--no-deps", "--offline"];
    let output = Command::new(cargo).args(arguments).current_dir(root()).output().unwrap();
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let name = |value: &Value| value["name"].as_str().unwrap().to_owned();
    let needs = |package: &Value| {
        let dependencies = package["dependencies"].as_array().unwrap().iter();
        dependencies
            .filter(|dependency| dependency["kind"] != "dev" && wanted(dependency))
            .map(name)
            .collect()
    };
    metadata["packages"].as_array().unwrap().iter().map(|package| (name(package), needs(package))).collect()
}

#[test]
fn the_domain_points_at_nobody_and_everybody_at_the_domain() {
    let dependencies = dependencies();
    let house: BTreeSet<String> = dependencies.keys().cloned().collect();
    let within =
        |package: &str| dependencies[package].intersection(&house).map(String::as_str).collect::<Vec<_>>();
    assert_eq!(within("shared"), Vec::<&str>::new());
    assert_eq!(within("system"), ["shared"]);
    assert_eq!(within("api"), ["lambda", "shared", "system"]);
    assert_eq!(within("processor"), ["lambda", "shared", "system"]);
    assert_eq!(within("local"), ["api", "processor", "shared", "system"]);
    assert_eq!(within("aws"), ["shared"]);
    assert_eq!(within("lambda"), ["aws", "shared", "system"]);
    assert_eq!(within("operator"), ["api", "aws", "local", "processor", "shared"]);
}

#[test]
fn what_only_a_lambda_function_needs_is_in_no_other_build() {
    let always = dependencies_in_every_build();
    for package in ["api", "processor"] {
        for needed in &always[package] {
            assert!(
                !needed.contains("lambda") || needed == "aws_lambda_events",
                "{package} always has {needed}"
            );
        }
    }
}

#[test]
fn the_domain_needs_nothing_that_does_io() {
    let needed = &dependencies()["shared"];
    let known = [
        "ammonia",
        "chrono",
        "garde",
        "serde",
        "serde_json",
        "sha2",
        "thiserror",
        "unicode-normalization",
        "utoipa",
        "uuid",
    ];
    for package in needed {
        assert!(
            known.contains(&package.as_str()),
            "shared needs {package}: is it pure? Then add it to this list"
        );
    }
}

#[test]
fn the_database_is_named_by_local_alone_and_an_aws_sdk_by_aws_alone() {
    for (package, needed) in dependencies() {
        assert_eq!(needed.contains("rusqlite"), package == "local", "{package}");
        let names_an_sdk = needed.iter().any(|name| name.starts_with("aws-"));
        assert_eq!(names_an_sdk, package == "aws", "{package}");
    }
}

#[test]
fn errors_are_opaque_only_in_the_program() {
    for (package, needed) in dependencies() {
        assert_eq!(needed.contains("anyhow"), package == "operator", "{package}");
    }
}
