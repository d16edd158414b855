//! The configuration of AWS clients: time limits, retries and TLS.
//!
//! Lambda ends a function that waits too long for AWS, and then nothing is answered. So every call has a time limit,
//! and all calls that a function makes one after another fit its timeout (`shared::limits`): the caller gets a
//! [`shared::ports::PortError`] and can still answer 503 or leave the message to be redelivered.

use std::time::Duration;

use aws_config::{BehaviorVersion, ConfigLoader, retry::RetryConfig, timeout::TimeoutConfig};
use aws_sdk_sqs::config::SharedHttpClient;
use aws_smithy_http_client::{
    Builder,
    tls::{Provider, rustls_provider::CryptoMode},
};
use shared::limits::CALL_SECONDS_MAX;

/// The limits of a program's calls.
const PROGRAM: CallLimits = CallLimits { attempt: Duration::from_secs(2), call: Duration::from_secs(5) };
/// The limits of a function's calls. The most common cause of a call without an answer is a connection that broke while
/// Lambda had frozen the function, so two full attempts and the wait between them fit.
const FUNCTION: CallLimits =
    CallLimits { attempt: Duration::from_secs(1), call: Duration::from_secs(CALL_SECONDS_MAX as u64) };
pub(crate) const CONNECT: Duration = Duration::from_secs(1);
/// Every call can be repeated: a send because of its dedupe id, a write because of its condition.
const ATTEMPTS_MAX: u32 = 3;
/// A function's longest wait before the second attempt; before the third it is twice as long. A call that is throttled
/// three times then fails as throttled and not because of its time limit.
const FUNCTION_BACKOFF: Duration = Duration::from_millis(500);

/// How long one attempt of a call may take, and the call with all its attempts.
struct CallLimits {
    attempt: Duration,
    call: Duration,
}

/// A program's configuration: from the environment, as every AWS tool reads it (`AWS_REGION`, `AWS_ENDPOINT_URL`, the
/// credential chain), with our own time limits.
pub fn defaults() -> ConfigLoader {
    aws_config::defaults(behavior())
        .http_client(http_client())
        .timeout_config(program_limits())
        .retry_config(retries())
}

/// Pinned, so that an update of the SDK changes no behaviour.
pub(crate) fn behavior() -> BehaviorVersion {
    BehaviorVersion::v2026_01_12()
}

fn retries() -> RetryConfig {
    RetryConfig::standard().with_max_attempts(ATTEMPTS_MAX)
}

pub(crate) fn function_retries() -> RetryConfig {
    retries().with_initial_backoff(FUNCTION_BACKOFF)
}

/// TLS uses ring. The SDK's default, aws-lc, collects entropy at its start, which adds 50 ms and more to the cold start
/// of a small function.
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

/// The same limits for a call that the service may keep open for up to `waiting`.
pub(crate) fn while_waiting(limits: &TimeoutConfig, waiting: Duration) -> TimeoutConfig {
    let longer = |limit: Option<Duration>| limit.map(|limit| limit + waiting);
    let mut extended = limits.to_builder();
    extended
        .set_operation_attempt_timeout(longer(limits.operation_attempt_timeout()))
        .set_operation_timeout(longer(limits.operation_timeout()));
    extended.build()
}
