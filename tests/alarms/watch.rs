//! The alarms on the watch, and on the canary.

use crate::fixture::with_pipeline;

#[test]
fn watch_silent_fires_when_the_watch_fails_and_no_other_alarm_clears_meanwhile() {
    with_pipeline(async |fixture| {
        fixture.submit("one").await;
        fixture.deliver(400, "dead-letter").await;
        fixture.minutes(2).await;
        fixture.assert_fired("NeedsAttention", 1);
        fixture.minutes_without_watch(2);
        fixture.assert_ok("WatchSilent");
        fixture.minutes_without_watch(4);
        fixture.assert_fired("WatchSilent", 1);
        fixture.minutes_without_watch(30);
        fixture.assert_fired("NeedsAttention", 1);
        fixture.minutes(5).await;
        fixture.assert_ok("WatchSilent");
        fixture.minutes_of_outage(6).await;
        fixture.assert_fired("WatchSilent", 2);
        fixture.operate(&["dead-letters", "discard", "--all"]);
        fixture.minutes(5).await;
        fixture.assert_ok("WatchSilent");
        fixture.assert_ok("NeedsAttention");
    });
}

#[test]
fn canary_missed_fires_until_a_canary_completes_within_its_interval() {
    with_pipeline(async |fixture| {
        fixture.with_canary();
        fixture.begin_interval(15);
        fixture.minutes(14).await;
        fixture.assert_ok("CanaryMissed");
        fixture.minutes(3).await;
        fixture.assert_fired("CanaryMissed", 1);
        // The line continues: the first canary, and the one of this interval.
        fixture.deliver(200, "dead-letter").await;
        fixture.minutes(2).await;
        fixture.assert_ok("CanaryMissed");
        fixture.deliver(200, "dead-letter").await;
        fixture.minutes(13).await;
        fixture.assert_ok("CanaryMissed");
        fixture.deliver(200, "dead-letter").await;
    });
}
