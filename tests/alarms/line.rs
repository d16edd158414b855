//! The alarms on the line that the watch's metrics make.

use crate::world::with_pipeline;

#[test]
fn a_hold_fires_at_once_and_each_further_hold_fires_anew() {
    with_pipeline(async |world| {
        for times in 1..=2 {
            world.submit("held").await;
            world.deliver(400, "hold").await;
            world.minutes(1).await;
            world.assert_fired("LineHeld", times);
            world.minutes(3).await;
            world.assert_fired("LineHeld", times);
            world.operate(&["held", "discard"]);
            world.minutes(1).await;
            world.assert_ok("LineHeld");
            // What is discarded leaves the line at its next delivery.
            world.deliver(200, "hold").await;
        }
    });
}

#[test]
fn a_head_that_only_fails_fires_after_five_minutes_and_one_retry_does_not() {
    with_pipeline(async |world| {
        world.submit("failing").await;
        world.deliver(503, "dead-letter").await;
        world.minutes(2).await;
        world.assert_ok("HeadFailing");
        world.minutes(4).await;
        world.assert_fired("HeadFailing", 1);
        world.deliver(200, "dead-letter").await;
        world.minutes(1).await;
        world.assert_ok("HeadFailing");
    });
}
