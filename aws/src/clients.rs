//! Clients that give up in time.
//!
//! A function that waits for AWS longer than its own time allows is killed and can answer nothing. So every call has
//! an end of its own, and all that a function makes one after another fit its time (`shared::limits`): the caller gets a
//! [`shared::ports::PortError`] and can still answer 503 or leave the message to come back.

use std::time::Duration;

use aws_config::{BehaviorVersion, ConfigLoader, SdkConfig, retry::RetryConfig, timeout::TimeoutConfig};
use aws_sdk_sqs::config::SharedHttpClient;
use aws_smithy_http_client::{
    Builder,
    tls::{Provider, rustls_provider::CryptoMode},
};

use shared::limits::CALL_SECONDS_MAX;
#[cfg(feature = "secrets")]
use shared::ports::PortError;

use crate::{DynamoDbTaskRecords, SqsTaskQueue};

/// How long one attempt of a program's call may take, and the call with all its attempts.
const PROGRAM: CallLimits = CallLimits { attempt: Duration::from_secs(2), call: Duration::from_secs(5) };
/// The same for a function. The commonest cause of a call without an answer is a connection that did not survive the time
/// in which Lambda kept the function frozen: two whole attempts fit, with the wait between them.
const FUNCTION: CallLimits =
    CallLimits { attempt: Duration::from_secs(1), call: Duration::from_secs(CALL_SECONDS_MAX as u64) };
pub(crate) const CONNECT: Duration = Duration::from_secs(1);
/// Every call can be repeated: a send by its dedupe id, a write by its condition.
const ATTEMPTS_MAX: u32 = 3;
/// The longest wait of a function before its second attempt; before the third it is twice that. A call that is throttled
/// three times then fails as throttled, and not for want of time.
const FUNCTION_BACKOFF: Duration = Duration::from_millis(500);

struct CallLimits {
    attempt: Duration,
    call: Duration,
}

/// Where a program's configuration comes from: the environment, as every AWS tool reads it (`AWS_REGION`,
/// `AWS_ENDPOINT_URL`, the credential chain), under our own time limits.
pub fn defaults() -> ConfigLoader {
    aws_config::defaults(behavior())
        .http_client(http_client())
        .timeout_config(program_limits())
        .retry_config(retries())
}

/// Pinned, so that an update of the SDK changes nothing.
pub(crate) fn behavior() -> BehaviorVersion {
    BehaviorVersion::v2026_01_12()
}

fn retries() -> RetryConfig {
    RetryConfig::standard().with_max_attempts(ATTEMPTS_MAX)
}

pub(crate) fn function_retries() -> RetryConfig {
    retries().with_initial_backoff(FUNCTION_BACKOFF)
}

/// TLS is by ring: aws-lc, the SDK's own choice, collects entropy at its start, which a small function feels as 50 ms
/// and more of cold start.
pub(crate) fn http_client() -> SharedHttpClient {
    Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring)).build_https()
}

pub(crate) fn program_limits() -> TimeoutConfig {
    PROGRAM.configuration()
}

pub(crate) fn function_limits() -> TimeoutConfig {
    FUNCTION.configuration()
}

impl CallLimits {
    fn configuration(&self) -> TimeoutConfig {
        TimeoutConfig::builder()
            .connect_timeout(CONNECT)
            .operation_attempt_timeout(self.attempt)
            .operation_timeout(self.call)
            .build()
    }
}

/// The same limits for a call that the service itself may keep waiting for up to `waiting`.
pub(crate) fn while_waiting(limits: &TimeoutConfig, waiting: Duration) -> TimeoutConfig {
    let longer = |limit: Option<Duration>| limit.map(|limit| limit + waiting);
    let mut extended = limits.to_builder();
    extended
        .set_operation_attempt_timeout(longer(limits.operation_attempt_timeout()))
        .set_operation_timeout(longer(limits.operation_timeout()));
    extended.build()
}

/// What makes the ports' clients, which share their connections. A client costs some 0.5 million instructions, most of
/// them the SDK's table of partitions, which it reads for each service: so each is made for who needs it.
#[derive(Debug, Clone)]
pub struct Clients(SdkConfig);

impl Clients {
    /// Over a configuration: one that began as [`defaults`], or a function's
    /// [own](crate::Connections::configuration).
    pub fn over(configuration: &SdkConfig) -> Self {
        Self(configuration.clone())
    }

    /// The FIFO queue at `queue_url`. All tasks share one `message_group`: it is the line.
    pub fn task_queue(&self, queue_url: impl Into<String>, message_group: impl Into<String>) -> SqsTaskQueue {
        SqsTaskQueue::new(&self.0, queue_url.into(), message_group.into())
    }

    /// The records in the table of this name.
    pub fn task_records(&self, table: impl Into<String>) -> DynamoDbTaskRecords {
        DynamoDbTaskRecords::new(aws_sdk_dynamodb::Client::new(&self.0), table.into())
    }

    /// The text of a secret in Secrets Manager.
    ///
    /// # Errors
    /// [`PortError`] when it can't be read, or holds no text.
    #[cfg(feature = "secrets")]
    pub async fn secret(&self, arn: &str) -> Result<String, PortError> {
        crate::secret::read(&aws_sdk_secretsmanager::Client::new(&self.0), arn).await
    }
}
