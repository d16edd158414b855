//! The start of a function: everything it needs is there before it takes its first event, or it says what is missing.

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

/// What a function works with.
pub struct Function {
    /// Its environment, checked.
    pub variables: Variables,
    /// Which pipeline it belongs to.
    pub settings: FunctionSettings,
    /// Its way to AWS.
    pub connections: Connections,
    /// Its clients, over that way.
    pub clients: Clients,
    /// Observes its invocations.
    pub invocations: Invocations,
}

/// Why a function does not run.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// It was told something that can't be used, or not told something.
    #[error(transparent)]
    Setting(#[from] InvalidSetting),
    /// What it reads at its start can't be read.
    #[error(transparent)]
    Port(#[from] PortError),
    /// Its metrics don't start.
    #[error(transparent)]
    Metrics(#[from] MetricsError),
    /// Lambda's Runtime API does not answer as it should.
    #[error("failed to serve Lambda's events")]
    Runtime(#[source] lambda_runtime::Error),
}

/// Where settings are described.
const SETTINGS_PAGE: &str = "docs/settings.md";

/// Starts a function and serves events until Lambda ends the process. A start that fails is one line in the log, which
/// names the variable that is at fault, and an exit: Lambda reports it as `Runtime.ExitError`.
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

/// Starts the log first, also where the variables can't be used, so that it says so.
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
