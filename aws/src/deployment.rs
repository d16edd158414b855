//! The parts of a pipeline on AWS, from the outputs of its processing stack (infrastructure/lib/processing-stack.ts).

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
};

use shared::{TaskTypes, setting::InvalidSetting};

/// The outputs of a stack, by name.
pub(crate) type Outputs = BTreeMap<String, String>;

/// A pipeline on AWS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deployment {
    pub queue_url: String,
    pub dead_letter_queue_url: String,
    /// The message group that all its tasks share.
    pub message_group: String,
    pub table_name: String,
    /// The mapping delivers the messages to the processor. Disabling it pauses the line.
    pub event_source_mapping_id: String,
    /// The version of the code that handles its tasks.
    pub code_version: String,
    /// None if the stack has no such output.
    pub api_url: Option<String>,
    /// The types that it knows, from the output `TaskTypes`; every type if the stack has no such output.
    pub task_types: TaskTypes,
}

/// The stack is not the processing stack of a pipeline.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{stack} has no output {output}; a pipeline is named by its processing stack, as in taskline-dev-processing"
)]
pub struct MissingOutput {
    /// The stack and where its outputs were read.
    pub stack: String,
    pub output: &'static str,
}

/// No pipeline could be read from a file of outputs.
#[derive(Debug, thiserror::Error)]
pub enum OutputsFileError {
    #[error("failed to read {path}")]
    Io { path: PathBuf, source: io::Error },
    #[error("{path} is not what `cdk deploy --outputs-file` writes")]
    Foreign { path: PathBuf, source: serde_json::Error },
    #[error("{path} holds no stack {stack}, only: {}", found.join(", "))]
    NoSuchStack { path: PathBuf, stack: String, found: Vec<String> },
    #[error("{path} holds several pipelines: choose by --stack one of {}", found.join(", "))]
    Several { path: PathBuf, found: Vec<String> },
    #[error("{0} holds no stack")]
    Empty(PathBuf),
    /// For the named stack, or for the stack with the most outputs.
    #[error(transparent)]
    MissingOutput(#[from] MissingOutput),
}

impl Deployment {
    /// Reads the file that `cdk deploy --outputs-file` wrote. Without `stack`, the file must describe exactly one
    /// pipeline.
    pub fn in_file(path: &Path, stack: Option<&str>) -> Result<Self, OutputsFileError> {
        let text = fs::read(path).map_err(|source| OutputsFileError::Io { path: path.to_owned(), source })?;
        let stacks: BTreeMap<String, Outputs> = serde_json::from_slice(&text)
            .map_err(|source| OutputsFileError::Foreign { path: path.to_owned(), source })?;
        match stack {
            Some(name) => named(path, &stacks, name),
            None => only_one(path, &stacks),
        }
    }

    /// `stack` is for the error message.
    pub(crate) fn read(stack: &str, outputs: &Outputs) -> Result<Self, MissingOutput> {
        let output = |output: &'static str| {
            let found = outputs.get(output).cloned();
            found.ok_or_else(|| MissingOutput { stack: stack.to_owned(), output })
        };
        Ok(Self {
            queue_url: output("QueueUrl")?,
            dead_letter_queue_url: output("DeadLetterQueueUrl")?,
            message_group: output("MessageGroup")?,
            table_name: output("TableName")?,
            event_source_mapping_id: output("EventSourceMappingId")?,
            code_version: output("CodeVersion")?,
            api_url: outputs.get("ApiUrl").cloned(),
            task_types: task_types(outputs).map_err(|_| MissingOutput {
                stack: stack.to_owned(),
                output: "TaskTypes that this program can read",
            })?,
        })
    }
}

/// A list as in the setting `TASK_TYPES`.
fn task_types(outputs: &Outputs) -> Result<TaskTypes, InvalidSetting> {
    TaskTypes::read(&|_| outputs.get("TaskTypes").cloned())
}

fn named(
    path: &Path,
    stacks: &BTreeMap<String, Outputs>,
    name: &str,
) -> Result<Deployment, OutputsFileError> {
    let Some(outputs) = stacks.get(name) else {
        let (path, stack) = (path.to_owned(), name.to_owned());
        return Err(OutputsFileError::NoSuchStack { path, stack, found: stacks.keys().cloned().collect() });
    };
    Ok(Deployment::read(&describe(path, name), outputs)?)
}

fn only_one(path: &Path, stacks: &BTreeMap<String, Outputs>) -> Result<Deployment, OutputsFileError> {
    let read = stacks.iter().map(|(name, outputs)| (name, Deployment::read(&describe(path, name), outputs)));
    let (found, others): (Vec<_>, Vec<_>) = read.partition(|(_, deployment)| deployment.is_ok());
    if found.len() > 1 {
        let found = found.into_iter().map(|(name, _)| name.clone()).collect();
        return Err(OutputsFileError::Several { path: path.to_owned(), found });
    }
    // The stack with the most outputs is most likely the intended one.
    let closest = others.into_iter().max_by_key(|(name, _)| stacks[*name].len());
    match found.into_iter().next().or(closest) {
        Some((_, deployment)) => Ok(deployment?),
        None => Err(OutputsFileError::Empty(path.to_owned())),
    }
}

fn describe(path: &Path, stack: &str) -> String {
    format!("stack {stack} in {}", path.display())
}

#[cfg(test)]
mod tests {
    use super::*;

    const QUEUES: &str = r#""QueueUrl": "q", "DeadLetterQueueUrl": "d", "MessageGroup": "line""#;
    const REST: &str = r#""TableName": "t", "EventSourceMappingId": "m", "CodeVersion": "v", "ApiUrl": "a""#;

    /// Reads a file with this text.
    fn found_in(name: &str, text: &str, stack: Option<&str>) -> Result<Deployment, String> {
        let path = std::env::temp_dir().join(format!("taskline-{}-{name}.json", std::process::id()));
        fs::write(&path, text).unwrap();
        let found = Deployment::in_file(&path, stack).map_err(|error| error.to_string());
        fs::remove_file(&path).unwrap();
        found
    }

    #[test]
    fn the_processing_stack_is_found_among_the_others() {
        let text = format!(r#"{{"p-api": {{"ApiUrl": "a"}}, "p": {{{QUEUES}, {REST}}}, "p-shared": {{}}}}"#);
        let found = found_in("among", &text, None).unwrap();
        assert_eq!((found.queue_url.as_str(), found.event_source_mapping_id.as_str()), ("q", "m"));
        assert_eq!(found_in("by-name", &text, Some("p")).unwrap(), found);
    }

    #[test]
    fn the_named_one_of_several_pipelines_is_used() {
        let text = format!(r#"{{"dev": {{{QUEUES}, {REST}}}, "prod": {{{QUEUES}, {REST}}}}}"#);
        assert!(found_in("several", &text, Some("prod")).is_ok());
        let refused = found_in("several-unnamed", &text, None).unwrap_err();
        assert!(refused.contains("--stack one of dev, prod"), "{refused}");
        let unknown = found_in("several-unknown", &text, Some("test")).unwrap_err();
        assert!(unknown.contains("no stack test, only: dev, prod"), "{unknown}");
    }

    #[test]
    fn a_missing_output_is_named_with_its_stack_and_file() {
        let text = format!(r#"{{"a": {{"ApiUrl": "a"}}, "p": {{{QUEUES}}}}}"#);
        for (name, stack) in [("missing-unnamed", None), ("missing-named", Some("p"))] {
            let refused = found_in(name, &text, stack).unwrap_err();
            assert!(refused.contains("stack p in ") && refused.contains(".json"), "{refused}");
            assert!(refused.contains("no output TableName"), "{refused}");
        }
    }

    #[test]
    fn a_file_with_other_content_is_refused() {
        for (name, text) in [("list", "[1]"), ("text", "hello"), ("nested", r#"{"a": {"b": {}}}"#)] {
            assert!(found_in(name, text, None).unwrap_err().contains("--outputs-file"), "{text}");
        }
        assert!(found_in("empty", "{}", None).unwrap_err().contains("holds no stack"));
    }
}
