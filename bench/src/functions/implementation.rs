//! What is told apart: the functions, and who wrote them in which way.

use anyhow::Result;
use harness::{gateway_event::post, queue_event::delivery};
use serde_json::Value;

use super::aws::Aws;

/// Which of the two functions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Function {
    Api,
    Processor,
}

/// By whom it is written, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Lambda's runtime for Rust and nothing else: as fast as a function in Rust can be.
    Floor,
    /// The calls of AWS by its SDK, and nothing else.
    Calls,
    /// As it is deployed; the processor has the handler `record`.
    Taskline,
    /// A processor with a handler of one's own.
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

    /// An event for it; a processor's message is one that an API sent before.
    pub fn event(self, message: &str) -> Value {
        match self {
            Self::Api => post("Water the orchids, R&D's too", None),
            Self::Processor => delivery(message),
        }
    }
}

impl Kind {
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

    /// What makes it trust the stand-in, beside what it trusts anyway: ours and Node bring their own authorities, a
    /// bundle for Python stands instead of the one that it brings.
    pub fn authorities(self, aws: &Aws) -> Result<(&'static str, &str)> {
        Ok(match self {
            Self::Floor | Self::Calls | Self::Taskline | Self::TasklineHandler => {
                ("AWS_CA_BUNDLE", aws.authority()?)
            }
            Self::NodeLean | Self::NodePowertools => ("NODE_EXTRA_CA_CERTS", aws.authority()?),
            Self::PythonLean | Self::PythonPowertools => ("AWS_CA_BUNDLE", aws.all_authorities()?),
        })
    }

    /// Whose API sends what its processor is given.
    pub fn sender(self) -> Option<Self> {
        match self {
            Self::Floor | Self::Calls => None,
            Self::TasklineHandler => Some(Self::Taskline),
            other => Some(other),
        }
    }
}

/// Everything that is compared, in the order of the report.
pub const ALL: [(Function, Kind); 15] = [
    (Function::Api, Kind::Floor),
    (Function::Api, Kind::Calls),
    (Function::Api, Kind::Taskline),
    (Function::Api, Kind::NodeLean),
    (Function::Api, Kind::NodePowertools),
    (Function::Api, Kind::PythonLean),
    (Function::Api, Kind::PythonPowertools),
    (Function::Processor, Kind::Floor),
    (Function::Processor, Kind::Calls),
    (Function::Processor, Kind::TasklineHandler),
    (Function::Processor, Kind::Taskline),
    (Function::Processor, Kind::NodeLean),
    (Function::Processor, Kind::NodePowertools),
    (Function::Processor, Kind::PythonLean),
    (Function::Processor, Kind::PythonPowertools),
];

/// Of these, ours as they are shipped.
pub const OURS: [(Function, Kind); 3] = [
    (Function::Api, Kind::Taskline),
    (Function::Processor, Kind::TasklineHandler),
    (Function::Processor, Kind::Taskline),
];

/// Function and kind, for people.
pub fn title(function: Function, kind: Kind) -> String {
    format!("{}: {}", function.name(), kind.name())
}
