//! What the commands of `make`, `npm` and `cargo` in the pages name exists.

use std::collections::BTreeSet;

use harness::document::{Document, commands, documents};
use serde_json::Value;

use crate::{
    dependencies::packages,
    source::{read, root},
};

/// The files that hold the targets.
fn makefiles() -> String {
    let parts = std::fs::read_dir(root().join("make")).into_iter().flatten();
    let parts = parts.map(|part| std::fs::read_to_string(part.unwrap().path()).unwrap());
    std::iter::once(read("Makefile")).chain(parts).collect::<Vec<_>>().join("\n")
}

/// The commands in a page that begin with `program`, without it.
fn commands_of(page: &Document, program: &str) -> Vec<Vec<String>> {
    let code = page.code();
    let all = code.iter().flat_map(|code| commands(code.text()));
    all.filter(|words| words[0] == program).map(|words| words[1..].to_vec()).collect()
}

#[test]
fn every_make_target_and_variable_of_the_pages_exists() {
    let makefiles = makefiles();
    let targets: BTreeSet<&str> = makefiles
        .lines()
        .filter(|line| !line.starts_with(['\t', ' ', '#', '.']) && !line.contains(":="))
        .filter_map(|line| line.split_once(':'))
        .flat_map(|(targets, _)| targets.split_whitespace())
        .collect();
    let reads = |variable: &str| makefiles.contains(&format!("$({variable})"));
    let (mut found, mut faults) = (0, Vec::new());
    for page in documents() {
        let words = commands_of(&page, "make").into_iter().flatten().filter(|word| !word.starts_with('-'));
        for word in words {
            found += 1;
            match word.split_once('=') {
                Some((name, _)) if !reads(name) => {
                    faults.push(format!("{}: make reads no {name}", page.path))
                }
                None if !targets.contains(&*word) => faults.push(format!("{}: no `make {word}`", page.path)),
                Some(_) | None => {}
            }
        }
    }
    assert!(faults.is_empty(), "correct these commands:\n{}", faults.join("\n"));
    assert!(found > 40, "only {found} targets were found");
}

/// The scripts of the `package.json` that a page's commands of npm use: of the page's own folder, else of the stacks.
fn scripts(page: &str) -> (String, Value) {
    let own = page
        .rsplit_once('/')
        .map_or("package.json".to_owned(), |(folder, _)| format!("{folder}/package.json"));
    let file = if root().join(&own).exists() { own } else { "infrastructure/package.json".to_owned() };
    let package: Value = serde_json::from_str(&read(&file)).unwrap();
    (file, package["scripts"].clone())
}

#[test]
fn every_npm_script_of_the_pages_exists() {
    let (mut found, mut faults) = (0, Vec::new());
    for page in documents() {
        for code in page.code() {
            let mut place = page.path.clone();
            for words in commands(code.text()) {
                let script = match words.iter().map(String::as_str).collect::<Vec<_>>()[..] {
                    ["cd", folder] => {
                        place = format!("{folder}/");
                        continue;
                    }
                    ["npm", "run", script, ..] => script,
                    ["npm", "test", ..] => "test",
                    _ => continue,
                };
                found += 1;
                let (file, scripts) = scripts(&place);
                if !scripts[script].is_string() {
                    faults.push(format!("{}: {file} has no script {script}", page.path));
                }
            }
        }
    }
    assert!(faults.is_empty(), "correct these commands:\n{}", faults.join("\n"));
    assert!(found > 5, "only {found} scripts were found");
}

#[test]
fn every_package_of_cargo_in_the_pages_exists() {
    let packages = packages();
    let names: BTreeSet<&str> = packages.iter().filter_map(|package| package["name"].as_str()).collect();
    let mut found = 0;
    for page in documents() {
        for words in commands_of(&page, "cargo") {
            for pair in words.windows(2).filter(|pair| ["--package", "-p"].contains(&pair[0].as_str())) {
                found += 1;
                assert!(names.contains(&*pair[1]), "{}: there is no package {}", page.path, pair[1]);
            }
        }
    }
    assert!(found > 0, "no package was found");
}

/// Pages put the folder of the program that `make run` builds on the path.
#[test]
fn the_program_is_in_the_folder_that_the_pages_name() {
    let makefiles = makefiles();
    let (_, recipe) = makefiles.split_once("\nrun:").unwrap();
    let recipe = recipe.lines().nth(1).unwrap();
    let profile = match recipe.split_once("--profile ") {
        Some((_, rest)) => rest.split(' ').next().unwrap(),
        None if recipe.contains("--release") => "release",
        None => "debug",
    };
    let page = read("docs/getting-started.md");
    let named: Vec<&str> =
        page.split("$PWD/target/").skip(1).filter_map(|rest| rest.split(':').next()).collect();
    assert!(!named.is_empty());
    let others: Vec<_> = named.into_iter().filter(|folder| *folder != profile).collect();
    assert_eq!(others, [""; 0], "docs/getting-started.md names another folder than `make run` builds into");
}
