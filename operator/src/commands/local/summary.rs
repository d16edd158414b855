//! The handlers of a pipeline on this machine, as they are printed at its start.

use std::path::PathBuf;

use serde_json::{Value, json};
use shared::{FunctionName, TaskType, setting::Lookup};
use types::TypeHandler;

/// A handler.
pub enum Summary {
    Record,
    /// The origin of the receiver that tasks are posted to.
    Webhook(String),
    Function(FunctionName),
    /// The program that is started for each task. Its arguments can be secrets.
    Command(PathBuf),
    /// The program that is started once.
    Server(PathBuf),
}

/// A type, and its handler if it has its own.
pub struct TypeSummary {
    pub task_type: TaskType,
    pub handler: Option<Summary>,
}

impl Summary {
    /// The handler of a type. `program` is the one of its command line.
    pub fn of_type(handler: &TypeHandler, program: impl FnOnce() -> Option<PathBuf>) -> Self {
        match handler {
            TypeHandler::Record => Self::Record,
            TypeHandler::Webhook(url) => Self::Webhook(processor::handlers::origin(url).unwrap_or_default()),
            TypeHandler::Function(name) => Self::Function(name.clone()),
            TypeHandler::Command(_) => Self::Command(program().unwrap_or_default()),
            TypeHandler::Server(_) => Self::Server(program().unwrap_or_default()),
        }
    }

    /// The handler for all types, if it is not a program.
    pub fn of_settings(lookup: Lookup<'_>, function: Option<FunctionName>) -> Self {
        let receiver = processor::handlers::receiver(lookup).map(Self::Webhook);
        receiver.or(function.map(Self::Function)).unwrap_or(Self::Record)
    }

    pub fn name(&self) -> &'static str {
        match self {
            Self::Record => "record",
            Self::Webhook(_) => "webhook",
            Self::Function(_) => "lambda",
            Self::Command(_) | Self::Server(_) => "command",
        }
    }

    pub fn receiver(&self) -> Option<&str> {
        match self {
            Self::Webhook(receiver) => Some(receiver),
            _ => None,
        }
    }

    pub fn function(&self) -> Option<String> {
        match self {
            Self::Function(function) => Some(function.to_string()),
            _ => None,
        }
    }

    pub fn program(&self) -> Option<String> {
        match self {
            Self::Command(program) | Self::Server(program) => Some(program.to_string_lossy().into_owned()),
            _ => None,
        }
    }

    /// What happens to a task, after "Each task".
    pub fn in_words(&self) -> String {
        match self {
            Self::Record => "is recorded as completed, and not sent anywhere".to_owned(),
            Self::Webhook(receiver) => format!("is posted to {receiver}"),
            Self::Function(function) => format!("is passed to the Lambda function {function}"),
            Self::Command(program) => format!("starts {}", program.display()),
            Self::Server(program) => format!("is passed to {}, which is started once", program.display()),
        }
    }
}

impl TypeSummary {
    pub fn in_words(&self) -> Option<String> {
        Some(format!("A task of the type {} {}.", self.task_type, self.handler.as_ref()?.in_words()))
    }

    pub fn to_json(&self) -> Value {
        let handler = self.handler.as_ref();
        json!({
            "name": self.task_type,
            "handler": handler.map(Summary::name),
            "receiver": handler.and_then(Summary::receiver),
            "function": handler.and_then(Summary::function),
            "program": handler.and_then(Summary::program),
        })
    }
}
