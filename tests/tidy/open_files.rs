//! While the pipeline's database is open, only SQLite opens it: closing any descriptor of a file drops the locks that
//! the process has on it (sqlite.org/howtocorrupt.html, section 2.2).

use crate::source::{product, without_tests};

/// The files that may open files directly, and which. A new one must not open what the pipeline has open.
const MAY_OPEN: [(&str, &str); 8] = [
    ("local/src/header.rs", "the database, while this process has no connection to it"),
    ("local/src/lock.rs", "the lock file and the folder"),
    ("local/src/steady_clock.rs", "the kernel's time of the machine's start"),
    ("local/src/data_directory.rs", "the folder, after a new database was moved into it"),
    ("command/src/predecessors.rs", "the lock file of the handler's programs"),
    ("local/src/webhook_secret.rs", "the webhook's secret, which no database is, and the folder"),
    ("local/src/backup/partial.rs", "the copy, and its folder"),
    ("operator/src/commands/input.rs", "a user's file, which it compares with the pipeline's own"),
];
/// Before the data is opened, or without data.
const MAY_READ_EARLIER: [&str; 4] = [
    "local/src/jwt/keys.rs",
    "operator/src/terminal/stop.rs",
    "aws/src/deployment.rs",
    "command/src/executable.rs",
];
const OPENS: [&str; 8] = [
    "File::open",
    "File::create",
    "File::options",
    "OpenOptions",
    "fs::read(",
    "fs::read_to_string",
    "fs::write",
    "fs::copy",
];
/// The files that connect to SQLite.
const MAY_CONNECT: [&str; 4] = [
    "local/src/connection.rs",
    "local/src/schema.rs",
    "local/src/data_directory.rs",
    "local/src/backup/mod.rs",
];

#[test]
fn only_listed_files_open_files_of_the_machine() {
    let mut found = 0;
    for (name, text) in product() {
        let opens = OPENS.iter().any(|call| without_tests(&text).contains(call));
        let may = MAY_OPEN.iter().any(|(file, _)| *file == name) || MAY_READ_EARLIER.contains(&&*name);
        let is_on_aws = name.starts_with("aws/") || name.starts_with("lambda/");
        assert!(!opens || may || is_on_aws, "{name} opens a file: check that it can't be the pipeline's own");
        found += usize::from(opens && may);
    }
    assert_eq!(found, MAY_OPEN.len() + MAY_READ_EARLIER.len(), "a file of the list no longer opens any");
}

#[test]
fn every_connection_to_the_database_is_made_where_its_locks_are_known() {
    let connects = |name: &str, text: &str| {
        !name.ends_with("/tests.rs") && without_tests(text).contains("Connection::open")
    };
    let mut found: Vec<_> =
        product().into_iter().filter(|(name, text)| connects(name, text)).map(|(name, _)| name).collect();
    found.sort();
    let mut expected = MAY_CONNECT;
    expected.sort_unstable();
    assert_eq!(found, expected);
}
