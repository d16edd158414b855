//! Where the parts of a pipeline are, as the outputs of its processing stack say (infrastructure/lib/processing-stack.ts).

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
};

/// What a stack tells, by name.
pub(crate) type Outputs = BTreeMap<String, String>;

/// A pipeline on AWS, by its parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deployment {
    /// The queue of its line.
    pub queue_url: String,
    /// Its dead-letter queue.
    pub dead_letter_queue_url: String,
    /// The message group that all its tasks share.
    pub message_group: String,
    /// The table of its records.
    pub table_name: String,
    /// What delivers its line, and so is its switch.
    pub event_source_mapping_id: String,
    /// The version of the code that handles its tasks.
    pub code_version: String,
    /// Where its clients send their requests, if the stack tells.
    pub api_url: Option<String>,
}

/// A stack is not the processing stack of a pipeline.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{stack} has no output {output}; a pipeline is named by its processing stack, as in taskline-dev-processing"
)]
pub struct MissingOutput {
    /// Which stack, and where it is described.
    pub stack: String,
    /// What it does not tell.
    pub output: &'static str,
}

/// A file of outputs leads to no pipeline.
#[derive(Debug, thiserror::Error)]
pub enum OutputsFileError {
    /// It can't be read.
    #[error("failed to read {path}")]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It holds something else.
    #[error("{path} is not what `cdk deploy --outputs-file` writes")]
    Foreign {
        /// The file.
        path: PathBuf,
        /// Why.
        source: serde_json::Error,
    },
    /// It does not hold the stack that was named.
    #[error("{path} holds no stack {stack}, only: {}", found.join(", "))]
    NoSuchStack {
        /// The file.
        path: PathBuf,
        /// The name.
        stack: String,
        /// The stacks that it holds.
        found: Vec<String>,
    },
    /// It holds several pipelines.
    #[error("{path} holds several pipelines: choose by --stack one of {}", found.join(", "))]
    Several {
        /// The file.
        path: PathBuf,
        /// Their stacks.
        found: Vec<String>,
    },
    /// It holds no stack at all.
    #[error("{0} holds no stack")]
    Empty(PathBuf),
    /// No stack in it, or not the one that was named, is a pipeline's; of the one that comes closest, what is missing.
    #[error(transparent)]
    MissingOutput(#[from] MissingOutput),
}

impl Deployment {
    /// The pipeline in the file at `path` that `cdk deploy --outputs-file` wrote: that of `stack`, or the only one.
    ///
    /// # Errors
    /// [`OutputsFileError`] names the file and what it lacks.
    pub fn in_file(path: &Path, stack: Option<&str>) -> Result<Self, OutputsFileError> {
        let text = fs::read(path).map_err(|source| OutputsFileError::Io { path: path.to_owned(), source })?;
        let stacks: BTreeMap<String, Outputs> = serde_json::from_slice(&text)
            .map_err(|source| OutputsFileError::Foreign { path: path.to_owned(), source })?;
        match stack {
            Some(name) => named(path, &stacks, name),
            None => only_one(path, &stacks),
        }
    }

    /// The pipeline of `stack` by its outputs.
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
        })
    }
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
    Ok(Deployment::read(&in_words(path, name), outputs)?)
}

fn only_one(path: &Path, stacks: &BTreeMap<String, Outputs>) -> Result<Deployment, OutputsFileError> {
    let read = stacks.iter().map(|(name, outputs)| (name, Deployment::read(&in_words(path, name), outputs)));
    let (found, others): (Vec<_>, Vec<_>) = read.partition(|(_, deployment)| deployment.is_ok());
    if found.len() > 1 {
        let found = found.into_iter().map(|(name, _)| name.clone()).collect();
        return Err(OutputsFileError::Several { path: path.to_owned(), found });
    }
    // The stack that tells most is the one that was meant.
    let closest = others.into_iter().max_by_key(|(name, _)| stacks[*name].len());
    match found.into_iter().next().or(closest) {
        Some((_, deployment)) => Ok(deployment?),
        None => Err(OutputsFileError::Empty(path.to_owned())),
    }
}

fn in_words(path: &Path, stack: &str) -> String {
    format!("stack {stack} in {}", path.display())
}

#[cfg(test)]
mod tests {
    use super::*;

    const QUEUES: &str = r#""QueueUrl": "q", "DeadLetterQueueUrl": "d", "MessageGroup": "line""#;
    const REST: &str = r#""TableName": "t", "EventSourceMappingId": "m", "CodeVersion": "v", "ApiUrl": "a""#;

    /// What is found in a file of this text.
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
    fn of_several_pipelines_the_named_one_is_taken() {
        let text = format!(r#"{{"dev": {{{QUEUES}, {REST}}}, "prod": {{{QUEUES}, {REST}}}}}"#);
        assert!(found_in("several", &text, Some("prod")).is_ok());
        let refused = found_in("several-unnamed", &text, None).unwrap_err();
        assert!(refused.contains("--stack one of dev, prod"), "{refused}");
        let unknown = found_in("several-unknown", &text, Some("test")).unwrap_err();
        assert!(unknown.contains("no stack test, only: dev, prod"), "{unknown}");
    }

    #[test]
    fn what_is_missing_is_named_with_its_stack_and_file() {
        let text = format!(r#"{{"a": {{"ApiUrl": "a"}}, "p": {{{QUEUES}}}}}"#);
        for (name, stack) in [("missing-unnamed", None), ("missing-named", Some("p"))] {
            let refused = found_in(name, &text, stack).unwrap_err();
            assert!(refused.contains("stack p in ") && refused.contains(".json"), "{refused}");
            assert!(refused.contains("no output TableName"), "{refused}");
        }
    }

    #[test]
    fn a_file_of_something_else_is_refused() {
        for (name, text) in [("list", "[1]"), ("text", "hello"), ("nested", r#"{"a": {"b": {}}}"#)] {
            assert!(found_in(name, text, None).unwrap_err().contains("--outputs-file"), "{text}");
        }
        assert!(found_in("empty", "{}", None).unwrap_err().contains("holds no stack"));
    }
}
