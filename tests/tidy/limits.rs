//! The limits that the stacks share with the code: `infrastructure/limits.json` equals the code.

use std::collections::BTreeMap;

use processor::ProcessorSettings;
use shared::limits;

use crate::source::read;

#[test]
fn the_limits_of_the_stacks_equal_those_of_the_code() {
    let stacks: BTreeMap<String, u64> = serde_json::from_str(&read("infrastructure/limits.json")).unwrap();
    let settings = ProcessorSettings::read(&|_| None).unwrap();
    let handler_timeout = u64::try_from(settings.handler_timeout.num_seconds()).unwrap();
    let run = u64::try_from(settings.attempt_terms().run_timeout().num_seconds()).unwrap();
    let code = [
        ("bodyBytesMax", limits::BODY_BYTES_MAX as u64),
        ("itemBytesMax", limits::ITEM_BYTES_MAX as u64),
        ("messageBytesMax", limits::MESSAGE_BYTES_MAX as u64),
        ("lineMessageBytesMax", limits::LINE_MESSAGE_BYTES_MAX as u64),
        ("recordSecondsKept", limits::RECORD_SECONDS_KEPT.into()),
        ("retentionSecondsMax", limits::RETENTION_SECONDS_MAX.into()),
        ("receiveCountMax", limits::RECEIVE_COUNT_MAX.into()),
        ("visibilitySecondsMax", limits::VISIBILITY_SECONDS_MAX.into()),
        ("visibilityRuns", limits::VISIBILITY_RUNS.into()),
        ("holdVisibilitySeconds", limits::HOLD_VISIBILITY_SECONDS.into()),
        ("handlerTimeoutSeconds", handler_timeout),
        ("handlerSecondsMax", limits::FUNCTION_HANDLER_SECONDS_MAX.into()),
        ("leaseMarginSeconds", run - handler_timeout),
        ("leaseSecondsMax", limits::LEASE_SECONDS_MAX.into()),
        ("waitSecondsMax", u64::from(limits::WAIT_SECONDS_MAX)),
        ("requestSecondsMax", limits::REQUEST_SECONDS_MAX.into()),
        ("integrationSecondsMax", limits::INTEGRATION_SECONDS_MAX.into()),
        ("functionSecondsMax", limits::FUNCTION_SECONDS_MAX.into()),
        ("outageSecondsMax", limits::OUTAGE_SECONDS_MAX.into()),
        ("attemptBudget", settings.attempt_budget.into()),
        ("retryBaseSeconds", settings.backoff.base_seconds.into()),
        ("retryMaxSeconds", settings.backoff.max_seconds.into()),
        ("unavailableSecondsMax", limits::OUTAGE_SECONDS_DEFAULT.into()),
    ];
    let code: BTreeMap<String, u64> =
        code.into_iter().map(|(name, number)| (name.to_owned(), number)).collect();
    assert_eq!(stacks, code);
    assert_eq!(u64::from(settings.visibility_seconds()), stacks["visibilityRuns"] * run);
}
