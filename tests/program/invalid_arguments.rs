//! Invalid arguments exit with code 2, whatever the state of the pipeline.

use harness::issuer::Issuer;

use crate::taskline::Taskline;

#[test]
fn aws_settings_are_checked_before_the_confirmation() {
    let elsewhere = Taskline::on(&["--stack", "x"]);
    for (name, value) in [
        ("--region", ""),
        ("--region", " "),
        ("--profile", ""),
        ("--profile", "\t"),
        ("--endpoint-url", ""),
        ("--endpoint-url", " "),
        ("--endpoint-url", "nonsense"),
        ("--endpoint-url", "localhost:4566"),
        ("--endpoint-url", "ftp://localhost"),
        ("--endpoint-url", "http:"),
        ("--endpoint-url", "http://"),
        ("--endpoint-url", "http:///path"),
        ("--endpoint-url", "http://:4566"),
        ("--endpoint-url", "http://a b"),
        ("--endpoint-url", "http://localhost:port"),
    ] {
        for verb in ["verify", "console", "smoke"] {
            let output = elsewhere.run(&[verb, name, value]);
            assert_eq!(output.code, 2, "{verb} {name} {value:?}: {}", output.err);
            assert!(output.err.contains(name), "{name} {value:?}: {}", output.err);
        }
    }
}

#[test]
fn unusable_key_sets_exit_with_code_2() {
    let (taskline, issuer) = (Taskline::new(), Issuer::new());
    let folder = taskline.data().parent().unwrap().to_str().unwrap().to_owned();
    let local = ["local", "--jwt-issuer", "https://id.example", "--jwt-audience", "tasks", "--jwt-keys"];
    for (file, reason) in [
        ("missing".to_owned(), "can't be read"),
        (folder, "can't be read"),
        (taskline.file("text", "keys"), "is not a JSON Web Key Set"),
        (taskline.file("none", r#"{"keys":[]}"#), "holds no RSA key"),
    ] {
        let output = taskline.run(&[&local[..], &[&file]].concat());
        assert_eq!(output.code, 2, "{file}: {}", output.err);
        assert!(output.err.contains(&format!("--jwt-keys {file}: {reason}")), "{}", output.err);
    }
    assert!(!taskline.data().exists());
    // The key set is valid; something else prevents the start.
    let keys = taskline.file("keys.json", &issuer.key_set("k1").to_string());
    let output = taskline.run(&[&local[..], &[&keys, "--listen", "192.0.2.1:1"]].concat());
    assert_eq!(output.code, 1, "{}", output.err);
}
