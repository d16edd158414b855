//! The options of `taskline local` that choose the handler, instead of settings.

use std::{env, ffi::OsString};

use ::local::{DataDirectory, SecretFileError, WebhookSecret};
use clap::Args;
use shared::setting::Variables;

use crate::{invalid_arguments::InvalidArguments, not_blank::not_blank};

#[derive(Debug, Args)]
#[group(skip)]
pub struct HandlerArguments {
    /// Post each task to this URL. Without WEBHOOK_SECRET, the pipeline makes a secret and keeps it in its data directory
    #[arg(long, value_name = "URL", value_parser = not_blank, conflicts_with = "handler_function")]
    pub webhook: Option<String>,
    /// Handle tasks with this Lambda function: a name or an ARN, with :ALIAS or :VERSION if you like; --region,
    /// --profile and --endpoint-url say where it is
    #[arg(long, value_name = "FUNCTION", value_parser = not_blank)]
    pub handler_function: Option<String>,
}

impl HandlerArguments {
    /// Whether tasks are handled on AWS.
    pub fn invokes_a_function(&self) -> bool {
        self.handler_function.is_some() || env::var_os("TASK_HANDLER").is_some_and(|set| set == "lambda")
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
        let options = [
            ("--webhook", "webhook", "WEBHOOK_URL", &self.webhook),
            ("--handler-function", "lambda", "HANDLER_FUNCTION", &self.handler_function),
        ];
        for (option, handler, setting, value) in options {
            let Some(value) = value else { continue };
            for (name, value) in [("TASK_HANDLER", handler), (setting, value)] {
                if all.iter().any(|(set, _)| set == name) {
                    return Err(InvalidArguments::because(format!(
                        "{option} and {name} both choose the handler: use one of them"
                    )));
                }
                all.push((name.into(), value.into()));
            }
        }
        Ok(all)
    }

    /// The webhook's secret in the data directory, if the settings have none.
    ///
    /// # Errors
    /// [`SecretFileError`].
    pub fn secret(
        &self,
        variables: &Variables,
        data: &DataDirectory,
    ) -> Result<Option<WebhookSecret>, SecretFileError> {
        match self.webhook.is_some() && variables.get("WEBHOOK_SECRET").is_none() {
            true => data.webhook_secret().map(Some),
            false => Ok(None),
        }
    }
}
