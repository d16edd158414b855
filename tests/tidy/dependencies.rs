//! Dependencies between crates point one way.

use std::{
    collections::{BTreeMap, BTreeSet},
    process::Command,
};

use serde_json::Value;

use crate::source::root;

const PREFIX: &str = "taskline-";

/// The packages of the workspace, as Cargo describes them.
pub fn packages() -> Vec<Value> {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let arguments = ["metadata", "--format-version", "1", "--no-deps", "--offline"];
    let output = Command::new(cargo).args(arguments).current_dir(root()).output().unwrap();
    let mut metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let Value::Array(packages) = metadata["packages"].take() else { panic!("no packages") };
    packages
}

/// The name of a package or of a dependency; one of this workspace is named as its folder is.
pub fn name(value: &Value) -> String {
    let name = value["name"].as_str().unwrap();
    name.strip_prefix(PREFIX).unwrap_or(name).to_owned()
}

#[test]
fn every_package_of_the_workspace_is_named_taskline() {
    for package in packages() {
        let name = package["name"].as_str().unwrap();
        assert!(name.starts_with(PREFIX), "{name}: name it {PREFIX}{name}");
    }
}

/// The dependencies of a package, without those of its tests.
fn needs(package: &Value) -> impl Iterator<Item = &Value> {
    package["dependencies"].as_array().unwrap().iter().filter(|dependency| dependency["kind"] != "dev")
}

/// The direct dependencies of each package, by name.
fn dependencies() -> BTreeMap<String, BTreeSet<String>> {
    packages().iter().map(|package| (name(package), needs(package).map(name).collect())).collect()
}

#[test]
fn the_domain_depends_on_no_crate_and_all_crates_depend_on_the_domain() {
    let dependencies = dependencies();
    let workspace: BTreeSet<String> = dependencies.keys().cloned().collect();
    let within = |package: &str| {
        dependencies[package].intersection(&workspace).map(String::as_str).collect::<Vec<_>>()
    };
    assert_eq!(within("shared"), Vec::<&str>::new());
    assert_eq!(within("types"), ["shared"]);
    assert_eq!(within("system"), ["shared"]);
    assert_eq!(within("api"), ["lambda", "shared", "system", "types"]);
    assert_eq!(within("webhook"), ["shared"]);
    assert_eq!(within("processor"), ["lambda", "shared", "system", "types", "webhook"]);
    assert_eq!(within("command"), ["processor", "shared"]);
    assert_eq!(within("local"), ["api", "processor", "shared", "system"]);
    assert_eq!(within("aws"), ["shared"]);
    assert_eq!(within("lambda"), ["aws", "shared", "system"]);
    assert_eq!(within("watch"), ["api", "aws", "lambda", "shared", "system"]);
    assert_eq!(within("operations"), ["shared"]);
    assert_eq!(
        within("operator"),
        ["api", "aws", "command", "local", "operations", "processor", "shared", "types"]
    );
    assert_eq!(within("bench"), ["aws", "local", "processor", "shared", "system", "tests"]);
}

#[test]
fn no_shipped_crate_depends_on_tests_or_benchmarks() {
    for (package, needed) in dependencies() {
        assert!(!needed.contains("bench"), "{package} needs bench");
        let may_test = ["bench", "fuzz"].contains(&package.as_str());
        assert!(may_test || !needed.contains("tests"), "{package} needs tests");
    }
}

#[test]
fn no_other_build_includes_dependencies_of_lambda_functions() {
    for package in
        packages().iter().filter(|package| ["api", "processor", "watch"].contains(&&*name(package)))
    {
        for needed in needs(package).filter(|dependency| dependency["optional"] == false).map(name) {
            let is_of_a_function = needed.contains("lambda") && needed != "aws_lambda_events";
            assert!(!is_of_a_function, "{} always has {needed}", name(package));
        }
    }
}

#[test]
fn the_domain_depends_on_no_crate_that_does_io() {
    let needed = &dependencies()["shared"];
    let known = [
        "ammonia",
        "chrono",
        "garde",
        "icu_properties",
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
fn only_local_depends_on_the_database_and_only_aws_on_an_aws_sdk() {
    for (package, needed) in dependencies() {
        assert_eq!(needed.contains("rusqlite"), package == "local", "{package}");
        let names_an_sdk = needed.iter().any(|name| name.starts_with("aws-"));
        // The stall benchmark configures the clients of its emulator; a documented handler is a user's program.
        assert_eq!(names_an_sdk, ["aws", "bench", "payments"].contains(&&*package), "{package}");
    }
}

#[test]
fn only_the_program_includes_the_operator_feature_of_aws() {
    let is_for_functions_too = [
        "aws-config",
        "aws-sdk-dynamodb",
        "aws-sdk-sqs",
        "aws-smithy-http-client",
        "aws-smithy-runtime-api",
        "aws-smithy-types",
        "aws-types",
    ];
    for package in packages() {
        for needed in needs(&package) {
            let needed_name = name(needed);
            if needed_name.starts_with("aws-") && !is_for_functions_too.contains(&needed_name.as_str()) {
                assert_eq!(needed["optional"], true, "{needed_name}: put it behind a feature");
            }
            let asks_for_it = needed["features"].as_array().unwrap().iter().any(|it| it == "operator");
            let is_the_programs = (name(&package).as_str(), needed_name.as_str()) == ("operator", "aws");
            assert_eq!(asks_for_it, is_the_programs, "{} needs {needed_name}", name(&package));
        }
    }
}

#[test]
fn errors_are_opaque_only_in_programs() {
    for (package, needed) in dependencies() {
        let is_a_program = ["operator", "bench"].contains(&&*package);
        assert_eq!(needed.contains("anyhow"), is_a_program, "{package}");
    }
}
