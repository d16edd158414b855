//! What the pages state about the code is true.

use std::collections::BTreeSet;

use shared::setting::{Program, SETTINGS, Setting};

use crate::source::{product, read, rust_files, without_tests};

/// The cells of each row of the table under a heading.
pub fn table(text: &str, heading: &str) -> Vec<Vec<String>> {
    let section = text.split(heading).nth(1).unwrap_or_else(|| panic!("there is no {heading}"));
    let rows =
        section.lines().skip_while(|line| !line.starts_with('|')).take_while(|line| line.starts_with('|'));
    let cells = |row: &str| row.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect();
    rows.skip(2).map(cells).collect()
}

#[test]
fn every_step_of_the_journey_is_in_the_file_that_the_architecture_page_names() {
    let rows = table(&read("docs/architecture.md"), "## The journey of a task");
    assert!(rows.len() >= 8, "the table is gone");
    for row in rows {
        let (verbs, place) = (&row[1], row[2].trim_matches('`'));
        let text: String = match place.strip_suffix('/') {
            Some(folder) => rust_files(folder).into_iter().map(|(_, text)| text).collect(),
            None => read(place),
        };
        for verb in verbs.split(", ") {
            let name = verb.trim_matches('`');
            assert!(text.contains(&format!("fn {name}")), "there is no {name} in {place}");
        }
    }
}

#[test]
fn the_page_of_settings_lists_their_descriptions() {
    let reader = |program: &Program| match program {
        Program::Local => "local",
        Program::Api => "api",
        Program::Processor => "processor",
        Program::Watch => "watch",
    };
    let row = |setting: &Setting| {
        let readers: Vec<&str> = setting.read_by.iter().map(reader).collect();
        let needs = setting.needs.map_or_else(String::new, |(name, value)| format!("`{name}={value}`"));
        let name = format!("`{}`", setting.name);
        [&name, setting.default, &readers.join(", "), &needs, setting.meaning].map(str::to_owned).to_vec()
    };
    let described: Vec<Vec<String>> = SETTINGS.iter().map(row).collect();
    assert_eq!(table(&read("docs/settings.md"), "# Settings"), described);
}

#[test]
fn every_setting_that_is_read_is_described_and_every_described_one_is_read() {
    let described: BTreeSet<String> = SETTINGS.iter().map(|setting| setting.name.to_owned()).collect();
    // The names of proxies are those of every HTTP client: the page describes where they count. `PATH` and the variables of
    // a trace are those of every program. `TASKLINE_` is a prefix.
    let is_setting = |word: &&str| {
        word.len() > 1
            && !word.ends_with("_PROXY")
            && !["PATH", "TRACEPARENT", "TRACESTATE"].contains(word)
            && !word.ends_with('_')
            && !word.starts_with("CARGO_")
            && word.chars().all(|c| c.is_ascii_uppercase() || c == '_')
    };
    let mut read_by_code = BTreeSet::new();
    for (name, text) in product() {
        let code = without_tests(&text);
        let is_description = name.starts_with("shared/src/setting/");
        if !is_description && (code.contains("setting::") || code.contains("lookup(")) {
            // The name of an argument's value in the help is no setting.
            let code: String = code.lines().filter(|line| !line.contains("value_name")).collect();
            read_by_code.extend(code.split('"').skip(1).step_by(2).filter(is_setting).map(str::to_owned));
        }
    }
    assert_eq!(read_by_code, described);
}

/// `file::test`: in Rust the function, in TypeScript and JavaScript the title of the test.
#[test]
fn every_control_of_the_threat_model_names_an_existing_test_or_states_that_there_is_none() {
    let text = read("docs/threat-model.md");
    let rows: Vec<&str> =
        text.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| What")).collect();
    let mut named = 0;
    for row in &rows {
        let tests: Vec<_> = row.split('`').skip(1).step_by(2).filter_map(|it| it.split_once("::")).collect();
        assert!(!tests.is_empty() || row.contains("No test"), "nothing shows it: {row}");
        for (file, test) in tests {
            named += 1;
            let wanted = if file.ends_with(".rs") { format!("fn {test}(") } else { test.to_owned() };
            assert!(read(file).replace("\\'", "'").contains(&wanted), "there is no {file}::{test}");
        }
    }
    assert!(rows.len() > 30 && named > 40, "{} rows name {named} tests", rows.len());
}

/// The names in backticks in the first column of a table.
fn names_in(table: &[Vec<String>]) -> BTreeSet<String> {
    let cells = table.iter().flat_map(|row| row[0].split('`').skip(1).step_by(2));
    cells.map(str::to_owned).collect()
}

#[test]
fn the_log_queries_name_existing_fields() {
    let text = read("docs/observing.md");
    let (of_functions, of_access) = (
        names_in(&table(&text, "# Logs and metrics")),
        names_in(&table(&text, "API Gateway writes one line")),
    );
    let code = read("infrastructure/lib/task-api.ts");
    let format = code.split("const accessLog = {").nth(1).and_then(|rest| rest.split("};").next()).unwrap();
    let written = format
        .lines()
        .filter_map(|line| line.split_once(": '$context"))
        .map(|(name, _)| name.trim().to_owned());
    assert_eq!(of_access, written.collect());
    let queries: Vec<&str> = text.split("aws logs start-query --log-group-name ").skip(1).collect();
    assert_eq!(queries.len(), 4);
    for query in queries {
        let fields = if query.starts_with("/aws/vendedlogs/") { &of_access } else { &of_functions };
        let query = query.split('\'').nth(1).unwrap();
        let shown = query.strip_prefix("fields ").unwrap().split(" | ").next().unwrap().split(", ");
        let filtered = query.split("filter ").nth(1).unwrap().split(' ').take(1);
        for field in shown.chain(filtered) {
            assert!(fields.contains(field), "no field {field}: {query}");
        }
    }
}
