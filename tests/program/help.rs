//! Every command prints its `--help`, which describes every argument in one sentence.

use clap::{Command, CommandFactory};
use operator::Arguments;

use crate::taskline::Taskline;

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
fn every_command_prints_its_help() {
    let taskline = Taskline::on(&[]);
    for (path, _) in commands() {
        for flag in ["-h", "--help"] {
            let words: Vec<&str> = path.iter().map(String::as_str).chain([flag]).collect();
            let printed = taskline.run(&words);
            assert_eq!(printed.code, 0, "{words:?}: {}", printed.err);
            assert!(printed.out.contains("Usage: taskline"), "{words:?}: {}", printed.out);
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
