//! Settings that are unusable, have no effect or are misspelt: the program does not start, and names them.

use std::{
    ffi::OsStr,
    io::{BufRead, BufReader},
    os::unix::ffi::OsStrExt,
    process::{Command, Stdio},
};

use crate::taskline::{Printed, Taskline};

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

fn start(variables: &[(&str, &[u8])], arguments: &[&str]) -> (Taskline, Printed) {
    let taskline = Taskline::new();
    let mut command = taskline.command(&[&["local", "--listen", "127.0.0.1:0"], arguments].concat());
    command.envs(variables.iter().map(|(name, value)| (name, OsStr::from_bytes(value))));
    let output = command.stdin(Stdio::null()).output().unwrap().into();
    (taskline, output)
}

type Variable<'a> = (&'a str, &'a [u8]);

#[test]
fn an_unusable_setting_is_named_with_its_page_before_any_file_is_made() {
    let cases: [(&[Variable<'_>], &str); 12] = [
        (
            &[("WEBHOOK_URL", b"https://a.example/t0ken")],
            "WEBHOOK_URL does nothing without TASK_HANDLER=webhook",
        ),
        (
            &[("WEBHOOK_SECRET", b"t0ken"), ("TASK_HANDLER", b"record")],
            "WEBHOOK_SECRET does nothing without TASK_HANDLER=webhook",
        ),
        (&[("WEBHOOK_TIMEOUT_SECONDS", b"5")], "WEBHOOK_TIMEOUT_SECONDS does nothing without"),
        (&[("WEBHOOK_SECRET_ARN", b"t0ken")], "WEBHOOK_SECRET_ARN does nothing here"),
        (&[("WEBHOK_URL", b"https://a.example/t0ken")], "did you mean WEBHOOK_URL?"),
        (&[("TASKHANDLER", b"webhook")], "did you mean TASK_HANDLER?"),
        (&[("ATTEMPT_BUGDET", b"3")], "did you mean ATTEMPT_BUDGET?"),
        (&[("TASK_HANDLER", b"webhook\xff")], "TASK_HANDLER must be text in UTF-8"),
        (&[("ATTEMPT_BUDGET", b"")], "ATTEMPT_BUDGET is empty"),
        (
            &[("CORS_ORIGINS", b"t0ken.example")],
            "CORS_ORIGINS \"t0ken.example\": an origin begins with https://",
        ),
        (&[("RUST_LOG", b"loud")], "RUST_LOG contains \"loud\", which is not a level"),
        (&[("TASK_HANDLER", b"own")], "TASK_HANDLER must be record, webhook or lambda: own is"),
    ];
    for (variables, wanted) in cases {
        let (taskline, output) = start(variables, &[]);
        assert_eq!(output.code, 2, "{wanted}: {}", output.err);
        assert!(output.err.contains(wanted) && output.err.contains("docs/settings.md"), "{}", output.err);
        assert!(!taskline.data().exists());
        assert!(wanted.starts_with("CORS") || !output.err.contains("t0ken"), "{}", output.err);
    }
}

#[test]
fn settings_that_may_belong_to_another_program_are_reported_and_the_pipeline_starts() {
    let taskline = Taskline::new().with("LOG_LEVEL", "debug").with("AWS_REGION", "eu-central-1");
    let running = taskline.with("WEBHOOK_SERVICE_HOST", "10.0.0.1");
    let started = running.start();
    assert_eq!(started.terminate(), 0);
    let log = running.log();
    assert!(log.contains("LOG_LEVEL does nothing here") && log.contains("Set RUST_LOG instead"), "{log}");
    assert!(!log.contains("AWS_REGION") && !log.contains("WEBHOOK_SERVICE_HOST"), "{log}");
}

#[test]
fn contradictory_flags_are_refused() {
    for (arguments, wanted) in [
        (&["--data", "elsewhere"][..], "--local and --data both name the data directory"),
        (&["--data", "a", "--data", "b"], "cannot be used multiple times"),
        (&["--console", "0.0.0.0:0"], "this machine only"),
        (&["--jwt-keys", "keys.json"], "--jwt-issuer"),
        (&["--jwt-issuer=", "--jwt-audience", "a", "--jwt-keys", "k"], "--jwt-issuer"),
        (&["--jwt-read-scope", "read:tasks"], "--jwt-issuer"),
        (&["--jwt-write-scope", "write:tasks"], "--jwt-issuer"),
        (&["--jwt-read-role", "R", "--jwt-write-role", "W"], "--jwt-issuer"),
        (&["--jwt-write-role", "W"], "--jwt-read-role"),
        (&["--jwt-read-role", "R"], "--jwt-write-role"),
        (&["--jwt-read-role", "R", "--jwt-write-role", "W", "--jwt-read-scope", "r"], "cannot be used with"),
        (&["--jwt-read-role", "R", "--jwt-write-role", "W", "--jwt-write-scope", "w"], "cannot be used with"),
        (&["--jwt-read-scope", "a b"], "--jwt-read-scope <SCOPE>"),
        (&["--jwt-write-role", "[W]"], "--jwt-write-role <ROLE>"),
    ] {
        let (taskline, output) = start(&[], arguments);
        assert_eq!(output.code, 2, "{}", output.err);
        assert!(output.err.contains(wanted), "{}", output.err);
        assert!(!taskline.data().exists());
    }
    let output = Taskline::new().run(&["local", "--listen", "127.0.0.1:9", "--console", "127.0.0.1:9"]);
    assert_eq!((output.code, output.err.contains("--listen and --console name the same address")), (2, true));
}

#[test]
fn the_start_message_names_the_handler_and_only_the_origin_of_the_receiver() {
    let webhook = Taskline::new()
        .with("TASK_HANDLER", "webhook")
        .with("WEBHOOK_URL", "https://hooks.example:8443/t0ken?key=t0ken")
        .with("WEBHOOK_SECRET", SECRET)
        .with("FAILURE_POLICY", "hold");
    let wanted = ["posted to https://hooks.example:8443 (TASK_HANDLER=webhook)", "(FAILURE_POLICY=hold)"];
    for (taskline, wanted) in [
        (webhook, wanted),
        (Taskline::new(), ["not sent anywhere (TASK_HANDLER=record)", "(FAILURE_POLICY=dead-letter)"]),
    ] {
        let banner = banner(&mut taskline.command(&["local", "--listen", "127.0.0.1:0"]));
        assert!(wanted.iter().all(|it| banner.contains(it)), "{banner}");
        assert!(!banner.contains("t0ken"), "{banner}");
    }
}

/// Everything that a start prints before it waits.
pub fn banner(command: &mut Command) -> String {
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut printed = String::new();
    for line in BufReader::new(child.stdout.take().unwrap()).lines() {
        let line = line.unwrap();
        printed.push_str(&line);
        printed.push('\n');
        if line.ends_with("Stop with Ctrl-C.") {
            break;
        }
    }
    child.kill().unwrap();
    child.wait().unwrap();
    printed
}
