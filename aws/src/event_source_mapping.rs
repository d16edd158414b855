//! Pauses and resumes a line by disabling and enabling the event source mapping that delivers its messages.

use std::{fmt, time::Duration};

use aws_config::SdkConfig;
use aws_sdk_lambda::{
    Client,
    operation::update_event_source_mapping::{
        UpdateEventSourceMappingError as UpdateError, UpdateEventSourceMappingOutput as Update,
    },
};
use shared::{
    AuditEntry,
    ports::{DeliverySwitch, LineStatus, PortError, Switched, TaskQueue},
};
use tokio::time::{Instant, sleep};

use crate::{port_error::port_error, sqs_task_queue::SqsTaskQueue};

const SWITCH: &str = "the line's switch (its event source mapping)";
/// A mapping usually takes some seconds to change its state, sometimes a minute.
const WAIT_MAX: Duration = Duration::from_secs(120);
const POLL_INTERVAL: Duration = Duration::from_millis(500);

/// The state of a mapping (`State`, Lambda API reference, GetEventSourceMapping).
#[derive(Debug, Clone, PartialEq, Eq)]
enum State {
    Enabled,
    Disabled,
    Disabling,
    /// `Creating`, `Enabling`, `Updating` or `Deleting`.
    Other(String),
}

/// The mapping did not reach the wanted state in time.
#[derive(Debug, thiserror::Error)]
#[error(
    "it is {found} and not yet {wanted} after {} s; run the command again to wait longer",
    WAIT_MAX.as_secs()
)]
struct SwitchTimedOut {
    wanted: State,
    found: State,
}

/// Lambda's answer has no state.
#[derive(Debug, thiserror::Error)]
#[error("Lambda answered without a state")]
struct MissingState;

/// The mapping from a line's queue to the processor.
///
/// Neither SQS nor Lambda reports the head of the line, its age, the rate of completion, or whether the function makes
/// progress, so its [`LineStatus`] leaves them out.
#[derive(Debug, Clone)]
pub struct EventSourceMapping {
    client: Client,
    id: String,
    queue: SqsTaskQueue,
}

impl EventSourceMapping {
    /// The mapping with this id, which delivers the messages of `queue`.
    pub fn new(configuration: &SdkConfig, id: impl Into<String>, queue: SqsTaskQueue) -> Self {
        Self { client: Client::new(configuration), id: id.into(), queue }
    }

    async fn state(&self) -> Result<State, PortError> {
        let mapping = self.client.get_event_source_mapping().uuid(&self.id).send().await;
        State::read(mapping.map_err(|error| port_error(SWITCH, error))?.state())
    }

    /// Requests the wanted state and waits until the mapping has it. A mapping that is changing its state refuses an
    /// update, so none is sent then. The result depends on the states that were seen and not on the answer to the
    /// update, which can be lost after the update was made.
    async fn switch(&self, wanted: State) -> Result<Switched, PortError> {
        let give_up_at = Instant::now() + WAIT_MAX;
        let mut switched = Switched::Already;
        loop {
            let mut found = self.state().await?;
            if found.is_stable() && found != wanted {
                switched = Switched::Now;
                found = self.update(wanted == State::Enabled).await?;
            }
            if found == wanted {
                return Ok(switched);
            }
            if Instant::now() > give_up_at {
                return Err(PortError::unavailable(SWITCH, SwitchTimedOut { wanted, found }));
            }
            sleep(POLL_INTERVAL).await;
        }
    }

    /// Returns the state right after the update, which is rarely the wanted one yet.
    async fn update(&self, enabled: bool) -> Result<State, PortError> {
        let update = self.client.update_event_source_mapping().uuid(&self.id).enabled(enabled);
        match update.send().await {
            Ok(Update { state, .. }) => State::read(state.as_deref()),
            Err(error) if error.as_service_error().is_some_and(is_in_use) => {
                Ok(State::Other("in use".to_owned()))
            }
            Err(error) => Err(port_error(SWITCH, error)),
        }
    }
}

/// Another operator or a deployment is changing the mapping.
fn is_in_use(error: &UpdateError) -> bool {
    error.is_resource_in_use_exception() || error.is_resource_conflict_exception()
}

impl DeliverySwitch for EventSourceMapping {
    async fn status(&self) -> Result<LineStatus, PortError> {
        let (state, depth) = tokio::try_join!(self.state(), self.queue.depth())?;
        Ok(LineStatus {
            paused: matches!(state, State::Disabled | State::Disabling),
            waiting: depth.waiting,
            in_flight: depth.in_flight,
            ..LineStatus::default()
        })
    }

    /// Lambda stores no reason with a mapping. CloudTrail records who disabled it.
    async fn pause(&self, _why: &AuditEntry) -> Result<Switched, PortError> {
        self.switch(State::Disabled).await
    }

    async fn resume(&self, _why: &AuditEntry) -> Result<Switched, PortError> {
        self.switch(State::Enabled).await
    }
}

impl State {
    fn read(text: Option<&str>) -> Result<Self, PortError> {
        match text {
            Some("Enabled") => Ok(Self::Enabled),
            Some("Disabled") => Ok(Self::Disabled),
            Some("Disabling") => Ok(Self::Disabling),
            Some(other) => Ok(Self::Other(other.to_owned())),
            None => Err(PortError::unavailable(SWITCH, MissingState)),
        }
    }

    fn as_str(&self) -> &str {
        match self {
            Self::Enabled => "Enabled",
            Self::Disabled => "Disabled",
            Self::Disabling => "Disabling",
            Self::Other(name) => name,
        }
    }

    fn is_stable(&self) -> bool {
        matches!(self, Self::Enabled | Self::Disabled)
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
