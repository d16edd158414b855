//! The alarms on the watch itself, and on the canary.

use crate::world::with_pipeline;

#[test]
fn a_watch_that_does_not_run_or_cant_read_fires_and_no_other_alarm_takes_its_silence_for_health() {
    with_pipeline(async |world| {
        world.submit("one").await;
        world.deliver(400, "dead-letter").await;
        world.minutes(2).await;
        world.assert_fired("NeedsAttention", 1);
        world.minutes_without_watch(2);
        world.assert_ok("WatchSilent");
        world.minutes_without_watch(4);
        world.assert_fired("WatchSilent", 1);
        world.minutes_without_watch(30);
        world.assert_fired("NeedsAttention", 1);
        world.minutes(5).await;
        world.assert_ok("WatchSilent");
        world.minutes_of_outage(6).await;
        world.assert_fired("WatchSilent", 2);
        world.operate(&["dead-letters", "discard", "--all"]);
        world.minutes(5).await;
        world.assert_ok("WatchSilent");
        world.assert_ok("NeedsAttention");
    });
}

#[test]
fn a_canary_that_is_not_completed_before_the_next_is_due_fires_until_one_is() {
    with_pipeline(async |world| {
        world.with_canary();
        world.begin_interval(15);
        world.minutes(14).await;
        world.assert_ok("CanaryMissed");
        world.minutes(3).await;
        world.assert_fired("CanaryMissed", 1);
        // The line moves again: the first canary, and the one of this interval.
        world.deliver(200, "dead-letter").await;
        world.minutes(2).await;
        world.assert_ok("CanaryMissed");
        world.deliver(200, "dead-letter").await;
        world.minutes(13).await;
        world.assert_ok("CanaryMissed");
        world.deliver(200, "dead-letter").await;
    });
}
