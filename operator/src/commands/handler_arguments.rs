//! The options of `taskline local` that choose the handler, instead of settings.

use std::{env, ffi::OsString};

use clap::Args;

use crate::{invalid_arguments::InvalidArguments, not_blank::not_blank};

#[derive(Debug, Args)]
#[group(skip)]
pub struct HandlerArguments {
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
        let Some(function) = &self.handler_function else {
            return Ok(all);
        };
        for (name, value) in [("TASK_HANDLER", "lambda"), ("HANDLER_FUNCTION", function)] {
            if all.iter().any(|(set, _)| set == name) {
                return Err(InvalidArguments::because(format!(
                    "--handler-function and {name} both choose the handler: use one of them"
                )));
            }
            all.push((name.into(), value.into()));
        }
        Ok(all)
    }
}
