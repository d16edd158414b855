//! Emulators of AWS, each a server process on a free port of this machine.
//!
//! There is one per run of the tests. It ends with them, even if they crash: its parent is a shell that waits for the
//! end of its input, and this process holds the other end of that input.

use std::{
    env,
    fs::{self, File},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use tokio::{net::TcpStream, sync::OnceCell, time::Instant};

use crate::Port;

const PATIENCE: Duration = Duration::from_secs(60);
const POLL_INTERVAL: Duration = Duration::from_millis(50);
/// Runs its arguments until its input ends. An interrupt from the keyboard reaches the tests too and ends their end of
/// the input.
const UNTIL_INPUT_ENDS: &str = r#""$@" & trap '' INT; cat >/dev/null; kill $!; wait $!"#;

/// A kind of emulator.
pub trait Emulator: 'static {
    const NAME: &'static str;

    /// How to start it on a port of 127.0.0.1: its program in the virtual environment, its arguments and its
    /// environment.
    fn program(port: u16) -> (&'static str, Vec<String>, Vec<(&'static str, String)>);

    /// The emulator of this run of the tests.
    fn running() -> &'static OnceCell<Running>;
}

/// An emulator that answers.
pub struct Running {
    endpoint: String,
    /// Holds the input whose end stops the server.
    shell: Child,
}

impl Running {
    /// Its address.
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// Stops it, and waits until it has saved its state.
    pub fn end(mut self) {
        drop(self.shell.stdin.take());
        self.shell.wait().unwrap();
    }
}

/// The address of this run's emulator; starts it if it does not run yet.
pub async fn endpoint<E: Emulator>() -> &'static str {
    &E::running().get_or_init(start::<E>).await.endpoint
}

/// Most of AWS: SQS, DynamoDB, Lambda, CloudFormation and more.
pub struct Ministack;

impl Emulator for Ministack {
    const NAME: &'static str = "ministack";

    fn program(port: u16) -> (&'static str, Vec<String>, Vec<(&'static str, String)>) {
        // By default it listens on all interfaces.
        let environment = vec![("GATEWAY_PORT", port.to_string()), ("BIND_HOST", "127.0.0.1".to_owned())];
        ("ministack", Vec::new(), environment)
    }

    fn running() -> &'static OnceCell<Running> {
        static RUNNING: OnceCell<Running> = OnceCell::const_new();
        &RUNNING
    }
}

async fn start<E: Emulator>() -> Running {
    start_on::<E>(&Port::free()).await
}

/// Starts a separate emulator, which a test can stop and start again.
pub async fn start_on<E: Emulator>(port: &Port) -> Running {
    let port = port.number();
    let (program, arguments, environment) = E::program(port);
    let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/emulators/bin").join(program);
    assert!(program.exists(), "there is no {}: `make emulators` installs it", program.display());
    let log_path = log_path(&format!("{}-{}", E::NAME, std::process::id()));
    let log = File::create(&log_path).unwrap();
    let shell = Command::new("sh")
        .args(["-c", UNTIL_INPUT_ENDS, "sh"])
        .arg(program)
        .args(arguments)
        .envs(environment)
        .stdin(Stdio::piped())
        .stdout(log.try_clone().unwrap())
        .stderr(log)
        .spawn()
        .unwrap();
    let deadline = Instant::now() + PATIENCE;
    while TcpStream::connect(("127.0.0.1", port)).await.is_err() {
        assert!(Instant::now() < deadline, "{} does not answer: see {}", E::NAME, log_path.display());
        tokio::time::sleep(POLL_INTERVAL).await;
    }
    Running { endpoint: format!("http://127.0.0.1:{port}"), shell }
}

/// In the target folder: a program is in its `PROFILE`, and a test in `PROFILE/deps`.
fn log_path(name: &str) -> PathBuf {
    let program = env::current_exe().unwrap();
    let profile = program.ancestors().skip(1).find(|folder| !folder.ends_with("deps")).unwrap();
    let folder = profile.parent().unwrap().join("tmp");
    fs::create_dir_all(&folder).unwrap();
    folder.join(format!("{name}.log"))
}
