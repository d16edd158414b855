//! The tables of docs/architecture.md: the crates, what each depends on, and the ports with their suites.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    dependencies::{name, packages},
    documents::table,
    source::{read, root, rust_files},
};

const DOCUMENT: &str = "docs/architecture.md";

/// The names in backticks of a table's cell.
fn names(cell: &str) -> BTreeSet<String> {
    cell.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

/// The crates of the workspace that a crate depends on: those it always needs, and all.
fn within_the_workspace() -> BTreeMap<String, [BTreeSet<String>; 2]> {
    let packages = packages();
    let workspace: BTreeSet<String> = packages.iter().map(name).collect();
    let mut within = BTreeMap::new();
    for package in &packages {
        let dependencies = package["dependencies"].as_array().unwrap().iter();
        let ours = dependencies.filter(|it| it["kind"] != "dev" && workspace.contains(&name(it)));
        let (optional, always): (Vec<_>, Vec<_>) = ours.partition(|it| it["optional"] == true);
        let always: BTreeSet<String> = always.into_iter().map(name).collect();
        let all = always.iter().cloned().chain(optional.into_iter().map(name)).collect();
        within.insert(name(package), [always, all]);
    }
    within
}

#[test]
fn the_table_of_components_lists_every_crate_with_its_dependencies() {
    let mut crates = within_the_workspace();
    for row in table(&read(DOCUMENT), "## Components") {
        let folder = names(&row[0]).pop_first().unwrap();
        assert!(root().join(&folder).is_dir(), "there is no folder {folder}");
        let Some([always, all]) = crates.remove(&folder) else { continue };
        let listed = names(&row[2]);
        if row[2] != "all of them" {
            let missing: Vec<_> = always.difference(&listed).collect();
            let surplus: Vec<_> = listed.difference(&all).collect();
            assert!(missing.is_empty(), "{folder} depends on {missing:?} too");
            assert!(surplus.is_empty(), "{folder} does not depend on {surplus:?}");
        }
    }
    // Their folders are within `tests`.
    crates.retain(|name, _| !root().join("tests").join(name).is_dir());
    assert!(crates.is_empty(), "the table does not list {:?}", crates.keys());
}

#[test]
fn the_table_of_ports_lists_every_port_with_its_suite() {
    let declared: BTreeSet<String> = rust_files("shared/src/ports")
        .iter()
        .flat_map(|(_, text)| text.lines().filter_map(|line| line.strip_prefix("pub trait ")))
        .map(|rest| rest.split(|c: char| !c.is_alphanumeric()).next().unwrap().to_owned())
        .collect();
    let rows = table(&read(DOCUMENT), "## Ports");
    let listed: BTreeSet<String> = rows.iter().flat_map(|row| names(&row[0])).collect();
    assert_eq!(listed, declared);
    let mut suites = 0;
    for row in rows.iter().filter(|row| !row[3].starts_with("none")) {
        let suite = read(&format!("tests/conformance/{}", row[3].trim_matches('`')));
        for port in names(&row[0]) {
            assert!(suite.contains(&port), "{} does not name {port}", row[3]);
            suites += 1;
        }
    }
    assert!(suites >= 3, "only {suites} ports have a suite");
}
