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
    let output = taskline.run(&[]);
    assert_eq!(output.code, 0);
    let help = output.out;
    for command in ["local", "submit", "task", "line", "dead-letters", "held", "verify", "console"] {
        assert!(help.contains(command), "{help}");
    }
    assert_eq!(taskline.run(&["--help"]).code, 0);
}

/// The shell parses the line as if it was pasted; the arguments for curl are then sent as a request, so no curl is
/// needed.
#[tokio::test]
async fn the_printed_curl_command_works_when_pasted() {
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
    let arguments = Command::new("sh").args(["-c", &script]).output().unwrap().stdout;
    let arguments = String::from_utf8(arguments).unwrap();
    let arguments: Vec<&str> = arguments.lines().collect();
    let ["-i", url, "-H", header, "-d", body] = arguments[..] else { panic!("{arguments:?}") };
    let (name, value) = header.split_once(": ").unwrap();
    let answer = http().post(url).header(name, value).body(body.to_owned()).send().await.unwrap();
    assert_eq!(answer.status(), 202);
    let answer = answer.text().await.unwrap();
    assert!(answer.contains("\"sequence_number\":\"1\""), "{answer}");
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn a_second_pipeline_on_the_same_data_reports_it_and_ends() {
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
        let output = Taskline::new().run(arguments);
        assert_eq!(output.code, 1);
        assert!(output.err.contains(&format!("failed to listen on {address} ({flag})")), "{}", output.err);
        assert!(
            output.err.contains(&format!("Use another address with {flag} ADDRESS:PORT")),
            "{}",
            output.err
        );
        assert!(output.err.contains("docs/operating.md"), "{}", output.err);
    }
    let taskline = Taskline::new();
    taskline.start().terminate();
    let output = taskline.run(&["console", "--listen", &address]);
    assert_eq!((output.code, output.err.contains("with --listen ADDRESS:PORT")), (1, true), "{}", output.err);
}

#[test]
fn a_host_name_of_this_machine_is_accepted_as_an_address() {
    let taskline = Taskline::new();
    let running = taskline.start_with(&["local", "--listen", "localhost:0", "--console", "localhost:0"]);
    assert!(running.url.starts_with("http://127.0.0.1:"), "{}", running.url);
    assert!(running.console.starts_with("http://127.0.0.1:"), "{}", running.console);
    running.kill();
    for address in ["8081", ":8081", "localhost", "http://localhost:8081"] {
        let output = taskline.run(&["local", "--listen", address]);
        assert_eq!(output.code, 2, "{}", output.err);
        assert!(output.err.contains("write ADDRESS:PORT, such as 127.0.0.1:8081"), "{}", output.err);
    }
}

/// The shell runs the printed commands, whatever characters the folders' names contain.
#[test]
fn the_printed_commands_work_when_pasted() {
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
        let output = String::from_utf8_lossy(&ran.stderr);
        assert!(ran.status.success(), "{data:?}: {commands}: {output}");
        assert!(folder.path().join(data).join("taskline.db").exists(), "{data:?}");
    }
}

#[test]
fn errors_distinguish_a_path_that_is_no_folder_from_one_without_permission() {
    let taskline = Taskline::new();
    let file = taskline.file("a-file", "");
    let below = format!("{file}/data");
    for path in [&file, &below] {
        for arguments in [&["local", "--listen", "127.0.0.1:0", "--data", path][..], &["verify"]] {
            let named =
                Taskline::on(if arguments.len() == 1 { vec!["--local", path] } else { vec![] }.as_slice());
            let output = named.run(arguments);
            assert_eq!(output.code, 1, "{}", output.err);
            assert!(
                output.err.contains(&file) && output.err.contains("this is a file or a broken link"),
                "{}",
                output.err
            );
        }
    }
    fs::create_dir_all(taskline.data().join("taskline.db")).unwrap();
    for arguments in [&["local", "--listen", "127.0.0.1:0"][..], &["verify"]] {
        let output = taskline.run(arguments);
        assert_eq!(output.code, 1, "{}", output.err);
        assert!(output.err.contains("One of the data files is a folder"), "{}", output.err);
    }
    let keys = ["local", "--jwt-issuer", "https://i", "--jwt-audience", "a", "--jwt-keys"];
    for (path, why) in [("missing.json", "No such file"), ("/", "Is a directory")] {
        let output = Taskline::new().run(&[&keys[..], &[path]].concat());
        assert_eq!(output.code, 2);
        assert!(output.err.contains(&format!("--jwt-keys {path}: can't be read: {why}")), "{}", output.err);
        assert!(output.err.contains("docs/settings.md"), "{}", output.err);
    }
}

#[test]
fn an_unusable_rust_log_is_named_before_any_file_is_made() {
    for (name, value) in [("FAILURE_POLICY", "explode"), ("TASK_HANDLER", "webhook"), ("ATTEMPT_BUDGET", "0")]
    {
        let taskline = Taskline::new().with(name, value);
        let output = taskline.run(&["local", "--listen", "127.0.0.1:0"]);
        let named = if name == "TASK_HANDLER" { "WEBHOOK_URL" } else { name };
        assert_eq!(output.code, 2);
        assert!(output.err.contains(named), "{}", output.err);
        assert!(!taskline.data().exists());
    }
}

#[test]
fn missing_foreign_or_damaged_data_is_named_and_unchanged() {
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
        let output = taskline.run(&["local", "--listen", "127.0.0.1:0"]);
        assert_eq!(output.code, 1);
        assert!(output.err.contains(reason), "{}", output.err);
        assert_eq!(fs::read(&file).unwrap(), content);
        let asked = taskline.run(&["line", "status"]);
        assert_eq!(asked.code, 1);
        assert!(asked.err.contains("docs/operating.md"), "{}", asked.err);
    }
    fs::write(&file, whole).unwrap();
    assert_eq!(taskline.start().terminate(), 0);
}

/// This happens when the volume with the data is not mounted: a new database in place of the link would hide it.
#[test]
fn a_dangling_link_is_named_and_unchanged() {
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
        let output = taskline.run(arguments);
        assert_eq!(output.code, 1);
        assert!(output.err.contains("is a link to a file that does not exist"), "{}", output.err);
    }
    assert!(file.is_symlink());

    fs::rename(&unmounted, &volume).unwrap();
    let running = taskline.start();
    taskline.until_idle();
    assert_eq!(running.terminate(), 0);
    assert_eq!(taskline.json(&["verify"])["completed"], 1);
}

/// `cp -al` makes such names: each would have a log, and the logs would be mixed.
#[test]
fn a_database_with_a_second_hard_link_is_not_opened_under_either_name() {
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
fn no_second_pipeline_runs_on_the_same_database_through_a_link() {
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
    let output = taskline.run_with_input(&["submit"], &task("while it is stopped"));
    assert_eq!(output.code, 0, "{}", output.err);
    assert_eq!(taskline.json(&["line", "status"])["waiting"], 1);
    let running = taskline.start();
    taskline.until_idle();
    assert_eq!(taskline.json(&["verify"])["completed"], 1);
    assert_eq!(running.terminate(), 0);
}

#[test]
fn piped_output_has_no_colours_and_logs_contain_no_payload() {
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
