use std::fs;

use shared::Submission;
use tempfile::TempDir;

use super::*;
use crate::file::Host;

fn task(members: &str) -> Task {
    let json = format!(r#"{{"title":"t","description":"d","priority":"low"{members}}}"#);
    Submission::parse(json.as_bytes()).unwrap().task().clone()
}

fn file(folder: &TempDir, schema: &str) -> TypesFile {
    fs::write(folder.path().join("a.json"), schema).unwrap();
    let path = folder.path().join("types.toml");
    fs::write(&path, "[[type]]\nname = \"a\"\nschema = \"a.json\"\n[[type]]\nname = \"b\"\n").unwrap();
    TypesFile::read(&path, Host::Machine).unwrap()
}

fn refused(rules: &Rules, members: &str) -> Vec<String> {
    let violations = rules.violations(&task(members));
    violations.into_iter().map(|it| format!("{} {}", it.pointer, it.message)).collect()
}

#[cfg(feature = "schemas")]
#[test]
fn a_task_needs_a_known_type_and_a_payload_that_fits_its_schema() {
    let folder = TempDir::new().unwrap();
    let rules = Rules::of_file(&file(&folder, r#"{"type":"integer"}"#)).unwrap();
    let stored = Rules::from_stored(&rules.stored().unwrap()).unwrap();
    for rules in [rules, stored] {
        assert_eq!(refused(&rules, ""), ["/type must be one of a, b; without a type it is task"]);
        assert_eq!(refused(&rules, r#","type":"c","payload":1"#), ["/type must be one of a, b"]);
        assert_eq!(refused(&rules, r#","type":"a""#), ["/payload is required for this type"]);
        assert_eq!(refused(&rules, r#","type":"a","payload":null"#), ["/payload is required for this type"]);
        assert_eq!(refused(&rules, r#","type":"a","payload":"x""#), ["/payload must be a whole number"]);
        assert_eq!(refused(&rules, r#","type":"a","payload":1"#), [""; 0]);
        assert_eq!(refused(&rules, r#","type":"b""#), [""; 0], "without a schema");
        assert_eq!(refused(&rules, r#","type":"b","payload":"x""#), [""; 0]);
    }
}

#[test]
fn an_example_names_a_type_that_needs_no_payload_or_none_if_it_can() {
    let folder = TempDir::new().unwrap();
    let rules = Rules::of_file(&file(&folder, "true")).unwrap();
    assert_eq!(rules.type_of_example().map(TaskType::as_str), Some("b"));
    let listed = |list: &str| Rules::from(TaskTypes::read(&|_| Some(list.to_owned())).unwrap());
    assert_eq!(listed("x,y").type_of_example().map(TaskType::as_str), Some("x"));
    assert_eq!(listed("a,task").type_of_example(), None);
    assert_eq!(Rules::default().type_of_example(), None);
}

#[test]
fn rules_without_a_list_take_every_task_and_are_not_stored() {
    let rules = Rules::from(TaskTypes::default());
    assert_eq!(refused(&rules, r#","type":"any""#), [""; 0]);
    assert_eq!(rules.stored(), None);
}

#[cfg(feature = "schemas")]
#[test]
fn an_unusable_schema_is_named_by_file_type_and_key() {
    let folder = TempDir::new().unwrap();
    let error = Rules::of_file(&file(&folder, r#"{"type":"strin"}"#)).map(drop).unwrap_err().to_string();
    assert!(error.contains("types.toml: type a: schema is not a usable JSON Schema at /type: "), "{error}");
}

/// `make bench-guard` makes such a build.
#[cfg(not(feature = "schemas"))]
#[test]
fn a_schema_is_refused_in_a_build_without_schemas() {
    let folder = TempDir::new().unwrap();
    let error = Rules::of_file(&file(&folder, "{}")).map(drop).unwrap_err().to_string();
    let problem = "type a: schema can't be checked: this function was built without JSON Schemas.";
    assert!(error.contains(problem) && error.contains("--features lambda,schemas"), "{error}");
}

#[test]
fn rules_of_another_version_are_refused() {
    assert!(matches!(Rules::from_stored("{}").map(drop), Err(InvalidRules::Foreign(_))));
    let broken = r#"{"types":[{"name":"a","schema":"{"}]}"#;
    assert!(matches!(Rules::from_stored(broken).map(drop), Err(InvalidRules::Schema(..))));
}
