//! What is wrong whatever the state of the pipeline: said as such, and with exit code 2.

use harness::issuer::Issuer;

use crate::taskline::Taskline;

#[test]
fn how_to_reach_aws_is_checked_before_anybody_is_asked() {
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
            let said = elsewhere.run(&[verb, name, value]);
            assert_eq!(said.code, 2, "{verb} {name} {value:?}: {}", said.err);
            assert!(said.err.contains(name), "{name} {value:?}: {}", said.err);
        }
    }
}

#[test]
fn keys_that_cant_be_used_are_misuse() {
    let (taskline, issuer) = (Taskline::new(), Issuer::new());
    let folder = taskline.data().parent().unwrap().to_str().unwrap().to_owned();
    let local = ["local", "--jwt-issuer", "https://id.example", "--jwt-audience", "tasks", "--jwt-keys"];
    for (file, reason) in [
        ("missing".to_owned(), "can't be read"),
        (folder, "can't be read"),
        (taskline.file("text", "keys"), "is no JSON Web Key Set"),
        (taskline.file("none", r#"{"keys":[]}"#), "holds no RSA key"),
    ] {
        let said = taskline.run(&[&local[..], &[&file]].concat());
        assert_eq!(said.code, 2, "{file}: {}", said.err);
        assert!(said.err.contains(&format!("--jwt-keys {file}: {reason}")), "{}", said.err);
    }
    assert!(!taskline.data().exists());
    // Sound keys are none, whatever else keeps it from starting.
    let keys = taskline.file("keys.json", &issuer.key_set("k1").to_string());
    let said = taskline.run(&[&local[..], &[&keys, "--listen", "192.0.2.1:1"]].concat());
    assert_eq!(said.code, 1, "{}", said.err);
}
