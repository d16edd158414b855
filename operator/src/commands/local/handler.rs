//! The handlers of a pipeline on this machine: the one for all types, and those of types that have their own.

use std::{ffi::OsString, path::PathBuf, sync::Arc, time::Duration};

use ::local::DataDirectory;
use chrono::TimeDelta;
use command::{
    CommandHandler, CommandLine, CommandOptions, Environment, InvalidCommand, ServerHandler, Turn,
};
use processor::{
    Handlers, Handling, ProcessorSettings,
    handlers::{self, TypeOptions},
};
use shared::{
    ports::Clock,
    setting::{InvalidSetting, Lookup},
};
use types::{TypeHandler, TypesFile};

use crate::{
    commands::handler_arguments::HandlerArguments,
    target::{AwsOptions, HandlerFunctions, InvalidChoice, handler_functions},
};

use super::{
    programs::Programs,
    summary::{Summary, TypeSummary},
};

const TASK_HANDLER: &str = "TASK_HANDLER";
const HANDLER_COMMAND: &str = "HANDLER_COMMAND";
const HANDLER_SERVER: &str = "HANDLER_SERVER";
const HANDLER_FUNCTION: &str = "HANDLER_FUNCTION";

/// The handlers that were chosen.
pub struct Chosen {
    pub handlers: Handlers,
    /// The handler for all types.
    pub summary: Summary,
    /// The types of the file.
    pub types: Vec<TypeSummary>,
    pub programs: Programs,
}

/// The settings that choose handlers, and what these need.
pub struct Choice<'a> {
    pub arguments: &'a HandlerArguments,
    /// The environment with the settings.
    pub environment: Vec<(OsString, OsString)>,
    pub lookup: Lookup<'a>,
    pub settings: &'a ProcessorSettings,
    pub types: Option<&'a TypesFile>,
    pub clock: Arc<dyn Clock>,
    pub data: &'a DataDirectory,
}

impl Choice<'_> {
    /// Reads the handlers from the settings and the file of types.
    ///
    /// # Errors
    /// [`InvalidSetting`] names a setting, or the option instead of it; another error if AWS can't be reached.
    pub async fn handlers(self, aws_options: AwsOptions) -> anyhow::Result<Chosen> {
        let named = handlers::function_name(self.lookup).map_err(|invalid| {
            InvalidSetting::new(self.arguments.name_of(HANDLER_FUNCTION), invalid.problem)
        })?;
        let functions = self.functions(named.is_some(), aws_options).await?;
        let mut programs = Started {
            choice: &self,
            turn: Turn::new(self.data.programs_lock()),
            programs: Programs::default(),
        };
        let (handling, summary) = match (self.lookup)(TASK_HANDLER).as_deref() {
            Some("command") => programs.of_all_types()?,
            _ => {
                let port = named.clone().zip(functions.as_ref()).map(|(name, functions)| functions(name));
                let handling = handlers::choose(self.lookup, self.settings, Arc::clone(&self.clock), port)?;
                (handling, Summary::of_settings(self.lookup, named))
            }
        };
        let Some(file) = self.types else {
            let programs = programs.programs;
            return Ok(Chosen { handlers: handling.into(), summary, types: Vec::new(), programs });
        };
        handlers::check_use(self.lookup, file)?;
        let options = TypeOptions {
            lookup: self.lookup,
            settings: self.settings,
            clock: Arc::clone(&self.clock),
            function: functions.as_deref(),
        };
        let of_type = |_: &_, handler: &TypeHandler, timeout| programs.of_type(handler, timeout);
        let handlers = options
            .add_to(handling.into(), file, of_type)
            .map_err(|error| error.of_option(self.arguments.name_of("TYPES_FILE")))?;
        let types = file.types().map(|entry| TypeSummary {
            task_type: entry.task_type.clone(),
            handler: entry.handler.map(|handler| Summary::of_type(handler, || self.program(handler))),
        });
        Ok(Chosen { handlers, summary, types: types.collect(), programs: programs.programs })
    }

    /// A connection to AWS, if a handler is a function.
    async fn functions(
        &self,
        is_needed: bool,
        options: AwsOptions,
    ) -> anyhow::Result<Option<HandlerFunctions>> {
        let mut types = self.types.into_iter().flat_map(TypesFile::types);
        let is_of_a_type = |handler: Option<&TypeHandler>| matches!(handler, Some(TypeHandler::Function(_)));
        if is_needed || types.any(|entry| is_of_a_type(entry.handler)) {
            return handler_functions(options).await.map(Some);
        }
        match options.first_named() {
            Some(name) => Err(InvalidChoice::NothingOnAws(name).into()),
            None => Ok(None),
        }
    }

    fn program(&self, handler: &TypeHandler) -> Option<PathBuf> {
        let (TypeHandler::Command(line) | TypeHandler::Server(line)) = handler else { return None };
        self.command_line(line).ok().map(|line| line.program().clone())
    }

    fn command_line(&self, text: &str) -> Result<CommandLine, InvalidCommand> {
        let search_path = self.environment.iter().find(|(name, _)| name == "PATH");
        CommandLine::parse(text, search_path.map(|(_, value)| value.as_os_str()))
    }
}

/// Makes the handlers that start programs.
struct Started<'a> {
    choice: &'a Choice<'a>,
    /// One program at a time, whichever handler it is of.
    turn: Turn,
    programs: Programs,
}

impl Started<'_> {
    fn of_all_types(&mut self) -> Result<(Handling, Summary), InvalidSetting> {
        let Choice { lookup, settings, arguments, .. } = self.choice;
        let (setting, text) = match (lookup(HANDLER_COMMAND), lookup(HANDLER_SERVER)) {
            (Some(command), _) => (HANDLER_COMMAND, command),
            (None, Some(server)) => (HANDLER_SERVER, server),
            (None, None) => {
                let problem = format!("or {HANDLER_SERVER} is required when {TASK_HANDLER} is command");
                return Err(InvalidSetting::new(HANDLER_COMMAND, problem));
            }
        };
        let invalid = |problem: InvalidCommand| InvalidSetting::new(arguments.name_of(setting), problem);
        let command = self.choice.command_line(&text).map_err(invalid)?;
        let program = command.program().clone();
        Ok(match setting {
            HANDLER_SERVER => (self.server(command, settings.handler_timeout), Summary::Server(program)),
            _ => (self.command(command, settings.handler_timeout), Summary::Command(program)),
        })
    }

    fn of_type(&mut self, handler: &TypeHandler, timeout: TimeDelta) -> Result<Handling, String> {
        let line = |text: &str| self.choice.command_line(text).map_err(|problem| problem.to_string());
        match handler {
            TypeHandler::Command(text) => line(text).map(|line| self.command(line, timeout)),
            TypeHandler::Server(text) => line(text).map(|line| self.server(line, timeout)),
            _ => Err("starts no program".to_owned()),
        }
    }

    fn command(&mut self, command: CommandLine, timeout: TimeDelta) -> Handling {
        let handler = CommandHandler::new(self.options(command, timeout));
        self.programs.add_command(handler.clone());
        handler.into()
    }

    fn server(&mut self, command: CommandLine, timeout: TimeDelta) -> Handling {
        let handler = ServerHandler::new(self.options(command, timeout));
        self.programs.add_server(handler.clone());
        handler.into()
    }

    fn options(&self, command: CommandLine, timeout: TimeDelta) -> CommandOptions {
        CommandOptions {
            command,
            environment: Environment::inherited(self.choice.environment.clone()),
            version: (self.choice.lookup)("TASKLINE_HANDLER_VERSION"),
            handler_timeout: timeout.to_std().unwrap_or(Duration::ZERO),
            clock: Arc::clone(&self.choice.clock),
            turn: self.turn.clone(),
        }
    }
}
