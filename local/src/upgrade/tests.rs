//! Files as earlier versions made them are upgraded, with their rows.

use std::path::{Path, PathBuf};

use super::*;
use crate::schema;

const FORMAT_1: &str = include_str!("format_1.sql");
const FORMAT_2: &str = include_str!("format_2.sql");
const ROWS: &str = "
INSERT INTO records (task_id, revision, status, needs_a_person_at, record) VALUES (x'01', 7, 'dead_lettered', '005', '{}');
INSERT INTO records (task_id, revision, status, record) VALUES (x'02', 3, 'completed', '{}');
UPDATE line SET paused = 1;
";

fn file_with(folder: &Path, statements: &[&str]) -> PathBuf {
    let path = folder.join("taskline.db");
    Connection::open(&path).unwrap().execute_batch(&statements.concat()).unwrap();
    path
}

/// Columns and indexes, in an order that doesn't depend on the order of a table's columns.
fn tables(path: &Path) -> Vec<String> {
    let columns_and_indexes = "
        SELECT m.name || '.' || c.name || ' ' || c.type || ' ' || c.\"notnull\"
            FROM sqlite_schema m, pragma_table_info(m.name) c WHERE m.type = 'table'
        UNION SELECT sql FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL ORDER BY 1";
    let connection = Connection::open(path).unwrap();
    let mut query = connection.prepare(columns_and_indexes).unwrap();
    query.query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap()
}

fn tables_of_a_new_file() -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("new.db");
    schema::create(&path).unwrap();
    tables(&path)
}

/// By task id: revision, place among those that need attention, departure; then whether the line is paused, and the format.
type Kept = (Vec<(u64, Option<String>, Option<u64>)>, bool, i32);

fn kept(path: &Path) -> Kept {
    let connection = Connection::open(path).unwrap();
    let mut query = connection
        .prepare("SELECT revision, needs_attention_at, departure FROM records ORDER BY task_id")
        .unwrap();
    let rows = query.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).unwrap();
    let paused = connection.query_row("SELECT paused FROM line", [], |row| row.get(0)).unwrap();
    (rows.collect::<Result<_, _>>().unwrap(), paused, format(&connection).unwrap())
}

fn is_upgraded_with_its_rows(statements: &[&str], departure: Option<u64>) {
    let folder = tempfile::tempdir().unwrap();
    let path = file_with(folder.path(), statements);
    assert_ne!(tables(&path), tables_of_a_new_file());
    {
        let connection = Connection::open(&path).unwrap();
        assert!(is_needed(&connection).unwrap());
        upgrade(&connection).unwrap();
        assert!(!is_needed(&connection).unwrap());
        upgrade(&connection).unwrap();
    }
    assert_eq!(tables(&path), tables_of_a_new_file());
    let rows = vec![(7, Some("005".to_owned()), departure), (3, None, departure.map(|number| number + 1))];
    assert_eq!(kept(&path), (rows, true, FORMAT));
}

#[test]
fn a_file_of_the_first_version_is_upgraded() {
    is_upgraded_with_its_rows(&[FORMAT_1, ROWS], None);
}

#[test]
fn a_later_file_of_format_1_that_has_the_later_tables_is_upgraded() {
    is_upgraded_with_its_rows(&[FORMAT_1, LATER_TABLES, ROWS], None);
}

#[test]
fn a_file_of_format_2_is_upgraded_and_keeps_its_departures() {
    let numbers = "UPDATE records SET began_after = id - 1, departure = id; UPDATE line SET departures = 2;";
    is_upgraded_with_its_rows(&[FORMAT_2, ROWS, numbers], Some(1));
}

#[test]
fn an_upgrade_that_fails_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = file_with(folder.path(), &[FORMAT_1, ROWS, "DROP INDEX records_needing_a_person;"]);
    let before = tables(&path);
    {
        let connection = Connection::open(&path).unwrap();
        upgrade(&connection).unwrap_err();
    }
    assert_eq!(tables(&path), before);
    assert_eq!(format(&Connection::open(&path).unwrap()).unwrap(), 1);
}
