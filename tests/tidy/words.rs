//! Words that the documents and the code no longer use.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    fs,
    path::Path,
    process::Command,
};

use crate::source::root;

/// A word that was retired, in all its forms, and what to write instead. A form of several words is found in prose and in
/// identifiers alike: `needs a person` is in `needs_a_person` and in `NeedsAPerson`.
struct Retired {
    forms: &'static [&'static str],
    instead: &'static str,
}

const fn retired(forms: &'static [&'static str], instead: &'static str) -> Retired {
    Retired { forms, instead }
}

const RETIRED: &[Retired] = &[
    retired(&["letter", "letters"], "dead letter"),
    retired(&["desk", "desks"], "operations"),
    retired(&["deed", "deeds"], "action"),
    retired(&["standing", "standings"], "status, needs attention, existing"),
    retired(&["carriage", "carriages"], "message"),
    retired(&["nudge", "nudges", "nudged"], "make visible"),
    retired(&["sweep", "sweeps", "swept"], "purge"),
    retired(&["needs a person", "need a person", "needing a person"], "needs attention"),
    retired(&["front door"], "API, API client"),
    retired(&["rehearsal", "rehearsals"], "faulty handler"),
    retired(&["workbench", "workbenches"], "pipeline fixture"),
    retired(&["room"], "capacity, connection limit"),
    retired(&["look again", "looker", "a look", "look at it again"], "poll, snapshot"),
    retired(&["house", "houses"], "repository, workspace"),
    retired(&["planted"], "planted bug, or say what is changed"),
    retired(&["whoever", "whomever", "whosoever"], "if, anyone who"),
    retired(&["stands", "stood"], "is"),
    retired(&["told"], "reported, configured, instructed"),
    retired(&["says of", "tells of", "said of"], "reports, describes"),
    retired(&["the other one", "the other ones"], "say which"),
    retired(&["mend", "mends", "mended", "mending"], "fix, repair"),
    retired(&["borne", "bears", "bearing", "bear"], "sustain"),
    retired(&["for good"], "permanently"),
    retired(&["as a rule"], "usually"),
    retired(&["by itself", "by themselves"], "automatically, alone"),
    retired(&["of its own", "of their own", "of his own"], "separate, or leave it out"),
    retired(
        &["came to no end", "comes to no end", "comes to an end", "came to an end"],
        "finishes, did not finish",
    ),
    retired(&["come back", "comes back", "came back", "coming back"], "is redelivered, is retried"),
    retired(&["becomes of", "became of", "came of", "comes of"], "result, outcome"),
    retired(&["play", "plays", "played", "playing"], "simulate"),
    retired(&["all the same"], "anyway, regardless"),
    retired(&["in hand"], "in progress"),
    retired(&["rings", "rang"], "fires"),
    retired(&["misused"], "invalid arguments"),
];

/// Files that are not searched.
const EXEMPT: &[(&str, &str)] = &[
    ("CHANGELOG.md", "names what was renamed"),
    ("tests/tidy/words.rs", "lists the words"),
    ("local/src/upgrade/format_1.sql", "is a data file as earlier versions made it"),
    ("local/src/upgrade/format_2.sql", "is a data file as earlier versions made it"),
    ("local/src/upgrade/mod.rs", "renames what earlier versions called by such a word"),
    ("local/src/upgrade/tests.rs", "fills data files of earlier versions"),
    ("LICENSE-APACHE", "is not ours"),
    ("LICENSE-MIT", "is not ours"),
];

/// Endings of files that hold hashes or foreign text.
const EXEMPT_ENDINGS: &[&str] = &["Cargo.lock", "package-lock.json", "requirements.txt", ".svg"];

/// Files in which a word has its usual English meaning: the word, the file.
const USUAL: &[(&str, &str)] = &[
    ("letter", "infrastructure/lib/settings/table.ts"),
    ("letter", "operations/src/filter.rs"),
    ("letter", "shared/src/audit.rs"),
    ("letter", "shared/src/due_date.rs"),
    ("letter", "shared/src/setting/resemblance.rs"),
    ("letter", "shared/src/text.rs"),
    ("letter", "shared/src/visible.rs"),
    ("letter", "tests/conformance/task_queue/dedupe.rs"),
    ("letter", "tests/deployed/account.rs"),
    ("letter", "tests/fuzz/src/edit.rs"),
    ("room", "docs/capacity.md"),
];

/// The words before a form that give it its usual meaning: `dead letter`, `small letters`.
const USUAL_AFTER: &[(&str, &[&str])] = &[
    ("letter", &["dead", "deadletter", "small", "large", "capital", "case", "width", "upper", "lower"]),
    ("letters", &["dead", "small", "large", "capital", "case", "width", "upper", "lower"]),
];

/// The words after a form that give it its usual meaning: `planted bug`.
const USUAL_BEFORE: &[(&str, &[&str])] = &[("planted", &["bug", "bugs"])];

/// A word of a text in lower case, and its line.
struct Word {
    text: String,
    line: usize,
}

/// The words of prose and of identifiers: `NeedsAPerson` and `needs_a_person` are three words each.
fn words(text: &str) -> Vec<Word> {
    let mut words = Vec::new();
    for (line, text) in (1..).zip(text.lines()) {
        let mut word = String::new();
        let mut last_is_lower = false;
        for character in text.chars().chain([' ']) {
            let begins = !character.is_alphabetic() || (character.is_uppercase() && last_is_lower);
            if begins && !word.is_empty() {
                words.push(Word { text: std::mem::take(&mut word), line });
            }
            if character.is_alphabetic() {
                word.extend(character.to_lowercase());
            }
            // The one letter of `NeedsAPerson` is a word too.
            last_is_lower = character.is_lowercase() || word == "a";
        }
    }
    words
}

/// The retired words, by the first word of each form.
struct Forms(HashMap<&'static str, Vec<(&'static Retired, Vec<&'static str>)>>);

impl Forms {
    fn new() -> Self {
        let mut forms = HashMap::<_, Vec<_>>::new();
        for retired in RETIRED {
            for form in retired.forms {
                let form: Vec<&str> = form.split(' ').collect();
                forms.entry(form[0]).or_default().push((retired, form));
            }
        }
        Self(forms)
    }

    /// The retired words among these, each with its line.
    fn find(&self, words: &[Word]) -> Vec<(&'static str, usize)> {
        let mut found = Vec::new();
        for (at, word) in words.iter().enumerate() {
            for (retired, form) in self.0.get(word.text.as_str()).into_iter().flatten() {
                let follows = words[at..].iter().map(|word| word.text.as_str());
                if follows.take(form.len()).eq(form.iter().copied()) && !is_usual(form[0], words, at) {
                    found.push((retired.forms[0], word.line));
                }
            }
        }
        found
    }
}

fn is_usual(form: &str, words: &[Word], at: usize) -> bool {
    let is_listed = |list: &[(&str, &[&str])], neighbour: Option<&Word>| {
        let neighbours = list.iter().find(|(listed, _)| *listed == form).map(|(_, neighbours)| *neighbours);
        neighbour.is_some_and(|word| neighbours.unwrap_or_default().contains(&word.text.as_str()))
    };
    is_listed(USUAL_AFTER, at.checked_sub(1).map(|before| &words[before]))
        || is_listed(USUAL_BEFORE, words.get(at + 1))
}

/// The files of the tree: those that Git knows or would add, or without Git all that are there.
fn files_of_the_tree() -> BTreeSet<String> {
    let arguments = ["ls-files", "--cached", "--others", "--exclude-standard"];
    let listed = Command::new("git").args(arguments).current_dir(root()).output();
    match listed {
        Ok(listed) if listed.status.success() => {
            String::from_utf8(listed.stdout).unwrap().lines().map(str::to_owned).collect()
        }
        _ => {
            let mut found = BTreeSet::new();
            walk(&root(), &mut found);
            found
        }
    }
}

fn walk(folder: &Path, found: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        if path.is_file() {
            found.insert(path.strip_prefix(root()).unwrap().to_str().unwrap().to_owned());
        } else if !["target", "node_modules", "cdk.out", ".git"].contains(&name) {
            walk(&path, found);
        }
    }
}

/// The places of each retired word in the tree.
fn places() -> BTreeMap<&'static str, Vec<String>> {
    let is_exempt = |file: &str| {
        EXEMPT.iter().any(|(exempt, _)| *exempt == file)
            || EXEMPT_ENDINGS.iter().any(|end| file.ends_with(end))
    };
    let forms = Forms::new();
    let mut places = BTreeMap::<_, Vec<String>>::new();
    let mut searched = 0;
    for file in files_of_the_tree().iter().filter(|file| !is_exempt(file)) {
        // What is not text, or is deleted and not yet committed.
        let Ok(text) = fs::read_to_string(root().join(file)) else { continue };
        searched += 1;
        // The file's name is line 1.
        for (word, line) in forms.find(&words(&format!("{file}\n{text}"))) {
            if !USUAL.contains(&(word, file)) {
                places.entry(word).or_default().push(format!("{file}:{}", line - 1));
            }
        }
    }
    assert!(searched > 500, "only {searched} files were searched");
    places
}

#[test]
fn no_retired_word_is_in_the_tree() {
    let places = places();
    let found = RETIRED.iter().filter_map(|retired| Some((retired, places.get(retired.forms[0])?)));
    let found: Vec<String> = found
        .map(|(retired, places)| {
            format!("`{}`, write `{}`: {}", retired.forms[0], retired.instead, places.join(", "))
        })
        .collect();
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn a_retired_word_is_found_in_prose_and_in_identifiers() {
    let forms = Forms::new();
    let found = |text: &str| forms.find(&words(text)).into_iter().map(|(_, line)| line).collect::<Vec<_>>();
    for text in
        ["It needs\n// a person.", "needs_a_person", "NeedsAPerson", "nudgeAll", "a letter", "Told by"]
    {
        assert_eq!(found(text), [1], "{text}");
    }
    for text in ["a dead letter", "DeadLetter", "dead_letters", "needs attention", "planted_bugs", "retold"] {
        assert_eq!(found(text), Vec::<usize>::new(), "{text}");
    }
}

#[test]
fn every_exempt_file_is_in_the_tree() {
    let files = files_of_the_tree();
    for file in EXEMPT.iter().map(|(file, _)| file).chain(USUAL.iter().map(|(_, file)| file)) {
        assert!(files.contains(*file), "there is no {file}: take it out of the list");
    }
}
