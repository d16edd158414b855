//! The program's argument parser accepts every `taskline` command line in the pages, and every setting before one exists.

use clap::{CommandFactory, error::ErrorKind};
use harness::document::{Code, commands, documents};
use operator::Arguments;
use shared::setting::SETTINGS;

/// The title of the canary's task, which pages name. It is not a command.
const TITLE_OF_A_CANARY: &str = "taskline canary";
const TASK_ID: &str = "0198f0c4-7d3e-5f00-8a00-000000000001";

/// A command line of `taskline` in a page: the variables before it, and its words, with the program's name.
#[derive(Debug)]
struct Line {
    variables: Vec<String>,
    words: Vec<String>,
}

impl Line {
    /// None for a command of another program.
    fn of(words: &[String]) -> Option<Self> {
        let program = words.iter().position(|word| word == "taskline" || word.ends_with("/taskline"))?;
        let (before, words) = words.split_at(program);
        let is_assigned = before.first().is_none_or(|word| word.contains('='));
        let variables =
            before.iter().filter_map(|word| word.split_once('=')).map(|(name, _)| name.to_owned());
        let words = words.iter().filter(|word| !["…", "..."].contains(&&***word));
        is_assigned
            .then(|| Self { variables: variables.collect(), words: words.map(|word| filled(word)).collect() })
    }

    fn parse(&self) -> Result<(), clap::Error> {
        Arguments::command().try_get_matches_from(&self.words).map(drop)
    }

    /// Whether a sentence may name it like this: complete, or without the required arguments at its end.
    fn is_valid_in_a_sentence(&self) -> bool {
        let mut line = self.words.clone();
        if line.last().is_some_and(|word| word.starts_with("--")) && self.parse().is_err() {
            line.push("value".to_owned());
        }
        match (Self { variables: Vec::new(), words: line }).parse() {
            Ok(()) => true,
            Err(error) => matches!(
                error.kind(),
                ErrorKind::MissingRequiredArgument
                    | ErrorKind::MissingSubcommand
                    | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand
                    | ErrorKind::DisplayHelp
                    | ErrorKind::DisplayVersion
            ),
        }
    }
}

/// The word with its placeholders filled in: optional parts are included, ids and ports are real.
fn filled(word: &str) -> String {
    let word = word.trim_start_matches('[').trim_end_matches(']').trim_end_matches("...");
    match word {
        "ID" | "$ID" => TASK_ID.to_owned(),
        word => word.replace(":PORT", ":9000"),
    }
}

/// The fault of a command line of a page, if it has one.
fn fault(code: &Code, line: &Line) -> Option<String> {
    let unknown = line.variables.iter().find(|name| !is_known(name));
    match (unknown, code) {
        (Some(name), _) => Some(format!("there is no setting {name}")),
        (None, Code::Inline(_)) => (!line.is_valid_in_a_sentence()).then(|| "it does not parse".to_owned()),
        (None, Code::Line(_)) => line.parse().err().map(|error| error.to_string()),
    }
}

/// The settings of `taskline local`, and what the AWS tools and `taskline smoke` read.
fn is_known(name: &str) -> bool {
    let is_setting = SETTINGS.iter().any(|setting| setting.name == name);
    is_setting || name == "TASKLINE_TOKEN" || name.starts_with("AWS_") || name.ends_with("_PROXY")
}

#[test]
fn every_command_line_of_the_pages_parses() {
    let (mut found, mut faults) = (0, Vec::new());
    for page in documents() {
        for code in page.code() {
            if code.text() == TITLE_OF_A_CANARY {
                continue;
            }
            // `make run` runs this command, with the same settings before it.
            let text = code.text().replace("make run", "taskline local");
            for line in commands(&text).iter().filter_map(|words| Line::of(words)) {
                found += 1;
                let fault = fault(&code, &line);
                faults.extend(fault.map(|fault| format!("{}: {}: {fault}", page.path, code.text())));
            }
        }
    }
    assert!(faults.is_empty(), "correct these commands:\n{}", faults.join("\n"));
    assert!(found > 100, "only {found} command lines were found");
}
