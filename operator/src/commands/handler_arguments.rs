//! The options of `taskline local` that choose the handler, instead of settings.

use std::{env, ffi::OsString, path::PathBuf};

use ::local::{DataDirectory, SecretFileError, WebhookSecret};
use clap::Args;
use shared::setting::Variables;
use types::{TypeHandler, TypesFile};

use crate::{invalid_arguments::InvalidArguments, not_blank::not_blank};

const TYPES_FILE: &str = "TYPES_FILE";

#[derive(Debug, Args)]
#[group(skip)]
pub struct HandlerArguments {
    /// Post each task to this URL; without WEBHOOK_SECRET, the pipeline makes a secret and keeps it in its data directory
    #[arg(long, value_name = "URL", value_parser = not_blank, conflicts_with_all = ["handler", "handler_server", "handler_function"])]
    pub webhook: Option<String>,
    /// Start this program for each task; it gets the task as JSON on its standard input, and its exit code decides
    #[arg(long, value_name = "COMMAND", value_parser = not_blank, conflicts_with_all = ["handler_server", "handler_function"])]
    pub handler: Option<String>,
    /// Start this program once; it reads a line of JSON for each task and writes one for each outcome
    #[arg(long, value_name = "COMMAND", value_parser = not_blank, conflicts_with = "handler_function")]
    pub handler_server: Option<String>,
    /// Handle tasks with this Lambda function: a name or an ARN, with :ALIAS or :VERSION if you like; --region,
    /// --profile and --endpoint-url say where it is
    #[arg(long, value_name = "FUNCTION", value_parser = not_blank)]
    pub handler_function: Option<String>,
    /// The file of types, in TOML: the types of tasks that this pipeline knows; each can have its own handler, time-out,
    /// attempt budget and schema
    #[arg(long, value_name = "FILE")]
    pub types: Option<PathBuf>,
}

/// An option, and the settings that it sets.
struct HandlerOption<'a> {
    name: &'static str,
    task_handler: &'static str,
    setting: &'static str,
    value: &'a str,
}

impl HandlerArguments {
    /// Whether tasks may be handled on AWS. A type of a file may have a function.
    pub fn may_invoke_a_function(&self) -> bool {
        let has_types = self.types.is_some() || env::var_os(TYPES_FILE).is_some();
        has_types
            || self.handler_function.is_some()
            || env::var_os("TASK_HANDLER").is_some_and(|set| set == "lambda")
    }

    /// The option that sets this setting, for error messages; the setting's own name without one.
    pub fn name_of(&self, setting: &'static str) -> &'static str {
        match setting {
            TYPES_FILE if self.types.is_some() => "--types",
            _ => {
                self.option().filter(|option| option.setting == setting).map_or(setting, |option| option.name)
            }
        }
    }

    /// The environment with the settings that these options stand for.
    ///
    /// # Errors
    /// If it has one of them already.
    pub fn added_to(
        &self,
        environment: impl Iterator<Item = (OsString, OsString)>,
    ) -> Result<Vec<(OsString, OsString)>, InvalidArguments> {
        let mut all: Vec<(OsString, OsString)> = environment.collect();
        if let Some(file) = &self.types {
            if all.iter().any(|(set, _)| set == TYPES_FILE) {
                let problem =
                    format!("--types and {TYPES_FILE} both name the file of types: use one of them");
                return Err(InvalidArguments::because(problem));
            }
            all.push((TYPES_FILE.into(), file.into()));
        }
        let Some(option) = self.option() else {
            return Ok(all);
        };
        for (name, value) in [("TASK_HANDLER", option.task_handler), (option.setting, option.value)] {
            if all.iter().any(|(set, _)| set == name) {
                return Err(InvalidArguments::because(format!(
                    "{} and {name} both choose the handler: use one of them",
                    option.name
                )));
            }
            all.push((name.into(), value.into()));
        }
        Ok(all)
    }

    fn option(&self) -> Option<HandlerOption<'_>> {
        let options = [
            ("--webhook", "webhook", "WEBHOOK_URL", &self.webhook),
            ("--handler", "command", "HANDLER_COMMAND", &self.handler),
            ("--handler-server", "command", "HANDLER_SERVER", &self.handler_server),
            ("--handler-function", "lambda", "HANDLER_FUNCTION", &self.handler_function),
        ];
        options.into_iter().find_map(|(name, task_handler, setting, value)| {
            let value = value.as_deref()?;
            Some(HandlerOption { name, task_handler, setting, value })
        })
    }

    /// The webhook's secret in the data directory, if the settings have none.
    ///
    /// # Errors
    /// [`SecretFileError`].
    pub fn secret(
        &self,
        variables: &Variables,
        types: Option<&TypesFile>,
        data: &DataDirectory,
    ) -> Result<Option<WebhookSecret>, SecretFileError> {
        let mut types = types.into_iter().flat_map(TypesFile::types);
        let is_of_a_type = types.any(|entry| matches!(entry.handler, Some(TypeHandler::Webhook(_))));
        match (self.webhook.is_some() || is_of_a_type) && variables.get("WEBHOOK_SECRET").is_none() {
            true => data.webhook_secret().map(Some),
            false => Ok(None),
        }
    }
}
