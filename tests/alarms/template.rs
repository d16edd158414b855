//! Our CDK app, synthesised once with every option that adds alarms.

use std::{fs, path::Path, process::Command, sync::LazyLock};

use serde_json::Value;

use crate::cloudwatch::Alarm;

/// The context of a production deployment, and a canary.
const CONTEXT: [&str; 5] = [
    "environment=prod",
    "handler=record",
    "jwtIssuer=https://id.example",
    "jwtAudience=taskline",
    "canary=rate(15 minutes)",
];

/// The templates of the stacks.
pub struct Template {
    pub shared: Value,
    pub processing: Value,
}

pub fn template() -> &'static Template {
    static TEMPLATE: LazyLock<Template> = LazyLock::new(synthesise);
    &TEMPLATE
}

fn synthesise() -> Template {
    let infrastructure = Path::new(env!("CARGO_MANIFEST_DIR")).join("../infrastructure");
    let program = infrastructure.join("node_modules/.bin/cdk");
    assert!(program.exists(), "there is no {}: `make stacks` installs it", program.display());
    let output = Path::new(env!("CARGO_TARGET_TMPDIR")).join("alarms.cdk.out");
    let synthesised = Command::new(program)
        .args(["synth", "--quiet", "--no-lookups", "--output"])
        .arg(&output)
        .args(CONTEXT.iter().flat_map(|each| ["-c", each]))
        .current_dir(infrastructure)
        // `make stacks` does it.
        .env("CDK_VALIDATION", "false")
        .output()
        .unwrap();
    assert!(synthesised.status.success(), "{}", String::from_utf8_lossy(&synthesised.stderr));
    let files: Vec<_> = fs::read_dir(&output).unwrap().map(|entry| entry.unwrap().path()).collect();
    let read = |part: &str| {
        let is_template = |name: &str| name.contains(part) && name.ends_with(".template.json");
        let found = files.iter().find(|file| is_template(file.file_name().unwrap().to_str().unwrap()));
        serde_json::from_str(&fs::read_to_string(found.unwrap()).unwrap()).unwrap()
    };
    Template { shared: read("Shared"), processing: read("Processing") }
}

impl Template {
    /// Every alarm, named by its heading in the runbook.
    pub fn alarms(&self) -> Vec<Alarm> {
        self.resources("AWS::CloudWatch::Alarm")
            .map(|properties| {
                let alarm = Alarm::read(properties);
                let (_severity, heading) = alarm.name["taskline-prod-".len()..].split_once('-').unwrap();
                let heading = heading.to_owned();
                alarm.named(heading)
            })
            .collect()
    }

    /// A variable in a function's environment whose value is text.
    pub fn variable(&self, function: &str, name: &str) -> String {
        let mut functions = self.resources("AWS::Lambda::Function");
        let found = functions.find(|properties| properties["LoggingConfig"].to_string().contains(function));
        let found = found.unwrap_or_else(|| panic!("there is no function {function}"));
        found["Environment"]["Variables"][name]
            .as_str()
            .unwrap_or_else(|| panic!("{function}: {name}"))
            .to_owned()
    }

    /// The properties of the processing stack's resources of a type.
    pub fn resources<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = &'a Value> {
        let resources = self.processing["Resources"].as_object().unwrap().values();
        resources.filter(move |resource| resource["Type"] == kind).map(|resource| &resource["Properties"])
    }
}
