//! A service that implements AWS's interfaces, and its timing.

use std::time::Duration;

use aws_config::{Region, SdkConfig, timeout::TimeoutConfig};
use harness::{Emulator, endpoint};

/// An emulator, or AWS itself.
pub trait Host: 'static {
    const NAME: &'static str;
    const TERMS: Terms;

    /// The configuration of the clients under test.
    async fn configuration() -> SdkConfig;
}

/// The delays that a case has to wait for.
pub struct Terms {
    /// A new queue can be used after this time.
    pub settling: Duration,
    /// A changed attribute of a queue is in effect after this time.
    pub propagation: Duration,
    /// A count, an index and a description may lag behind a change by this time.
    pub lag: Duration,
    /// The tolerance for the host's clock: its offset from ours, and its resolution.
    pub margin: Duration,
    /// The time limit of a case.
    pub deadline: Duration,
    /// A visibility timeout that does not expire between two steps of a case.
    pub visibility_seconds: u32,
    pub visibility_slack_seconds: u32,
    pub dedupe_slack_seconds: u32,
    pub empty_receive_seconds: u32,
    pub runs_long_cases: bool,
}

/// An emulator on this machine answers without delay, but is as busy as the machine.
pub const EMULATED: Terms = Terms {
    settling: Duration::ZERO,
    propagation: Duration::ZERO,
    lag: Duration::from_secs(12),
    margin: Duration::from_millis(100),
    deadline: Duration::from_secs(120),
    visibility_seconds: 6,
    visibility_slack_seconds: 5,
    dedupe_slack_seconds: 5,
    empty_receive_seconds: 0,
    runs_long_cases: false,
};

impl<E: Emulator> Host for E {
    const NAME: &'static str = <E as Emulator>::NAME;
    const TERMS: Terms = EMULATED;

    async fn configuration() -> SdkConfig {
        emulated(endpoint::<E>().await).await
    }
}

/// Without our time limits: retrying a call that an emulator is only slow with would make it twice.
pub async fn emulated(endpoint_url: &str) -> SdkConfig {
    aws::defaults()
        .timeout_config(TimeoutConfig::disabled())
        .endpoint_url(endpoint_url)
        .region(Region::from_static("us-east-1"))
        .test_credentials()
        .load()
        .await
}
