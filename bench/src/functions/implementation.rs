//! The two functions, and their implementations.

use anyhow::Result;
use harness::{gateway_event::post, queue_event::delivery};
use serde_json::Value;

use super::aws::Aws;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Function {
    Api,
    Processor,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Implementation {
    /// Only Lambda's runtime for Rust: the fastest that a function in Rust can be.
    Floor,
    /// Only the calls to AWS with its SDK.
    Calls,
    /// Taskline as deployed; the processor has the handler `record`.
    Taskline,
    /// Taskline's processor with a user's handler.
    TasklineHandler,
    NodeLean,
    NodePowertools,
    PythonLean,
    PythonPowertools,
}

impl Function {
    pub fn name(self) -> &'static str {
        match self {
            Self::Api => "api",
            Self::Processor => "processor",
        }
    }

    /// An event for the function. `message` is what an API sent to the processor.
    pub fn event(self, message: &str) -> Value {
        match self {
            Self::Api => post("Water the orchids, R&D's too", None),
            Self::Processor => delivery(message),
        }
    }
}

impl Implementation {
    pub fn name(self) -> &'static str {
        match self {
            Self::Floor => "floor",
            Self::Calls => "calls",
            Self::Taskline => "Taskline",
            Self::TasklineHandler => "Taskline, own handler",
            Self::NodeLean => "Node 24, lean",
            Self::NodePowertools => "Node 24, Powertools",
            Self::PythonLean => "Python 3.13, lean",
            Self::PythonPowertools => "Python 3.13, Powertools",
        }
    }

    /// The environment variable that makes the function trust the stand-in. Taskline and Node add these authorities to their own;
    /// Python replaces its own with them.
    pub fn authorities(self, aws: &Aws) -> Result<(&'static str, &str)> {
        Ok(match self {
            Self::Floor | Self::Calls | Self::Taskline | Self::TasklineHandler => {
                ("AWS_CA_BUNDLE", aws.authority()?)
            }
            Self::NodeLean | Self::NodePowertools => ("NODE_EXTRA_CA_CERTS", aws.authority()?),
            Self::PythonLean | Self::PythonPowertools => ("AWS_CA_BUNDLE", aws.all_authorities()?),
        })
    }

    /// The implementation whose API sends the processor's message.
    pub fn sender(self) -> Option<Self> {
        match self {
            Self::Floor | Self::Calls => None,
            Self::TasklineHandler => Some(Self::Taskline),
            other => Some(other),
        }
    }
}

/// Everything that is compared, in the order of the report.
pub const ALL: [(Function, Implementation); 15] = [
    (Function::Api, Implementation::Floor),
    (Function::Api, Implementation::Calls),
    (Function::Api, Implementation::Taskline),
    (Function::Api, Implementation::NodeLean),
    (Function::Api, Implementation::NodePowertools),
    (Function::Api, Implementation::PythonLean),
    (Function::Api, Implementation::PythonPowertools),
    (Function::Processor, Implementation::Floor),
    (Function::Processor, Implementation::Calls),
    (Function::Processor, Implementation::TasklineHandler),
    (Function::Processor, Implementation::Taskline),
    (Function::Processor, Implementation::NodeLean),
    (Function::Processor, Implementation::NodePowertools),
    (Function::Processor, Implementation::PythonLean),
    (Function::Processor, Implementation::PythonPowertools),
];

/// The functions of Taskline, as they are shipped.
pub const OURS: [(Function, Implementation); 3] = [
    (Function::Api, Implementation::Taskline),
    (Function::Processor, Implementation::TasklineHandler),
    (Function::Processor, Implementation::Taskline),
];

/// Name and implementation, as the report shows them.
pub fn title(function: Function, implementation: Implementation) -> String {
    format!("{}: {}", function.name(), implementation.name())
}
