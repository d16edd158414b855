//! A folder in which nothing may be written: the pipeline does not start, and says which folder it is.

use std::{
    fs::{self, Permissions},
    os::unix::{fs::PermissionsExt, process::CommandExt},
    path::Path,
};

use harness::program;

use crate::taskline::{Said, Taskline};

/// Permissions do not bind root.
const NOBODY: u32 = 65_534;

fn allow(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

/// Runs the program as somebody whom permissions bind, from where everybody may read it.
fn serve_as_nobody(taskline: &Taskline) -> Said {
    let folder = tempfile::tempdir().unwrap();
    let copy = folder.path().join("taskline");
    // By a process of its own: what this one has open for writing, children of other tests inherit, and it can't be run.
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
fn a_read_only_folder_is_named_and_its_data_stays_as_it_is() {
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

    let said = serve_as_nobody(&taskline);
    allow(data.parent().unwrap(), 0o755);
    allow(&data, 0o755);
    assert_eq!(said.code, 1, "{}", said.err);
    assert!(said.err.contains(data.to_str().unwrap()), "{}", said.err);
    assert!(said.err.to_lowercase().contains("permission denied"), "{}", said.err);
    assert!(said.err.contains("must be yours to read and to write"), "{}", said.err);
    assert!(fs::read(&database).unwrap() == before, "it was changed");

    for file in fs::read_dir(&data).unwrap() {
        allow(&file.unwrap().path(), 0o644);
    }
    allow(&data, 0o777);
    allow(&data.join("taskline.lock"), 0o666);
    let said = serve_as_nobody(&taskline);
    allow(&data, 0o755);
    assert_eq!(said.code, 1, "{}", said.err);
    assert!(said.err.contains(data.to_str().unwrap()), "{}", said.err);
    assert!(said.err.contains("must be yours to read and to write"), "{}", said.err);
    assert!(said.err.contains("`--local DIR` names another folder"), "{}", said.err);

    let running = taskline.start();
    taskline.until_idle();
    assert_eq!(running.terminate(), 0);
    assert_eq!(taskline.json(&["verify"])["completed"], 1);
}

#[test]
fn a_folder_that_cant_be_made_is_named() {
    let taskline = Taskline::new();
    let parent = taskline.data().parent().unwrap().to_owned();
    allow(&parent, 0o555);
    let said = serve_as_nobody(&taskline);
    allow(&parent, 0o755);
    assert_eq!(said.code, 1, "{}", said.err);
    assert!(said.err.contains(taskline.data().to_str().unwrap()), "{}", said.err);
    assert!(!taskline.data().exists());
}
