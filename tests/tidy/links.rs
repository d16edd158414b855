//! Links between pages lead to files and headings that exist, and so does the name of a page in the code.

use std::{collections::BTreeMap, path::Path, process::Command};

use harness::document::{Document, documents};

use crate::source::root;

/// The path that `target` names, seen from `page`, with its `..` resolved.
fn resolve(page: &str, target: &str) -> String {
    let mut parts: Vec<&str> = page.split('/').collect();
    parts.pop();
    for part in target.split('/').filter(|part| !part.is_empty() && *part != ".") {
        match part {
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts.join("/")
}

/// What is wrong with a link of a page, if anything is.
fn fault(page: &Document, target: &str, pages: &BTreeMap<&str, &Document>) -> Option<String> {
    if target.starts_with("http://") || target.starts_with("https://") {
        return None;
    }
    let (file, anchor) = target.split_once('#').unwrap_or((target, ""));
    let file = if file.is_empty() { page.path.clone() } else { resolve(&page.path, file) };
    if !root().join(&file).exists() {
        return Some(format!("{} links to {target}: there is no {file}", page.path));
    }
    let linked = pages.get(file.as_str());
    let has_anchor = anchor.is_empty() || linked.is_some_and(|linked| linked.anchors().contains(anchor));
    (!has_anchor).then(|| format!("{} links to {target}: {file} has no such heading", page.path))
}

#[test]
fn every_link_between_pages_resolves_with_its_anchor() {
    let documents = documents();
    let pages = documents.iter().map(|page| (page.path.as_str(), page)).collect();
    let links = || documents.iter().flat_map(|page| page.links().into_iter().map(move |link| (page, link)));
    let faults: Vec<String> = links().filter_map(|(page, link)| fault(page, &link, &pages)).collect();
    assert!(faults.is_empty(), "correct these links:\n{}", faults.join("\n"));
    let relative = links().filter(|(_, link)| !link.starts_with("http")).count();
    assert!(documents.len() > 20 && relative > 80, "{} pages, {relative} links", documents.len());
}

#[test]
fn every_page_is_reached_from_the_readme() {
    let documents = documents();
    let page = |path: &str| documents.iter().find(|page| page.path == path);
    let mut reached = vec!["README.md".to_owned()];
    let mut next = 0;
    while let Some(path) = reached.get(next).cloned() {
        next += 1;
        for target in page(&path).map(Document::links).unwrap_or_default() {
            let file = resolve(&path, target.split('#').next().unwrap_or_default());
            if page(&file).is_some() && !reached.contains(&file) {
                reached.push(file);
            }
        }
    }
    for page in &documents {
        assert!(reached.contains(&page.path), "no page links to {}", page.path);
    }
}

/// Messages of the program, alarms and comments name pages.
#[test]
fn every_page_that_the_code_names_exists() {
    let tracked = Command::new("git").args(["ls-files"]).current_dir(root()).output().unwrap();
    let mut found = 0;
    for file in String::from_utf8(tracked.stdout).unwrap().lines() {
        let is_code = [".rs", ".ts", ".js", ".html", ".toml", ".yml", ".mk", "Makefile"];
        if !is_code.iter().any(|ending| file.ends_with(ending)) || !root().join(file).exists() {
            continue;
        }
        let text = std::fs::read_to_string(root().join(file)).unwrap();
        for (start, _) in text.match_indices("docs/") {
            let is_of_a_path = |c: char| c.is_ascii_alphanumeric() || "/-._".contains(c);
            let named = text[start..].split(|c| !is_of_a_path(c)).next().unwrap_or_default();
            let is_page = Path::new(named.trim_end_matches('.')).extension().is_some_and(|it| it == "md");
            if is_page && !text[..start].ends_with('/') {
                found += 1;
                let page = named.trim_end_matches('.');
                assert!(root().join(page).exists(), "{file} names {page}, which does not exist");
            }
        }
    }
    assert!(found > 15, "only {found} names of pages were found");
}
