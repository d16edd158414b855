//! `--help` of every command is printed, describes every argument in one sentence, and uses no retired word.

use clap::{Command, CommandFactory};
use operator::Arguments;

use crate::taskline::Taskline;

/// Words that mean nothing in this program, and words that have one meaning here and another one in `--help`.
const RETIRED: [&str; 12] = [
    "desk", "deed", "deeds", "letter", "letters", "look", "looks", "looked", "stands", "told", "whoever",
    "carriage",
];

/// Every command with the words that name it, the program itself first.
fn all(command: &Command, path: &[String]) -> Vec<(Vec<String>, Command)> {
    let mut found = vec![(path.to_vec(), command.clone())];
    for subcommand in command.get_subcommands() {
        let path = [path, &[subcommand.get_name().to_owned()]].concat();
        found.extend(all(subcommand, &path));
    }
    found
}

fn commands() -> Vec<(Vec<String>, Command)> {
    let commands = all(&Arguments::command(), &[]);
    assert!(commands.len() > 20, "only {} commands were found", commands.len());
    commands
}

fn is_one_sentence(text: &str) -> bool {
    text.starts_with(|first: char| first.is_uppercase()) && !text.contains(". ") && !text.ends_with('.')
}

#[test]
fn every_command_prints_its_help_without_a_retired_word() {
    let taskline = Taskline::on(&[]);
    for (path, _) in commands() {
        for flag in ["-h", "--help"] {
            let words: Vec<&str> = path.iter().map(String::as_str).chain([flag]).collect();
            let printed = taskline.run(&words);
            assert_eq!(printed.code, 0, "{words:?}: {}", printed.err);
            assert!(printed.out.contains("Usage: taskline"), "{words:?}: {}", printed.out);
            let text = printed.out.to_lowercase().replace("dead letter", "").replace("dead-letter", "");
            let used = text.split(|c: char| !c.is_alphabetic()).find(|word| RETIRED.contains(word));
            assert_eq!(used, None, "{words:?}: {}", printed.out);
        }
    }
}

#[test]
fn every_command_and_every_argument_is_described_in_one_sentence() {
    for (path, command) in commands() {
        let about = command.get_about().map(ToString::to_string).unwrap_or_default();
        assert!(path.is_empty() || is_one_sentence(&about), "{path:?}: {about:?}");
        for argument in command.get_arguments() {
            let help = argument.get_help().map(ToString::to_string).unwrap_or_default();
            assert!(is_one_sentence(&help), "{path:?} {}: {help:?}", argument.get_id());
        }
    }
}
