//! The file of types of the shared pipelines.

use std::fs;

use tempfile::TempDir;

use crate::receiver::Receiver;

const SCHEMA: &str =
    r#"{"type": "object", "required": ["invoice"], "properties": {"invoice": {"type": "integer"}}}"#;

/// A types file whose type `invoice.send` is posted to `invoices`; `task`, which is the type of all other tests, is handled
/// by the pipeline's own handler. The file is in the folder.
pub fn types_file(folder: &TempDir, invoices: &Receiver) -> String {
    let types = format!(
        r#"
[[type]]
name = "task"

[[type]]
name = "invoice.send"
webhook = "{}"
schema = "schemas/invoice.json"

[[type]]
name = "invoice.archive"
record = true
"#,
        invoices.url()
    );
    fs::create_dir(folder.path().join("schemas")).unwrap();
    fs::write(folder.path().join("schemas/invoice.json"), SCHEMA).unwrap();
    let path = folder.path().join("types.toml");
    fs::write(&path, types).unwrap();
    path.to_str().unwrap().to_owned()
}
