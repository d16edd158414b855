//! The script that an interpreter is started with. An interpreter can always be started, and ends with an exit code that is
//! permanent if its script does not exist: a misspelt name would make a dead letter of every task.

use std::path::{Path, PathBuf};

/// A script that does not exist, as a phrase that follows the name of the flag or setting.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("names the script {}, which does not exist", .0.display())]
pub struct MissingScript(PathBuf);

/// The extensions of files that an interpreter runs.
const EXTENSIONS: [&str; 17] = [
    "bash", "cjs", "cts", "jar", "js", "lua", "mjs", "mts", "php", "pl", "ps1", "py", "pyz", "r", "rb", "sh",
    "ts",
];

/// Options of common interpreters whose value is a module or code.
const OPTIONS: [&str; 4] = ["-c", "-e", "-m", "-r"];

/// Checks the first argument that is the file of a script by its extension. The value of a long option or of one of
/// [`OPTIONS`] may be a module, which the interpreter finds elsewhere, or code.
pub(crate) fn check(arguments: &[String]) -> Result<(), MissingScript> {
    let before = std::iter::once("").chain(arguments.iter().map(String::as_str));
    let script = before.zip(arguments).find(|(option, word)| is_script(word) && !takes_another_value(option));
    match script {
        Some((_, script)) if !Path::new(script).is_file() => {
            Err(MissingScript(std::path::absolute(script).unwrap_or_else(|_| PathBuf::from(script))))
        }
        _ => Ok(()),
    }
}

fn is_script(word: &str) -> bool {
    let extension = Path::new(word).extension().map(|extension| extension.to_ascii_lowercase());
    let is_named = extension.is_some_and(|extension| EXTENSIONS.iter().any(|known| extension == *known));
    is_named && !word.starts_with('-') && !word.contains(char::is_whitespace) && !word.contains("://")
}

fn takes_another_value(option: &str) -> bool {
    option.starts_with("--") && !option.contains('=') || OPTIONS.contains(&option)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_words(text: &str) -> Result<(), MissingScript> {
        check(&shlex::split(text).unwrap())
    }

    #[test]
    fn a_script_that_does_not_exist_is_refused_with_its_path() {
        for text in [
            "lost.py",
            "-u lost.py --verbose",
            "-jar ./lost.JAR",
            "--enable-source-maps=1 lost.mjs",
            "tsx lost.ts",
        ] {
            let refused = check_words(text).unwrap_err().to_string();
            assert!(refused.contains("/lost.") && refused.ends_with(", which does not exist"), "{refused}");
        }
    }

    #[test]
    fn a_script_that_exists_may_have_any_arguments() {
        let folder = tempfile::tempdir().unwrap();
        let script = folder.path().join("handle.py");
        std::fs::write(&script, "").unwrap();
        assert_eq!(check_words(&format!("-u {} lost.py", script.display())), Ok(()));
    }

    #[test]
    fn a_module_a_piece_of_code_and_a_url_are_no_scripts() {
        for text in [
            "",
            "-c 'import a.py'",
            "-m package.py",
            "--import ts-node/esm.mjs",
            "-r hooks.js",
            "-c handle.sh",
            "run https://a.example/handle.ts",
            "data.json",
            "--config=lost.py",
        ] {
            assert_eq!(check_words(text), Ok(()), "{text}");
        }
    }
}
