//! The handler of a pipeline on this machine, and what is printed about it.

use std::{ffi::OsString, path::PathBuf, sync::Arc};

use ::local::DataDirectory;
use command::{CommandHandler, CommandLine, CommandOptions, Environment, ServerHandler};
use processor::{Handling, ProcessorSettings, handlers};
use shared::{
    FunctionName,
    ports::Clock,
    setting::{InvalidSetting, Lookup},
};

use crate::{
    commands::handler_arguments::HandlerArguments,
    target::{AwsOptions, handler_function},
};

const TASK_HANDLER: &str = "TASK_HANDLER";
const COMMAND: &str = "command";
const HANDLER_COMMAND: &str = "HANDLER_COMMAND";
const HANDLER_SERVER: &str = "HANDLER_SERVER";
const HANDLER_FUNCTION: &str = "HANDLER_FUNCTION";

/// A handler that was chosen.
pub struct Handler {
    pub handling: Handling,
    pub summary: Summary,
    pub programs: Programs,
}

/// The handler, as it is printed at the start.
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

/// The programs that the handler starts.
pub enum Programs {
    None,
    Command(CommandHandler),
    Server(ServerHandler),
}

impl Programs {
    /// Starts what runs for longer than one task.
    pub async fn start(&self) {
        match self {
            Self::None | Self::Command(_) => {}
            Self::Server(handler) => handler.start().await,
        }
    }

    /// Ends them.
    pub async fn stop(&self) {
        match self {
            Self::None => {}
            Self::Command(handler) => handler.stop().await,
            Self::Server(handler) => handler.stop().await,
        }
    }
}

/// The settings that choose a handler, and what it needs.
pub struct Choice<'a> {
    pub arguments: &'a HandlerArguments,
    /// The environment with the settings.
    pub environment: Vec<(OsString, OsString)>,
    pub lookup: Lookup<'a>,
    pub settings: &'a ProcessorSettings,
    pub clock: Arc<dyn Clock>,
    pub data: &'a DataDirectory,
}

impl Choice<'_> {
    /// Reads the handler from the settings.
    ///
    /// # Errors
    /// [`InvalidSetting`] names a setting, or the option instead of it; another error if AWS can't be reached.
    pub async fn handler(self, aws_options: AwsOptions) -> anyhow::Result<Handler> {
        if (self.lookup)(TASK_HANDLER).as_deref() == Some(COMMAND) {
            return Ok(self.command()?);
        }
        let named = handlers::function_name(self.lookup).map_err(|invalid| {
            InvalidSetting::new(self.arguments.name_of(HANDLER_FUNCTION), invalid.problem)
        })?;
        let function = match named.clone() {
            Some(name) => Some(handler_function(name, aws_options).await?),
            None => None,
        };
        let handling = handlers::choose(self.lookup, self.settings, self.clock, function)?;
        let receiver = handlers::receiver(self.lookup).map(Summary::Webhook);
        let summary = receiver.or(named.map(Summary::Function)).unwrap_or(Summary::Record);
        Ok(Handler { handling, summary, programs: Programs::None })
    }

    fn command(self) -> Result<Handler, InvalidSetting> {
        let (setting, text) = match ((self.lookup)(HANDLER_COMMAND), (self.lookup)(HANDLER_SERVER)) {
            (Some(command), _) => (HANDLER_COMMAND, command),
            (None, Some(server)) => (HANDLER_SERVER, server),
            (None, None) => {
                let problem = format!("or {HANDLER_SERVER} is required when {TASK_HANDLER} is {COMMAND}");
                return Err(InvalidSetting::new(HANDLER_COMMAND, problem));
            }
        };
        let search_path = self.environment.iter().find(|(name, _)| name == "PATH");
        let command = CommandLine::parse(&text, search_path.map(|(_, value)| value.as_os_str()))
            .map_err(|problem| InvalidSetting::new(self.arguments.name_of(setting), problem))?;
        let program = command.program().clone();
        let options = CommandOptions {
            command,
            environment: Environment::inherited(self.environment),
            version: (self.lookup)("TASKLINE_HANDLER_VERSION"),
            handler_timeout: self.settings.handler_timeout.to_std().unwrap_or_default(),
            clock: self.clock,
            programs_lock: self.data.programs_lock(),
        };
        Ok(if setting == HANDLER_SERVER {
            let handler = ServerHandler::new(options);
            let handling = handler.clone().into();
            Handler { handling, summary: Summary::Server(program), programs: Programs::Server(handler) }
        } else {
            let handler = CommandHandler::new(options);
            let handling = handler.clone().into();
            Handler { handling, summary: Summary::Command(program), programs: Programs::Command(handler) }
        })
    }
}

impl Summary {
    pub fn name(&self) -> &'static str {
        match self {
            Self::Record => "record",
            Self::Webhook(_) => "webhook",
            Self::Function(_) => "lambda",
            Self::Command(_) | Self::Server(_) => COMMAND,
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

    pub fn in_words(&self) -> String {
        let handled = match self {
            Self::Record => "is recorded as completed, and not sent anywhere".to_owned(),
            Self::Webhook(receiver) => format!("is posted to {receiver}"),
            Self::Function(function) => format!("is passed to the Lambda function {function}"),
            Self::Command(program) => format!("starts {}", program.display()),
            Self::Server(program) => format!("is passed to {}, which is started once", program.display()),
        };
        format!("Each task {handled} ({TASK_HANDLER}={}).", self.name())
    }
}
