//! Starting and stopping.

use std::{
    ffi::OsStr,
    fs,
    io::{BufRead, BufReader},
    os::unix::{ffi::OsStrExt, fs::symlink},
    process::{Command, Stdio},
};

use crate::{
    settings::banner,
    taskline::{Taskline, http, task},
};

#[test]
fn without_a_command_the_help_is_shown() {
    let taskline = Taskline::new();
    let said = taskline.run(&[]);
    assert_eq!(said.code, 0);
    let help = said.out;
    for command in ["local", "submit", "task", "line", "dead-letters", "held", "verify", "console"] {
        assert!(help.contains(command), "{help}");
    }
    assert_eq!(taskline.run(&["--help"]).code, 0);
}

/// The shell reads the line as it would when pasted; what it would hand to curl is then sent, so no curl is needed.
#[tokio::test]
async fn the_curl_line_it_prints_works_when_pasted() {
    let taskline = Taskline::new();
    let mut child = taskline
        .command(&["local", "--listen", "127.0.0.1:0"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut printed = BufReader::new(child.stdout.take().unwrap()).lines();
    let curl = printed.by_ref().map(Result::unwrap).find(|line| line.trim().starts_with("curl ")).unwrap();
    let script = format!("curl() {{ for word in \"$@\"; do echo \"$word\"; done; }}; {curl}");
    let words = Command::new("sh").args(["-c", &script]).output().unwrap().stdout;
    let words = String::from_utf8(words).unwrap();
    let words: Vec<&str> = words.lines().collect();
    let ["-i", url, "-H", header, "-d", body] = words[..] else { panic!("{words:?}") };
    let (name, value) = header.split_once(": ").unwrap();
    let answer = http().post(url).header(name, value).body(body.to_owned()).send().await.unwrap();
    assert_eq!(answer.status(), 202);
    let answer = answer.text().await.unwrap();
    assert!(answer.contains("\"sequence_number\":\"1\""), "{answer}");
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn a_second_one_on_the_same_data_says_so_and_ends() {
    let taskline = Taskline::new();
    let running = taskline.start();
    let second = taskline.run(&["local", "--listen", "127.0.0.1:0"]);
    assert_eq!(second.code, 1);
    assert!(second.err.contains("another `taskline local` already runs on"), "{}", second.err);
    assert_eq!(running.terminate(), 0);
    assert_eq!(taskline.start().terminate(), 0);
}

#[test]
fn an_address_in_use_is_named() {
    let taken = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let address = taken.local_addr().unwrap().to_string();
    for (arguments, flag) in [
        (&["local", "--listen", &address][..], "--listen"),
        (&["local", "--listen", "127.0.0.1:0", "--console", &address], "--console"),
    ] {
        let said = Taskline::new().run(arguments);
        assert_eq!(said.code, 1);
        assert!(said.err.contains(&format!("failed to listen on {address} ({flag})")), "{}", said.err);
        assert!(said.err.contains(&format!("Name another address with {flag} ADDRESS:PORT")), "{}", said.err);
        assert!(said.err.contains("docs/operating.md"), "{}", said.err);
    }
    let taskline = Taskline::new();
    taskline.start().terminate();
    let said = taskline.run(&["console", "--listen", &address]);
    assert_eq!((said.code, said.err.contains("with --listen ADDRESS:PORT")), (1, true), "{}", said.err);
}

#[test]
fn a_name_of_this_machine_is_an_address() {
    let taskline = Taskline::new();
    let running = taskline.start_with(&["local", "--listen", "localhost:0", "--console", "localhost:0"]);
    assert!(running.url.starts_with("http://127.0.0.1:"), "{}", running.url);
    assert!(running.console.starts_with("http://127.0.0.1:"), "{}", running.console);
    running.kill();
    for address in ["8081", ":8081", "localhost", "http://localhost:8081"] {
        let said = taskline.run(&["local", "--listen", address]);
        assert_eq!(said.code, 2, "{}", said.err);
        assert!(said.err.contains("write ADDRESS:PORT, such as 127.0.0.1:8081"), "{}", said.err);
    }
}

/// The shell runs what is printed, as when it is pasted, whatever the folders of data and program are called.
#[test]
fn the_commands_it_prints_work_when_pasted() {
    let folder = tempfile::tempdir().unwrap();
    let program = folder.path().join("my $(exit 7) program's");
    std::os::unix::fs::symlink(harness::program("taskline"), &program).unwrap();
    for data in
        [&b"plain"[..], b"my data", b"it's $HOME", b"a\nb \"c\" `id`", b"\x1b[31m\t", b"-rf", b"~", b"\xff"]
    {
        let data = OsStr::from_bytes(data);
        let mut started = Command::new(&program);
        started
            .args(["local", "--listen", "127.0.0.1:0"])
            .arg([OsStr::new("--data="), data].join(OsStr::new("")));
        started.env_clear().current_dir(folder.path());
        let banner = banner(&mut started);
        let (_, commands) = banner.split_once("prove its order:\n").unwrap();
        let (commands, _) = commands.rsplit_once("The API's description").unwrap();
        let ran =
            Command::new("sh").args(["-e", "-c", commands]).current_dir(folder.path()).output().unwrap();
        let said = String::from_utf8_lossy(&ran.stderr);
        assert!(ran.status.success(), "{data:?}: {commands}: {said}");
        assert!(folder.path().join(data).join("taskline.db").exists(), "{data:?}");
    }
}

#[test]
fn a_path_that_is_no_folder_is_told_apart_from_one_that_may_not_be_used() {
    let taskline = Taskline::new();
    let file = taskline.file("a-file", "");
    let below = format!("{file}/data");
    for path in [&file, &below] {
        for arguments in [&["local", "--listen", "127.0.0.1:0", "--data", path][..], &["verify"]] {
            let named =
                Taskline::on(if arguments.len() == 1 { vec!["--local", path] } else { vec![] }.as_slice());
            let said = named.run(arguments);
            assert_eq!(said.code, 1, "{}", said.err);
            assert!(
                said.err.contains(&file) && said.err.contains("this is a file, or a link"),
                "{}",
                said.err
            );
        }
    }
    fs::create_dir_all(taskline.data().join("taskline.db")).unwrap();
    for arguments in [&["local", "--listen", "127.0.0.1:0"][..], &["verify"]] {
        let said = taskline.run(arguments);
        assert_eq!(said.code, 1, "{}", said.err);
        assert!(said.err.contains("A folder is where one of the data's files should be"), "{}", said.err);
    }
    let keys = ["local", "--jwt-issuer", "https://i", "--jwt-audience", "a", "--jwt-keys"];
    for (path, why) in [("missing.json", "No such file"), ("/", "Is a directory")] {
        let said = Taskline::new().run(&[&keys[..], &[path]].concat());
        assert_eq!(said.code, 2);
        assert!(said.err.contains(&format!("--jwt-keys {path}: can't be read: {why}")), "{}", said.err);
        assert!(said.err.contains("docs/settings.md"), "{}", said.err);
    }
}

#[test]
fn a_setting_that_cant_be_used_is_named_before_anything_is_made() {
    for (name, value) in [("FAILURE_POLICY", "explode"), ("TASK_HANDLER", "webhook"), ("ATTEMPT_BUDGET", "0")]
    {
        let taskline = Taskline::new().with(name, value);
        let said = taskline.run(&["local", "--listen", "127.0.0.1:0"]);
        let named = if name == "TASK_HANDLER" { "WEBHOOK_URL" } else { name };
        assert_eq!(said.code, 2);
        assert!(said.err.contains(named), "{}", said.err);
        assert!(!taskline.data().exists());
    }
}

#[test]
fn data_that_is_missing_foreign_or_damaged_is_named_and_left_alone() {
    let taskline = Taskline::new();
    let missing = taskline.run(&["verify"]);
    assert_eq!(missing.code, 1);
    assert!(missing.err.contains("holds no Taskline data"), "{}", missing.err);
    assert!(missing.err.contains("local --data"), "{}", missing.err);
    assert!(!taskline.data().exists());

    taskline.start().terminate();
    let file = taskline.data().join("taskline.db");
    let whole = fs::read(&file).unwrap();
    let mut damaged = whole.clone();
    damaged[200..].fill(0x5a);
    for (content, reason) in [(damaged, "is damaged"), (b"dear diary".to_vec(), "is not a Taskline database")]
    {
        fs::write(&file, &content).unwrap();
        let said = taskline.run(&["local", "--listen", "127.0.0.1:0"]);
        assert_eq!(said.code, 1);
        assert!(said.err.contains(reason), "{}", said.err);
        assert_eq!(fs::read(&file).unwrap(), content);
        let asked = taskline.run(&["line", "status"]);
        assert_eq!(asked.code, 1);
        assert!(asked.err.contains("docs/operating.md"), "{}", asked.err);
    }
    fs::write(&file, whole).unwrap();
    assert_eq!(taskline.start().terminate(), 0);
}

/// As when the volume that holds the data is not mounted: a new database in the place of the link would hide it.
#[test]
fn a_link_that_leads_nowhere_is_named_and_left_as_it_is() {
    let taskline = Taskline::new();
    taskline.start().terminate();
    taskline.submit("a");
    let (file, volume) = (taskline.data().join("taskline.db"), taskline.data().with_file_name("volume"));
    fs::create_dir(&volume).unwrap();
    fs::rename(&file, volume.join("taskline.db")).unwrap();
    symlink(volume.join("taskline.db"), &file).unwrap();
    let unmounted = volume.with_file_name("unmounted");
    fs::rename(&volume, &unmounted).unwrap();
    for arguments in [&["local", "--listen", "127.0.0.1:0"][..], &["verify"]] {
        let said = taskline.run(arguments);
        assert_eq!(said.code, 1);
        assert!(said.err.contains("is a link that leads nowhere"), "{}", said.err);
    }
    assert!(file.is_symlink());

    fs::rename(&unmounted, &volume).unwrap();
    let running = taskline.start();
    taskline.until_idle();
    assert_eq!(running.terminate(), 0);
    assert_eq!(taskline.json(&["verify"])["completed"], 1);
}

/// As in a snapshot by `cp -al`: each name would have a log of its own, and the one would be mixed into the other.
#[test]
fn a_database_with_a_second_name_is_opened_under_neither() {
    let taskline = Taskline::new();
    taskline.start().terminate();
    taskline.submit("a");
    let snapshot = taskline.data().with_file_name("snapshot");
    fs::create_dir(&snapshot).unwrap();
    fs::hard_link(taskline.data().join("taskline.db"), snapshot.join("taskline.db")).unwrap();
    let other = Taskline::on(&["--local", snapshot.to_str().unwrap()]);
    for refused in [
        taskline.run(&["local", "--listen", "127.0.0.1:0"]),
        taskline.run(&["verify"]),
        other.run(&["verify"]),
    ] {
        assert_eq!(refused.code, 1);
        assert!(refused.err.contains("has a second name (a hard link)"), "{}", refused.err);
    }
    fs::remove_dir_all(&snapshot).unwrap();
    assert_eq!(taskline.json(&["verify"])["waiting"], 1);
}

#[test]
fn no_second_one_runs_on_the_same_database_under_a_link() {
    let (first, second) = (Taskline::new(), Taskline::new());
    first.start().terminate();
    fs::create_dir(second.data()).unwrap();
    symlink(first.data().join("taskline.db"), second.data().join("taskline.db")).unwrap();
    for (runs, waits) in [(&first, &second), (&second, &first)] {
        let running = runs.start();
        let refused = waits.run(&["local", "--listen", "127.0.0.1:0"]);
        assert_eq!(refused.code, 1);
        assert!(refused.err.contains("another `taskline local` already runs on"), "{}", refused.err);
        assert_eq!(waits.json(&["line", "status"])["state"], "idle");
        assert_eq!(running.terminate(), 0);
        assert_eq!(waits.json(&["line", "status"])["state"], "stopped");
    }
}

#[test]
fn tasks_survive_a_stop_and_are_handled_after_the_next_start() {
    let taskline = Taskline::new();
    taskline.start().terminate();
    let said = taskline.run_with_input(&["submit"], &task("while it is stopped"));
    assert_eq!(said.code, 0, "{}", said.err);
    assert_eq!(taskline.json(&["line", "status"])["waiting"], 1);
    let running = taskline.start();
    taskline.until_idle();
    assert_eq!(taskline.json(&["verify"])["completed"], 1);
    assert_eq!(running.terminate(), 0);
}

#[test]
fn nothing_is_coloured_when_it_is_piped_and_no_payload_is_logged() {
    let taskline = Taskline::new();
    let running = taskline.start();
    taskline.submit("a-very-private-title");
    taskline.until_idle();
    running.terminate();
    let status = taskline.run(&["line", "status"]);
    for text in [taskline.log(), status.out, status.err] {
        assert!(!text.contains('\u{1b}'), "{text}");
        assert!(!text.contains("a-very-private-title"), "{text}");
    }
}
