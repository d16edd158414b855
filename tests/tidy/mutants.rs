//! The excluded mutants: each has a reason, and names code that exists.

use crate::source::{read, without_tests};

const LIST: &str = ".cargo/mutants.toml";

/// The entries of the list, each with the line before it.
fn explained(list: &str) -> Vec<(&str, &str)> {
    let lines: Vec<&str> = list.split("exclude_re = [").nth(1).unwrap().lines().map(str::trim).collect();
    let pairs = lines.windows(2).map(|pair| (pair[0], pair[1]));
    pairs.filter(|(_, entry)| entry.starts_with('\'')).collect()
}

#[test]
fn every_excluded_mutant_has_a_reason_and_an_existing_function() {
    let list = read(LIST);
    let explained = explained(&list);
    assert!(!explained.is_empty(), "{LIST} lists none");
    for (before, entry) in explained {
        assert!(before.starts_with('#'), "{entry} has no reason");
        let pattern = entry.trim_matches([',', '\'']);
        let (file, mutation) = pattern.split_once(":.*").expect("file:.*mutation");
        let code = read(file);
        let mut words = mutation.rsplit(|character: char| !character.is_alphanumeric() && character != '_');
        let function = words.find(|word| !word.is_empty()).unwrap();
        assert!(
            without_tests(&code).contains(&format!("fn {function}")),
            "{entry}: there is no {function} in {file}"
        );
    }
}
