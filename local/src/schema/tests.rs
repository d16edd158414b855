//! Every statement finds its rows by an index, so its cost doesn't grow with the tables.

use rusqlite::Connection;

use crate::{
    dedupe, delivery, departures, expiry, head, messages, pause, records, schema, steady_clock, throughput,
    visibility,
};

/// Tables with one row each, and an expression without a table.
const ONE_ROW: [&str; 4] = ["SCAN line", "SCAN pipeline_clock", "SCAN expiry_time", "SCAN CONSTANT ROW"];

#[test]
fn every_statement_uses_an_index() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("tables");
    schema::create(&file).unwrap();
    let connection = Connection::open(file).unwrap();
    let statements = [
        dedupe::STATEMENTS,
        delivery::STATEMENTS,
        departures::STATEMENTS,
        expiry::STATEMENTS,
        head::STATEMENTS,
        messages::STATEMENTS,
        pause::STATEMENTS,
        records::STATEMENTS,
        steady_clock::STATEMENTS,
        throughput::STATEMENTS,
        visibility::STATEMENTS,
    ];
    for statement in statements.concat() {
        let mut plan = connection.prepare(&format!("EXPLAIN QUERY PLAN {statement}")).unwrap();
        let steps: Vec<String> =
            plan.raw_query().mapped(|row| row.get("detail")).collect::<Result<_, _>>().unwrap();
        for step in &steps {
            let is_bounded = !step.starts_with("SCAN") || ONE_ROW.contains(&step.as_str());
            assert!(is_bounded && !step.contains("FOR ORDER BY"), "{statement}: {steps:?}");
        }
    }
}
