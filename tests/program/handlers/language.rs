//! The handlers of the pages in `docs/handlers`: their files, built and started as the page says.

use std::{
    fs,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
};

use harness::{
    FunctionCode,
    document::{Code, Document, commands, root},
    program, zip,
};
use tempfile::TempDir;

use crate::taskline::Taskline;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    Python,
    TypeScript,
    Go,
    Rust,
}

/// How Taskline calls a handler.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    Command,
    Server,
    Webhook,
    /// On an emulator.
    Function,
}

impl Way {
    pub fn name(self) -> &'static str {
        match self {
            Self::Command => "command",
            Self::Server => "server",
            Self::Webhook => "webhook",
            Self::Function => "function",
        }
    }

    /// The option of `taskline local`.
    pub fn option(self) -> &'static str {
        match self {
            Self::Command => "--handler",
            Self::Server => "--handler-server",
            Self::Webhook => "--webhook",
            Self::Function => "--handler-function",
        }
    }
}

/// The files of a page, built.
pub struct Handlers {
    language: Language,
    page: Document,
    folder: TempDir,
}

impl Handlers {
    /// As the page writes them; none without the language's compiler.
    pub fn documented(language: Language) -> Option<Self> {
        Self::build(language, false)
    }

    /// With another function `pay`, which asks a [`Bank`](super::bank::Bank).
    pub fn with_bank(language: Language) -> Option<Self> {
        Self::build(language, true)
    }

    fn build(language: Language, with_bank: bool) -> Option<Self> {
        if language == Language::Go && Command::new("go").arg("version").output().is_err() {
            println!(
                "skipped: the handlers in Go, because there is no `go` on PATH (apt-get install golang-go)"
            );
            return None;
        }
        let handlers = Self { language, page: language.page(), folder: tempfile::tempdir().unwrap() };
        for (name, code) in handlers.page.files() {
            let replaced = language.pay().filter(|_| with_bank);
            match replaced.and_then(|(begins, pay)| Some((code.split_once(begins)?.0, pay))) {
                None => handlers.save(&name, &code),
                // It has imports.
                Some((before, pay)) if language == Language::Go => {
                    handlers.save(&name, before);
                    handlers.save("pay.go", pay);
                }
                Some((before, pay)) => handlers.save(&name, &(before.to_owned() + pay)),
            }
        }
        handlers.compile(with_bank);
        Some(handlers)
    }

    fn compile(&self, with_bank: bool) {
        match self.language {
            Language::Python => {}
            Language::TypeScript => self.link_packages(),
            Language::Go => {
                self.run("go", &["mod", "init", "example.com/payments"]);
                self.run("go", &["build", "-o", ".", "./cmd/..."]);
            }
            Language::Rust => {
                let prefix = if with_bank { "at-bank-" } else { "" };
                fs::create_dir_all(self.path("target/debug")).unwrap();
                for name in ["handle", "serve", "receive"] {
                    let built = program(&format!("{prefix}{name}"));
                    symlink(built, self.path("target/debug").join(name)).unwrap();
                }
            }
        }
    }

    /// What the page asks its reader to install.
    fn link_packages(&self) {
        fs::create_dir(self.path("node_modules")).unwrap();
        for packages in ["infrastructure", "tests/handlers"] {
            let packages = root().join(packages).join("node_modules");
            for entry in fs::read_dir(&packages)
                .unwrap_or_else(|error| panic!("{}: {error}: run `make setup`", packages.display()))
            {
                let entry = entry.unwrap();
                // Both have a file with the list of what is installed.
                if !entry.file_name().to_string_lossy().starts_with(".package") {
                    let _ = symlink(entry.path(), self.path("node_modules").join(entry.file_name()));
                }
            }
        }
    }

    /// The function of the page, packed for Lambda.
    pub fn function(&self) -> FunctionCode {
        let (runtime, handler, file) = match self.language {
            Language::Python => ("python3.12", "function.handler", "function.py"),
            Language::TypeScript => {
                // The emulator's runtime does not contain the SDK, so it is packed too.
                let arguments = ["function.mts", "--bundle", "--platform=node", "--outfile=function.js"];
                self.run("node_modules/.bin/esbuild", &arguments);
                ("nodejs22.x", "function.handler", "function.js")
            }
            Language::Go => {
                fs::rename(self.path("function"), self.path("bootstrap")).unwrap();
                ("provided.al2023", "bootstrap", "bootstrap")
            }
            Language::Rust => {
                self.run("strip", &["-o", "bootstrap", program("function").to_str().unwrap()]);
                ("provided.al2023", "bootstrap", "bootstrap")
            }
        };
        FunctionCode { runtime, handler, zip: zip(self.folder.path(), file) }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn save(&self, name: &str, code: &str) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, code).unwrap();
    }

    pub fn run(&self, program: &str, arguments: &[&str]) {
        let output = Command::new(program).args(arguments).current_dir(self.folder.path()).output().unwrap();
        let printed = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{program} {arguments:?}: {printed}");
    }

    /// The words that start a handler, from the page: what `taskline local` gets, or for a webhook what starts the receiver.
    fn words(&self, way: Way) -> Vec<String> {
        let lines = self.page.code().into_iter().filter_map(|code| match code {
            Code::Line(line) => commands(&line).pop(),
            Code::Inline(_) => None,
        });
        let mut found = lines.filter_map(|words| match way {
            Way::Webhook => (words[0] == "WEBHOOK_SECRET=$(cat").then(|| words[2..].to_vec()),
            _ => {
                let at = words.iter().position(|word| word == way.option())?;
                Some(commands(&words[at + 1]).concat())
            }
        });
        let words = found.next().unwrap_or_else(|| panic!("{} does not start {way:?}", self.page.path));
        // What the page says for versions of Node that do not run TypeScript.
        if words[0] == "node" && !runs_typescript() {
            return [&["node", "--import", "tsx"].map(str::to_owned), &words[1..]].concat();
        }
        words
    }

    /// The command line of a handler that `taskline local` starts.
    pub fn command_line(&self, way: Way) -> String {
        self.words(way).join(" ")
    }

    /// The command that starts a handler in the folder of its files.
    pub fn program(&self, way: Way) -> Command {
        self.command(way, self.folder.path())
    }

    fn command(&self, way: Way, folder: &Path) -> Command {
        let words = self.words(way);
        // A relative path is relative to the folder in which the program starts.
        let program = if words[0].contains('/') { folder.join(&words[0]) } else { (&words[0]).into() };
        let mut command = Command::new(program);
        command.args(&words[1..]).current_dir(folder).env("PATH", path());
        command
    }

    /// The command that starts the receiver beside the data of a pipeline.
    pub fn receiver(&self, taskline: &Taskline, port: u16, secret: &str) -> Command {
        let mut command = self.command(Way::Webhook, &folder(taskline));
        command.env("PORT", port.to_string()).env("WEBHOOK_SECRET", secret);
        command
    }

    /// A pipeline in a folder with these handlers.
    pub fn taskline(&self) -> Taskline {
        let taskline = Taskline::new().with("PATH", path());
        for entry in fs::read_dir(self.folder.path()).unwrap() {
            let entry = entry.unwrap();
            symlink(entry.path(), folder(&taskline).join(entry.file_name())).unwrap();
        }
        taskline
    }
}

/// Where a pipeline and its handlers run.
fn folder(taskline: &Taskline) -> PathBuf {
    taskline.data().parent().unwrap().to_owned()
}

/// `python3` may be a script that chooses an interpreter, which takes longer than a handler.
fn path() -> String {
    static PATH: OnceLock<String> = OnceLock::new();
    let find = || {
        let output =
            Command::new("python3").args(["-c", "import sys; print(sys.executable)"]).output().unwrap();
        let python = String::from_utf8(output.stdout).unwrap();
        let folder = Path::new(python.trim()).parent().unwrap();
        format!("{}:{}", folder.display(), env!("PATH"))
    };
    PATH.get_or_init(find).clone()
}

fn runs_typescript() -> bool {
    let output = Command::new("node").args(["-p", "Boolean(process.features.typescript)"]).output().unwrap();
    output.stdout == b"true\n"
}

impl Language {
    pub fn page(self) -> Document {
        let name = match self {
            Self::Python => "python",
            Self::TypeScript => "typescript",
            Self::Go => "go",
            Self::Rust => "rust",
        };
        Document::read(&format!("docs/handlers/{name}.md"))
    }

    /// How the function `pay` begins, which is the last in its file, and one that asks the bank. For Rust, the package
    /// `taskline-payments-at-bank` is built with that one.
    fn pay(self) -> Option<(&'static str, &'static str)> {
        match self {
            Self::Python => Some(("def pay(", include_str!("pay/pay.py"))),
            Self::TypeScript => Some(("/** Call your bank here.", include_str!("pay/pay.mts"))),
            Self::Go => Some(("// pay calls your bank.", include_str!("pay/pay.go"))),
            Self::Rust => None,
        }
    }
}
