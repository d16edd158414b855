//! The alarms on the line, whose metrics the watch writes.

use crate::fixture::with_pipeline;

#[test]
fn line_held_fires_at_once_and_again_for_each_further_hold() {
    with_pipeline(async |fixture| {
        for times in 1..=2 {
            fixture.submit("held").await;
            fixture.deliver(400, "hold").await;
            fixture.minutes(1).await;
            fixture.assert_fired("LineHeld", times);
            fixture.minutes(3).await;
            fixture.assert_fired("LineHeld", times);
            fixture.operate(&["held", "discard"]);
            fixture.minutes(1).await;
            fixture.assert_ok("LineHeld");
            // A discarded task leaves the line at its next delivery.
            fixture.deliver(200, "hold").await;
        }
    });
}

#[test]
fn head_failing_fires_after_ten_minutes_and_not_after_one_retry() {
    with_pipeline(async |fixture| {
        fixture.submit("failing").await;
        fixture.deliver(500, "dead-letter").await;
        fixture.minutes(7).await;
        fixture.assert_ok("HeadFailing");
        fixture.minutes(4).await;
        fixture.assert_fired("HeadFailing", 1);
        fixture.assert_ok("HandlerUnavailable");
        fixture.deliver(200, "dead-letter").await;
        fixture.minutes(1).await;
        fixture.assert_ok("HeadFailing");
    });
}

#[test]
fn handler_unavailable_fires_after_five_minutes_of_outage_and_ends_with_it() {
    with_pipeline(async |fixture| {
        fixture.submit("waiting").await;
        fixture.deliver(503, "dead-letter").await;
        fixture.minutes(3).await;
        fixture.assert_ok("HandlerUnavailable");
        fixture.deliver(503, "dead-letter").await;
        fixture.minutes(4).await;
        fixture.assert_fired("HandlerUnavailable", 1);
        fixture.minutes(6).await;
        fixture.assert_ok("HeadFailing");
        fixture.deliver(200, "dead-letter").await;
        fixture.minutes(1).await;
        fixture.assert_ok("HandlerUnavailable");
    });
}
