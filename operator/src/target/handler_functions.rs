//! The Lambda functions that handle the tasks of a pipeline on this machine.

use shared::{FunctionName, ports::HandlerFunction};

/// Makes the port to a function.
pub type HandlerFunctions = Box<dyn Fn(FunctionName) -> Box<dyn HandlerFunction>>;
