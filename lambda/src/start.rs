//! The start of a function: everything it needs is there before it takes its first event, or it says what is missing.

use std::process::ExitCode;

use aws::{Clients, Connections, of_function};
use shared::{ports::PortError, setting::InvalidSetting};
use tracing::error;

use crate::{
    FunctionSettings, Invocations, log,
    metrics::{Metrics, MetricsError},
};

/// What a function works with.
pub struct Function {
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

/// A variable of the function's environment.
pub fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// Starts a function and serves events until Lambda ends the process. A start that fails is one line in the log, which
/// names the variable that is at fault, and an exit: Lambda reports it as `Runtime.ExitError`.
pub async fn run(serve: impl AsyncFnOnce(Function) -> Result<(), StartError>) -> ExitCode {
    let served = async {
        log::start(&environment)?;
        let settings = FunctionSettings::read(&environment)?;
        let invocations = Invocations::new(Metrics::start(&settings.pipeline)?);
        let connections = of_function(&environment)?;
        let clients = Clients::over(connections.configuration());
        serve(Function { settings, connections, clients, invocations }).await
    };
    match served.await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            error!(error = &error as &dyn std::error::Error, "the function can't run");
            ExitCode::FAILURE
        }
    }
}
