use std::fs;

use tempfile::TempDir;

use super::*;

fn read_as(text: impl AsRef<[u8]>, host: Host) -> Result<TypesFile, String> {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("types.toml");
    fs::write(&path, text).unwrap();
    TypesFile::read(&path, host).map_err(|error| {
        let text = error.to_string();
        text.strip_prefix(&format!("{}: ", path.display())).expect("the file is named").to_owned()
    })
}

fn refusal(text: &str) -> String {
    read_as(text, Host::Machine).map(drop).unwrap_err()
}

fn of_one(keys: &str) -> String {
    refusal(&format!("[[type]]\nname = \"a\"\n{keys}\n"))
}

const DOCUMENTED: &str = r#"
# A list of the types that this deployment knows.
[[type]]
name = "invoice.send"
command = "python3 send_invoice.py"
timeout_seconds = 120
attempt_budget = 3
schema = "invoice.schema.json"

[[type]]
name = "invoice.remind"
"#;

#[test]
fn the_documented_file_is_read_whatever_its_line_ends_and_byte_order_mark() {
    let crlf = DOCUMENTED.replace('\n', "\r\n");
    for text in [DOCUMENTED, &crlf, &format!("\u{FEFF}{DOCUMENTED}"), &format!("\u{FEFF}{crlf}")] {
        let file = read_as(text, Host::Machine).unwrap();
        let types: Vec<_> = file.types().collect();
        assert_eq!(types[0].task_type.as_str(), "invoice.send");
        assert_eq!(*types[0].terms, TypeTerms { timeout_seconds: Some(120), attempt_budget: Some(3) });
        assert!(
            matches!(types[0].handler, Some(TypeHandler::Command(line)) if line == "python3 send_invoice.py")
        );
        assert!(types[1].handler.is_none() && *types[1].terms == TypeTerms::default());
        assert!(file.task_types().knows(types[1].task_type) && types.len() == 2);
    }
}

#[test]
fn each_handler_is_read_and_two_are_refused() {
    for (key, value) in [
        ("command", "\"true\""),
        ("server", "\"true\""),
        ("webhook", "\"https://a.example\""),
        ("function", "\"orders:live\""),
        ("record", "true"),
    ] {
        let text = format!("[[type]]\nname = \"a\"\n{key} = {value}\n");
        let file = read_as(&text, Host::Machine).unwrap();
        assert_eq!(file.types().next().unwrap().handler.unwrap().key(), key);
        let on_aws = read_as(&text, Host::Function).map(drop);
        match key {
            "command" | "server" => {
                let refused = on_aws.unwrap_err();
                assert!(refused.starts_with(&format!("type a: {key} needs `taskline local`")), "{refused}");
            }
            _ => assert_eq!(on_aws, Ok(())),
        }
        if key != "record" {
            let both = of_one(&format!("{key} = {value}\nrecord = true"));
            assert_eq!(both, format!("type a: {key} and record both name the handler: use one of them"));
        }
    }
}

#[test]
fn an_unusable_value_names_its_type_and_key_and_is_not_quoted() {
    let empty = "is empty: give it a value, or remove it";
    for (keys, expected) in [
        ("command = \"\"", format!("command {empty}")),
        ("webhook = \" \"", format!("webhook {empty}")),
        ("schema = \"\"", format!("schema {empty}")),
        ("command = [\"hunter2\"]", "command must be a string, is a list".to_owned()),
        ("record = false", "record must be true, or absent".to_owned()),
        ("record = \"hunter2\"", "record must be true, or absent".to_owned()),
        ("timeout_seconds = 0", "timeout_seconds must be a whole number from 1 to 43140".to_owned()),
        ("timeout_seconds = 43141", "timeout_seconds must be a whole number from 1 to 43140".to_owned()),
        ("timeout_seconds = -1", "timeout_seconds must be a whole number from 1 to 43140".to_owned()),
        ("timeout_seconds = 1.5", "timeout_seconds must be a whole number from 1 to 43140".to_owned()),
        (
            "timeout_seconds = \"hunter2\"",
            "timeout_seconds must be a whole number from 1 to 43140".to_owned(),
        ),
        ("attempt_budget = 101", "attempt_budget must be a whole number from 1 to 100".to_owned()),
        ("attempt_budget = true", "attempt_budget must be a whole number from 1 to 100".to_owned()),
    ] {
        assert_eq!(of_one(keys), format!("type a: {expected}"), "{keys}");
    }
    assert!(of_one("function = \"a/hunter2\"").starts_with("type a: function must be a function's name"));
    for path in ["/etc/passwd", "../a.json", "a/../../b.json"] {
        let refused = of_one(&format!("schema = \"{path}\""));
        assert!(refused.starts_with("type a: schema must be a file in the folder of this file"), "{refused}");
    }
    assert!(read_as("[[type]]\nname=\"a\"\ntimeout_seconds = 841", Host::Function).is_err());
    assert!(read_as("[[type]]\nname=\"a\"\ntimeout_seconds = 840", Host::Function).is_ok());
}

#[test]
fn a_misspelt_key_is_refused_by_name_wherever_it_is() {
    for key in
        ["nam", "cmd", "commands", "timeout", "timeout_second", "attempts", "schemas", "Record", "retries"]
    {
        let refused = of_one(&format!("{key} = \"hunter2\""));
        assert!(
            refused.starts_with(&format!("type a: {key} is not a key of a type, which are name, ")),
            "{refused}"
        );
        assert!(!refused.contains("hunter2"), "{refused}");
    }
    let refused = of_one("[type.options]\nx = 1");
    assert!(refused.starts_with("type a: options is not a key of a type"), "{refused}");
    for text in ["[[types]]\nname = \"a\"", "name = \"a\"\n[[type]]\nname = \"b\"", "[[Type]]\nname=\"a\""] {
        assert!(refusal(text).contains("is not a key of this file"), "{text}");
    }
}

#[test]
fn a_type_needs_a_name_that_no_other_has() {
    assert_eq!(refusal("[[type]]\nrecord = true"), "[[type]] number 1: name is required");
    assert_eq!(refusal("[[type]]\nname = 1"), "[[type]] number 1: name must be a string, is a number");
    for name in ["", "A", "a b", "a/b"] {
        let refused = refusal(&format!("[[type]]\nname = \"a\"\n[[type]]\nname = \"{name}\""));
        assert!(refused.starts_with("[[type]] number 2: name "), "{refused}");
    }
    let twice = refusal("[[type]]\nname = \"a\"\n[[type]]\nname = \"b\"\n[[type]]\nname = \"a\"");
    assert_eq!(twice, "type a: name is given twice");
}

#[test]
fn a_file_of_another_form_is_refused() {
    for (text, expected) in [
        ("", "names no type"),
        ("# nothing\n", "names no type"),
        ("type = []", "names no type"),
        ("[type]\nname = \"a\"", "[type] must be [[type]]"),
        ("[type.invoice]\nrecord = true", "[type] must be [[type]]"),
        ("type = \"a\"", "type must be a list"),
        ("type = [1]", "[[type]] number 1: must be a table"),
    ] {
        let refused = refusal(text);
        assert!(refused.starts_with(expected), "{text:?}: {refused}");
    }
}

#[test]
fn an_error_of_the_grammar_names_line_and_column_and_quotes_no_line() {
    for text in [
        "[[type]]\nname = \"a\"\nwebhook = https://hunter2@a.example\n",
        "[[type]]\nname = \"a\"\nwebhook = \"https://hunter2@a.example\n",
        "{\"type\": [{\"name\": \"a\", \"webhook\": \"hunter2\"}]}",
        "[[type]]\nname = \"a\"\nname = \"hunter2\"\n",
        "type:\n  - name: hunter2\n",
    ] {
        let refused = refusal(text);
        assert!(refused.starts_with("is not TOML at line ") && !refused.contains("hunter2"), "{refused}");
    }
    assert!(
        refusal("[[type]]\nname = \"a\"\nwebhook = x\n").starts_with("is not TOML at line 3 column 11: ")
    );
    assert_eq!(
        read_as([0xff, 0xfe, b'[', 0], Host::Machine).map(drop),
        Err("is not text in UTF-8".to_owned())
    );
}

#[test]
fn a_file_that_can_not_be_read_is_named_with_the_reason() {
    let folder = TempDir::new().unwrap();
    let refusal = |path: &Path| TypesFile::read(path, Host::Machine).map(drop).unwrap_err().to_string();
    let missing = folder.path().join("missing.toml");
    assert!(refusal(&missing).starts_with(&format!("{}: can't be read: ", missing.display())));
    assert_eq!(refusal(folder.path()), format!("{}: is not a file", folder.path().display()));
    let large = folder.path().join("large.toml");
    fs::File::create(&large).unwrap().set_len(FILE_BYTES_MAX + 1).unwrap();
    assert!(refusal(&large).ends_with("is longer than 4194304 bytes"));
}

#[test]
fn a_thousand_types_are_read() {
    let text: String =
        (0..1_000).map(|number| format!("[[type]]\nname = \"type-{number}\"\nrecord = true\n")).collect();
    assert_eq!(read_as(text, Host::Function).unwrap().types().count(), 1_000);
}

#[test]
fn a_schema_is_read_from_the_folder_of_the_file() {
    let folder = TempDir::new().unwrap();
    fs::create_dir(folder.path().join("schemas")).unwrap();
    fs::write(folder.path().join("schemas/a.json"), "\u{FEFF}{}").unwrap();
    let path = folder.path().join("types.toml");
    let with = |schema: &str| {
        fs::write(&path, format!("[[type]]\nname = \"a\"\nschema = \"{schema}\"\n")).unwrap();
        TypesFile::read(&path, Host::Machine).unwrap().schema_texts().map_err(|error| error.to_string())
    };
    assert_eq!(with("./schemas/a.json").unwrap().into_values().collect::<Vec<_>>(), ["{}"]);
    let missing = with("b.json").unwrap_err();
    assert!(missing.contains("types.toml: type a: schema names b.json, which can't be read: "), "{missing}");
    assert!(with("schemas").unwrap_err().ends_with("type a: schema names schemas, which is not a file"));
}
