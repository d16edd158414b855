//! The start of a function: everything that it needs is checked before its first event.

use std::process::ExitCode;

use aws::{Clients, Connections, function_connections};
use shared::{
    ports::PortError,
    setting::{InvalidSetting, Program, Variables},
};
use tracing::{error, warn};

use crate::{
    FunctionSettings, Invocations, log,
    metrics::{Metrics, MetricsError},
};

/// What a function needs to serve events.
pub struct Function {
    /// The checked environment.
    pub variables: Variables,
    /// The pipeline's settings.
    pub settings: FunctionSettings,
    /// The connections to AWS.
    pub connections: Connections,
    /// The AWS clients, over these connections.
    pub clients: Clients,
    /// Logs and metrics of the invocations.
    pub invocations: Invocations,
}

/// Why a function did not start or stopped.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// A setting is missing or invalid.
    #[error(transparent)]
    Setting(#[from] InvalidSetting),
    /// A value that is read at the start, such as a secret, could not be read.
    #[error(transparent)]
    Port(#[from] PortError),
    /// The metrics could not be started.
    #[error(transparent)]
    Metrics(#[from] MetricsError),
    /// Lambda's Runtime API failed.
    #[error("failed to serve Lambda's events")]
    Runtime(#[source] lambda_runtime::Error),
}

/// The page that describes the settings.
const SETTINGS_PAGE: &str = "docs/settings.md";

/// Starts a function and serves events until Lambda ends the process. A failed start logs one line, which names an invalid
/// variable, and exits: Lambda reports `Runtime.ExitError`.
pub async fn run(program: Program, serve: impl AsyncFnOnce(Function) -> Result<(), StartError>) -> ExitCode {
    let served = async {
        let variables = start_log(Variables::checked(program, std::env::vars_os()))?;
        let lookup = |name: &str| variables.get(name);
        let settings = FunctionSettings::read(&lookup)?;
        let invocations = Invocations::new(Metrics::start(&settings.pipeline)?);
        let connections = function_connections(&lookup)?;
        let clients = Clients::over(connections.configuration());
        serve(Function { variables, settings, connections, clients, invocations }).await
    };
    match served.await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let see = matches!(error, StartError::Setting(_)).then_some(SETTINGS_PAGE);
            error!(error = &error as &dyn std::error::Error, see, "the function can't run");
            ExitCode::FAILURE
        }
    }
}

/// Starts logging first, even if the variables are invalid, so that the error is logged.
fn start_log(checked: Result<Variables, InvalidSetting>) -> Result<Variables, InvalidSetting> {
    let variables = match checked {
        Ok(variables) => variables,
        Err(invalid) => {
            log::start(&|_| None)?;
            return Err(invalid);
        }
    };
    log::start(&|name| variables.get(name))?;
    for unread in variables.unread() {
        warn!(setting = unread.name, problem = unread.problem, "a variable is not read");
    }
    Ok(variables)
}
