//! The program, on a separate data directory or on a pipeline that a test names.

use std::{
    fs,
    io::{BufRead, BufReader, ErrorKind, Write},
    path::PathBuf,
    process::{Child, Command, ExitStatus, Output, Stdio},
    thread,
    time::{Duration, Instant},
};

use serde_json::Value;
use tempfile::TempDir;

use crate::program;

/// How long a condition may take before a test fails; a passing test never waits that long.
const PATIENCE: Duration = Duration::from_secs(600);
const POLL_INTERVAL: Duration = Duration::from_millis(5);
/// A poll that starts a process costs more than it waits: after a wait of a second, there are sixteen a second.
const POLLS_PER_WAIT: u32 = 16;

/// A data directory and the settings of its pipeline, or the arguments that name and reach a pipeline elsewhere.
pub struct Taskline {
    folder: TempDir,
    pipeline: Vec<String>,
    environment: Vec<(String, String)>,
    open_files: Option<&'static str>,
}

/// What a command printed, and its exit code.
pub struct Printed {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Printed {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error} in {:?}", self.out))
    }
}

impl From<Output> for Printed {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code().expect("an exit code"),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

impl Default for Taskline {
    fn default() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data").to_str().unwrap().to_owned();
        Self { folder, pipeline: vec!["--local".to_owned(), data], environment: Vec::new(), open_files: None }
    }
}

impl Taskline {
    pub fn new() -> Self {
        Self::default()
    }

    /// Works on the pipeline that `arguments` name.
    pub fn on(arguments: &[&str]) -> Self {
        Self { pipeline: arguments.iter().map(ToString::to_string).collect(), ..Self::new() }
    }

    pub fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.environment.push((name.to_owned(), value.into()));
        self
    }

    pub fn has(&self, name: &str) -> bool {
        self.environment.iter().any(|(set, _)| set == name)
    }

    /// Removes settings.
    pub fn without(mut self, names: &[&str]) -> Self {
        self.environment.retain(|(name, _)| !names.contains(&name.as_str()));
        self
    }

    /// The same settings, on a copy of the current data.
    pub fn copy(&self) -> Self {
        let copy = Self { environment: self.environment.clone(), ..Self::new() };
        fs::create_dir(copy.data()).unwrap();
        // The last process that closes the file moves the rest of the log into it: copy the log first.
        for file in ["taskline.db-wal", "taskline.db"] {
            match fs::copy(self.data().join(file), copy.data().join(file)) {
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                copied => drop(copied.unwrap()),
            }
        }
        copy
    }

    /// Runs it as after `ulimit` with these arguments, such as `-Sn 256`.
    pub fn with_open_files(mut self, limit: &'static str) -> Self {
        self.open_files = Some(limit);
        self
    }

    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// A file beside the data.
    pub fn file(&self, name: &str, content: &str) -> String {
        let path = self.folder.path().join(name);
        fs::write(&path, content).unwrap();
        path.to_str().unwrap().to_owned()
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = match self.open_files {
            None => Command::new(program("taskline")),
            Some(limit) => {
                let mut shell = Command::new("sh");
                shell.args(["-c", &format!(r#"ulimit {limit} && exec "$0" "$@""#)]).arg(program("taskline"));
                shell
            }
        };
        command.args(&self.pipeline).args(arguments);
        command.env_clear().env("USER", "ann").envs(self.environment.iter().cloned());
        command.current_dir(self.folder.path());
        command
    }

    pub fn run(&self, arguments: &[&str]) -> Printed {
        self.command(arguments).stdin(Stdio::null()).output().unwrap().into()
    }

    pub fn run_with_input(&self, arguments: &[&str], input: &str) -> Printed {
        let mut command = self.command(arguments);
        let mut child =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        // A program that refuses early need not read all input.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        child.wait_with_output().unwrap().into()
    }

    pub fn json(&self, arguments: &[&str]) -> Value {
        let printed = self.run(&[&["--json"], arguments].concat());
        assert_eq!(printed.code, 0, "{arguments:?}: {}", printed.err);
        printed.json()
    }

    /// Starts the pipeline on a free port and waits until it prints its address.
    pub fn start(&self) -> Running {
        self.start_with(&["local", "--listen", "127.0.0.1:0"])
    }

    /// Starts a program that serves until it is stopped, and waits until it prints its address.
    pub fn start_with(&self, arguments: &[&str]) -> Running {
        let started = self.try_start(&mut self.command(&[&["--json"], arguments].concat()));
        started.unwrap_or_else(|ended| panic!("it did not start: {ended}: {}", self.log()))
    }

    /// Starts a program that serves; its exit status if it ends before it prints its address.
    pub fn try_start(&self, command: &mut Command) -> Result<Running, ExitStatus> {
        let log = fs::File::options().create(true).append(true).open(self.folder.path().join("log")).unwrap();
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(log);
        let mut running =
            Running { child: command.spawn().unwrap(), url: String::new(), console: String::new() };
        let mut printed = String::new();
        for line in BufReader::new(running.child.stdout.take().unwrap()).lines() {
            printed.push_str(&line.unwrap());
            if let Ok(announced) = serde_json::from_str::<Value>(&printed) {
                let url = |name: &str| announced[name].as_str().unwrap_or_default().to_owned();
                (running.url, running.console) = (url("url"), url("console"));
                return Ok(running);
            }
        }
        Err(running.child.wait().unwrap())
    }

    pub fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }

    /// Waits until the JSON that `arguments` print is as `wanted`.
    pub fn until(&self, arguments: &[&str], wanted: impl Fn(&Value) -> bool) -> Value {
        let begun = Instant::now();
        loop {
            let printed = self.run(&[&["--json"], arguments].concat());
            // The pipeline may be unable to answer now and answer the next time.
            if printed.code == 0 {
                let seen = printed.json();
                if wanted(&seen) {
                    return seen;
                }
            }
            assert!(
                begun.elapsed() < PATIENCE,
                "still {} {} after {PATIENCE:?}; log: {}",
                printed.out,
                printed.err,
                self.log()
            );
            thread::park_timeout(POLL_INTERVAL.max(begun.elapsed() / POLLS_PER_WAIT));
        }
    }

    pub fn until_idle(&self) {
        self.until(&["line", "status"], |status| status["state"] == "idle");
    }

    pub fn submit(&self, title: &str) -> String {
        let printed = self.run_with_input(&["--json", "submit"], &task(title));
        assert_eq!(printed.code, 0, "{}", printed.err);
        printed.json()["task_id"].as_str().unwrap().to_owned()
    }

    pub fn status_of(&self, id: &str) -> Value {
        self.json(&["task", "show", id])
    }
}

/// A client that uses no proxy.
pub fn http() -> reqwest::Client {
    http_builder().build().unwrap()
}

pub fn http_builder() -> reqwest::ClientBuilder {
    // reqwest needs a TLS provider even for plain HTTP; another client may have installed it first.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().no_proxy()
}

/// A task as JSON, on one line.
pub fn task(title: &str) -> String {
    serde_json::json!({"title": title, "description": "d", "priority": "low"}).to_string()
}

/// A running pipeline; killed when a test ends.
pub struct Running {
    pub child: Child,
    pub url: String,
    pub console: String,
}

impl Running {
    /// SIGKILL.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Waits until it has ended.
    pub fn ended(mut self) -> ExitStatus {
        let begun = Instant::now();
        loop {
            if let Some(ended) = self.child.try_wait().unwrap() {
                return ended;
            }
            assert!(begun.elapsed() < PATIENCE, "it still runs after {PATIENCE:?}");
            thread::park_timeout(POLL_INTERVAL);
        }
    }

    /// SIGTERM, and waits for the end.
    pub fn terminate(mut self) -> i32 {
        let kill = format!("kill -TERM {}", self.child.id());
        assert!(Command::new("sh").args(["-c", &kill]).status().unwrap().success());
        self.child.wait().unwrap().code().expect("an exit code")
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
