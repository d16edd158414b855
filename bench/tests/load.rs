//! A small run of the `load` command measures everything and writes it to the document.

#![allow(clippy::unwrap_used, clippy::panic, missing_docs, reason = "tests fail by panicking")]

use std::{
    fs,
    process::{Command, Output},
};

use serde_json::Value;

const MARKS: &str = "<!-- measured: written by `make load-docs` -->\n<!-- end -->\n";

fn load(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_load")).args(arguments).output().unwrap()
}

/// The table whose title begins like this.
fn table<'a>(report: &'a Value, title: &str) -> &'a Value {
    let tables = report["tables"].as_array().unwrap();
    tables.iter().find(|table| table["title"].as_str().unwrap().starts_with(title)).unwrap()
}

fn columns<'a>(report: &'a Value, title: &str) -> Vec<&'a str> {
    let columns = table(report, title)["columns"].as_array().unwrap().iter();
    columns.map(|column| column["name"].as_str().unwrap()).collect()
}

/// Names and numbers of its rows.
fn rows<'a>(report: &'a Value, title: &str) -> Vec<(&'a str, Vec<Option<f64>>)> {
    let table = table(report, title);
    let figures = |row: &Value| row["figures"].as_array().unwrap().iter().map(Value::as_f64).collect();
    let rows = table["rows"].as_array().unwrap().iter();
    rows.map(|row| (row["name"].as_str().unwrap(), figures(row))).collect()
}

#[test]
fn a_small_load_is_accepted_handled_in_order_and_documented() {
    let docs = tempfile::tempdir().unwrap();
    fs::write(docs.path().join("load.md"), format!("Before.\n{MARKS}After.\n")).unwrap();
    let arguments =
        ["--tasks", "60", "--rate", "40", "--clients", "4", "--completed", "0,50,300", "--json", "--docs"];
    let output = load(&[&arguments[..], &[docs.path().to_str().unwrap()]].concat());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();

    let disk = rows(&report, "Disk alone");
    assert_eq!(disk.len(), 2);
    let syncs_per_second = disk.iter().map(|(_, figures)| figures[0].unwrap()).fold(0.0, f64::max);
    let accepting = rows(&report, "Accepting by");
    let names: Vec<_> = accepting.iter().map(|(name, _)| *name).collect();
    assert_eq!(names, ["steady, 40/s, 0 to 1,000", "burst, 0 to 1,000"]);
    for (name, figures) in accepting {
        let [accepts, per_second, per_sync, _, p50, p99, p999, max] =
            figures.into_iter().collect::<Option<Vec<_>>>().unwrap().try_into().unwrap();
        assert_eq!(accepts, 30.0, "{name}");
        assert_eq!(per_sync, per_second / syncs_per_second, "{name}");
        assert!(per_second > 0.0 && 0.0 < p50 && p50 <= p99 && p99 <= p999 && p999 <= max, "{name}");
    }
    let slower = rows(&report, "Accepting a burst");
    assert_eq!(slower.iter().map(|(name, _)| *name).collect::<Vec<_>>(), ["0 ms", "1 ms", "5 ms", "10 ms"]);
    for (name, figures) in &slower {
        let accepts_a_sync = figures[2].unwrap();
        assert!((0.5..=4.0).contains(&accepts_a_sync), "{name}: no more than the four clients can share one");
    }
    let slowest = slower.last().unwrap().1[1].unwrap();
    assert!(slowest < 100.0, "{slowest} syncs a second of 10 ms and more");
    let beside = rows(&report, "Accepting steadily");
    assert_eq!(beside.len(), 5);
    let looked = beside.iter().filter(|(_, figures)| figures[4].is_some_and(|looks| looks > 0.0)).count();
    assert_eq!(looked, 3, "{beside:?}");
    let behind = rows(&report, "With completed");
    assert_eq!(behind.iter().map(|(name, _)| *name).collect::<Vec<_>>(), ["0", "50", "300"]);
    let whole = rows(&report, "Accepting and handling");
    assert_eq!(whole.len(), 1);
    // Processor time is counted in ticks of 10 ms, so a few tasks can take none.
    let least = |column: &str| if column == "CPU us per task" { 0.0 } else { f64::MIN_POSITIVE };
    for (title, rows) in [("With completed", &behind), ("Accepting and handling", &whole)] {
        let columns = columns(&report, title);
        for (name, figures) in rows {
            let is_measured = |(column, figure): (&&str, &Option<f64>)| *figure >= Some(least(column));
            assert!(columns.iter().zip(figures).all(is_measured), "{name}: {columns:?} {figures:?}");
        }
    }

    let written = fs::read_to_string(docs.path().join("load.md")).unwrap();
    assert!(written.starts_with("Before.\n") && written.ends_with("After.\n"), "{written}");
    assert!(written.contains("| burst, 0 to 1,000        |"), "{written}");
    let handled = whole[0].1[0].unwrap();
    let has_handled = written.replace(',', "").contains(&format!(" {handled:.0} |"));
    assert!(has_handled, "{handled} is not in {written}");
    let plot = fs::read_to_string(docs.path().join("load.svg")).unwrap();
    assert!(plot.starts_with("<svg") && plot.contains("milliseconds") && plot.contains("MiB"), "{plot}");
}

#[test]
fn a_document_without_marks_is_refused_before_measuring() {
    let docs = tempfile::tempdir().unwrap();
    fs::write(docs.path().join("load.md"), "No marks.").unwrap();
    let output = load(&["--docs", docs.path().to_str().unwrap()]);
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success() && said.contains("load.md lacks"), "{said}");
}

#[test]
fn a_phase_that_takes_too_long_is_reported_by_name() {
    let output = load(&["--tasks", "50", "--phase-seconds-max", "0"]);
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success() && said.contains("did not end within 0 s"), "{said}");
}
