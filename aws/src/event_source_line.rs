//! The line as a whole on AWS: its switch is the event source mapping that delivers from the queue, its depth the
//! queue's own.

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

use crate::{SqsTaskQueue, fault::port_error};

const SWITCH: &str = "the line's switch (its event source mapping)";
/// A mapping takes some seconds, at times a minute, to come to rest in its new state.
const PATIENCE: Duration = Duration::from_secs(120);
const LOOK_AGAIN: Duration = Duration::from_millis(500);

/// The states between which a mapping is switched, and all others, through which it passes by itself
/// (`State`, Lambda API reference, GetEventSourceMapping).
#[derive(Debug, Clone, PartialEq, Eq)]
enum State {
    Enabled,
    Disabled,
    /// On its way to being disabled.
    Disabling,
    /// `Creating`, `Enabling`, `Updating`, `Deleting`.
    Other(String),
}

/// The mapping did not come to rest as it was switched.
#[derive(Debug, thiserror::Error)]
#[error(
    "it was asked to be {wanted} and is still {found} after {} s; run the command again to go on waiting",
    PATIENCE.as_secs()
)]
struct NotSwitched {
    wanted: State,
    found: State,
}

/// The answer says nothing of how the mapping stands.
#[derive(Debug, thiserror::Error)]
#[error("Lambda answered without a state")]
struct NoState;

/// A line whose messages an event source mapping delivers.
///
/// The head, its age and the rate of completion are told by no call to SQS or Lambda, nor whether a function gets on with
/// what it receives: [`LineStatus`] leaves them out.
#[derive(Debug, Clone)]
pub struct EventSourceLine {
    client: Client,
    mapping: String,
    queue: SqsTaskQueue,
}

impl EventSourceLine {
    /// The line in `queue`, which the mapping of this id delivers.
    pub fn over(configuration: &SdkConfig, mapping: impl Into<String>, queue: SqsTaskQueue) -> Self {
        Self { client: Client::new(configuration), mapping: mapping.into(), queue }
    }

    async fn state(&self) -> Result<State, PortError> {
        let mapping = self.client.get_event_source_mapping().uuid(&self.mapping).send().await;
        State::read(mapping.map_err(|error| port_error(SWITCH, error))?.state())
    }

    /// Switches, and waits until it is so. Nothing is asked of a mapping that is on its way already, since it refuses.
    /// An answer can be lost after the update was made, so what tells is not the answer, but that the mapping was seen at
    /// rest in the other state.
    async fn switch(&self, wanted: State) -> Result<Switched, PortError> {
        let give_up_at = Instant::now() + PATIENCE;
        let mut switched = Switched::Already;
        loop {
            let mut found = self.state().await?;
            if found.is_at_rest() && found != wanted {
                switched = Switched::Now;
                found = self.ask(wanted == State::Enabled).await?;
            }
            if found == wanted {
                return Ok(switched);
            }
            if Instant::now() > give_up_at {
                return Err(PortError::unavailable(SWITCH, NotSwitched { wanted, found }));
            }
            sleep(LOOK_AGAIN).await;
        }
    }

    /// Returns how the mapping stands then: rarely at rest.
    async fn ask(&self, enabled: bool) -> Result<State, PortError> {
        let update = self.client.update_event_source_mapping().uuid(&self.mapping).enabled(enabled);
        match update.send().await {
            Ok(Update { state, .. }) => State::read(state.as_deref()),
            Err(error) if error.as_service_error().is_some_and(is_in_use) => {
                Ok(State::Other("in use".to_owned()))
            }
            Err(error) => Err(port_error(SWITCH, error)),
        }
    }
}

/// Somebody else, or a deployment, was faster.
fn is_in_use(error: &UpdateError) -> bool {
    error.is_resource_in_use_exception() || error.is_resource_conflict_exception()
}

impl DeliverySwitch for EventSourceLine {
    async fn status(&self) -> Result<LineStatus, PortError> {
        let (state, depth) = tokio::try_join!(self.state(), self.queue.depth())?;
        Ok(LineStatus {
            paused: matches!(state, State::Disabled | State::Disabling),
            waiting: depth.waiting,
            in_flight: depth.in_flight,
            ..LineStatus::default()
        })
    }

    /// Lambda keeps no reason with a mapping; who switched it, CloudTrail knows.
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
            None => Err(PortError::unavailable(SWITCH, NoState)),
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

    fn is_at_rest(&self) -> bool {
        matches!(self, Self::Enabled | Self::Disabled)
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
