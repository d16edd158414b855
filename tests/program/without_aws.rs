//! The program as `make run` builds it, without AWS: `make programs` builds it for this test.

use std::{
    path::PathBuf,
    process::{Command, Output},
};

use harness::program;

fn without_aws(arguments: &[&str]) -> Output {
    let with_aws = program("taskline");
    let target = with_aws.ancestors().nth(2).unwrap();
    run(target.join("without-aws/taskline"), arguments)
}

fn run(program: PathBuf, arguments: &[&str]) -> Output {
    Command::new(&program).args(arguments).env_clear().output().unwrap_or_else(|error| {
        panic!("{}: {error}: `make programs` builds it", program.display());
    })
}

#[test]
fn it_names_the_command_that_builds_it_with_aws() {
    for target in [&["--stack", "x"][..], &["--outputs", "outputs.json"], &["--stack", "x", "--region", "y"]]
    {
        for command in [&["line", "status"][..], &["verify"], &["smoke"], &["dead-letters", "list"]] {
            let output = without_aws(&[target, command].concat());
            let error = String::from_utf8(output.stderr).unwrap();
            assert_eq!(output.status.code(), Some(2), "{target:?} {command:?}: {error}");
            assert!(error.contains("`make taskline`"), "{target:?} {command:?}: {error}");
            assert_eq!(error.trim_end().lines().count(), 1, "{error}");
        }
    }
}

#[test]
fn its_help_is_the_same() {
    for command in [&["--help"][..], &["line", "--help"], &["smoke", "--help"]] {
        let help = without_aws(command);
        assert!(help.status.success() && !help.stdout.is_empty());
        assert_eq!(help, run(program("taskline"), command), "{command:?}");
    }
}
