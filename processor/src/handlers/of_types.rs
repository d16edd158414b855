//! The handlers of the types that have their own, from the file of types and the settings that all handlers share.

use std::sync::Arc;

use chrono::TimeDelta;
use shared::{
    FunctionName, TaskType,
    ports::{Clock, HandlerFunction},
    setting::{InvalidSetting, Lookup, SETTINGS},
};
use types::{InvalidTypes, TypeHandler, TypesFile};

use super::choose::{function, webhook, webhook_seconds};
use crate::{handler::Handling, handlers_by_type::Handlers, settings::ProcessorSettings};

/// What the handlers of types need of their program.
pub struct TypeOptions<'a> {
    /// The settings that all handlers share.
    pub lookup: Lookup<'a>,
    /// Those of the processor.
    pub settings: &'a ProcessorSettings,
    /// The clock of the processor.
    pub clock: Arc<dyn Clock>,
    /// Makes the port to a Lambda function, if the program can invoke one.
    pub function: Option<&'a dyn Fn(FunctionName) -> Box<dyn HandlerFunction>>,
}

impl TypeOptions<'_> {
    /// Adds the handlers of the file to the one for all types. `program` makes one of a type whose handler is a program.
    ///
    /// # Errors
    /// [`InvalidTypes`] names the type and the key that can't be used, without quoting a URL or a command.
    pub fn add_to(
        &self,
        mut handlers: Handlers,
        file: &TypesFile,
        mut program: impl FnMut(&TaskType, &TypeHandler, TimeDelta) -> Result<Handling, String>,
    ) -> Result<Handlers, InvalidTypes> {
        let is_posted = (self.lookup)("TASK_HANDLER").as_deref() == Some("webhook");
        let of_default = (self.lookup)("WEBHOOK_URL").filter(|_| is_posted).map(TypeHandler::Webhook);
        for entry in file.types() {
            let has_own_timeout = entry.terms.timeout_seconds.is_some();
            // The receiver for all types has a client with the time-out for all types.
            let handler = entry.handler.or(of_default.as_ref().filter(|_| has_own_timeout));
            let Some(handler) = handler else { continue };
            let timeout = entry
                .terms
                .timeout_seconds
                .map_or(self.settings.handler_timeout, |seconds| TimeDelta::seconds(i64::from(seconds)));
            let made = match handler {
                TypeHandler::Record => Ok(Handling::Record),
                TypeHandler::Webhook(url) => self.webhook(url, entry.terms.timeout_seconds),
                TypeHandler::Function(name) => self.function(name),
                TypeHandler::Command(_) | TypeHandler::Server(_) => {
                    program(entry.task_type, handler, timeout)
                }
            };
            let made = made.map_err(|problem| {
                InvalidTypes::of_type(entry.task_type, handler.key(), problem).of_file(file.path())
            })?;
            handlers = handlers.with(entry.task_type.clone(), made);
        }
        Ok(handlers)
    }

    fn function(&self, name: &FunctionName) -> Result<Handling, String> {
        let port = self.function.ok_or("can't be used: this program can't invoke functions")?;
        function(self.lookup, Arc::clone(&self.clock), port(name.clone())).map_err(|error| error.to_string())
    }

    fn webhook(&self, url: &str, own_seconds: Option<u32>) -> Result<Handling, String> {
        let seconds =
            webhook_seconds(self.lookup, self.settings, own_seconds).map_err(|error| error.to_string())?;
        webhook(self.lookup, url, seconds, Arc::clone(&self.clock)).map_err(|error| {
            match error.name.as_ref() {
                "WEBHOOK_URL" => error.problem,
                _ => format!("needs a setting: {error}"),
            }
        })
    }
}

/// Refuses a setting of one kind of handler if neither all types nor one of the file has such a handler.
///
/// # Errors
/// [`InvalidSetting`] names the setting.
pub fn check_use(lookup: Lookup<'_>, file: &TypesFile) -> Result<(), InvalidSetting> {
    let chosen = lookup("TASK_HANDLER");
    for setting in
        SETTINGS.iter().filter(|setting| setting.is_for_types_too && lookup(setting.name).is_some())
    {
        let Some((_, needed)) = setting.needs else { continue };
        let kind = |handler: &TypeHandler| match handler {
            TypeHandler::Command(_) | TypeHandler::Server(_) => "command",
            TypeHandler::Webhook(_) => "webhook",
            TypeHandler::Function(_) => "lambda",
            TypeHandler::Record => "record",
        };
        let is_used = chosen.as_deref().is_some_and(|chosen| chosen == needed || chosen == "own")
            || file.types().any(|entry| entry.handler.is_some_and(|handler| kind(handler) == needed));
        if !is_used {
            let problem = format!(
                "does nothing without TASK_HANDLER={needed} or a type with such a handler in {}: unset it",
                file.path().display()
            );
            return Err(InvalidSetting::new(setting.name, problem));
        }
    }
    Ok(())
}
