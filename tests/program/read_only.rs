//! A folder without write permission: the pipeline does not start, and names the folder.

use std::{
    fs::{self, Permissions},
    os::unix::{fs::PermissionsExt, process::CommandExt},
    path::Path,
};

use harness::program;

use crate::taskline::{Printed, Taskline};

/// Permissions do not restrict root.
const NOBODY: u32 = 65_534;

fn allow(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

/// Runs a copy of the program, readable by everyone, as a user whom permissions restrict.
fn serve_as_nobody(taskline: &Taskline) -> Printed {
    let folder = tempfile::tempdir().unwrap();
    let copy = folder.path().join("taskline");
    // Another process makes the copy: child processes of other tests inherit files that this process has open for
    // writing, and such a file can't be executed.
    let copied = std::process::Command::new("cp").arg(program("taskline")).arg(&copy).status();
    assert!(copied.unwrap().success());
    allow(folder.path(), 0o755);
    let command = taskline.command(&["local", "--listen", "127.0.0.1:0"]);
    let mut bound = std::process::Command::new(copy);
    bound.args(command.get_args()).env_clear().current_dir("/");
    if rustix::process::geteuid().is_root() {
        bound.uid(NOBODY).gid(NOBODY);
    }
    bound.output().unwrap().into()
}

#[test]
fn a_read_only_folder_is_named_and_its_data_is_unchanged() {
    let taskline = Taskline::new();
    taskline.start().terminate();
    taskline.submit("a");
    let data = taskline.data();
    let database = data.join("taskline.db");
    let before = fs::read(&database).unwrap();
    for file in fs::read_dir(&data).unwrap() {
        allow(&file.unwrap().path(), 0o444);
    }
    allow(data.parent().unwrap(), 0o555);
    allow(&data, 0o555);

    let output = serve_as_nobody(&taskline);
    allow(data.parent().unwrap(), 0o755);
    allow(&data, 0o755);
    assert_eq!(output.code, 1, "{}", output.err);
    assert!(output.err.contains(data.to_str().unwrap()), "{}", output.err);
    assert!(output.err.to_lowercase().contains("permission denied"), "{}", output.err);
    assert!(output.err.contains("must be readable and writable for you"), "{}", output.err);
    assert!(fs::read(&database).unwrap() == before, "the database was changed");

    for file in fs::read_dir(&data).unwrap() {
        allow(&file.unwrap().path(), 0o644);
    }
    allow(&data, 0o777);
    allow(&data.join("taskline.lock"), 0o666);
    let output = serve_as_nobody(&taskline);
    allow(&data, 0o755);
    assert_eq!(output.code, 1, "{}", output.err);
    assert!(output.err.contains(data.to_str().unwrap()), "{}", output.err);
    assert!(output.err.contains("must be readable and writable for you"), "{}", output.err);
    assert!(output.err.contains("`--local DIR` uses another folder"), "{}", output.err);

    let running = taskline.start();
    taskline.until_idle();
    assert_eq!(running.terminate(), 0);
    assert_eq!(taskline.json(&["verify"])["completed"], 1);
}

#[test]
fn a_folder_that_cannot_be_made_is_named() {
    let taskline = Taskline::new();
    let parent = taskline.data().parent().unwrap().to_owned();
    allow(&parent, 0o555);
    let output = serve_as_nobody(&taskline);
    allow(&parent, 0o755);
    assert_eq!(output.code, 1, "{}", output.err);
    assert!(output.err.contains(taskline.data().to_str().unwrap()), "{}", output.err);
    assert!(!taskline.data().exists());
}
