//! The alarms on dead letters.

use crate::fixture::with_pipeline;

#[test]
fn new_dead_letters_fires_for_each_burst_and_needs_attention_stays_on_until_none_is_left() {
    with_pipeline(async |fixture| {
        fixture.submit("one").await;
        fixture.deliver(400, "dead-letter").await;
        fixture.minutes(1).await;
        fixture.assert_fired("NewDeadLetters", 1);
        fixture.assert_ok("NeedsAttention");
        fixture.minutes(1).await;
        fixture.assert_fired("NeedsAttention", 1);
        // The operator does nothing. A state notifies once; the first burst must not hide the second.
        fixture.minutes(8).await;
        fixture.assert_ok("NewDeadLetters");
        fixture.submit("two").await;
        fixture.deliver(400, "dead-letter").await;
        fixture.minutes(1).await;
        fixture.assert_fired("NewDeadLetters", 2);
        fixture.minutes(10).await;
        fixture.assert_fired("NeedsAttention", 1);
        fixture.operate(&["dead-letters", "discard", "--all"]);
        fixture.minutes(4).await;
        fixture.assert_ok("NeedsAttention");
        fixture.assert_ok("NewDeadLetters");
    });
}

#[test]
fn attention_overdue_fires_after_a_week_and_stays_on_after_the_message_expired() {
    with_pipeline(async |fixture| {
        fixture.submit("one").await;
        fixture.deliver(400, "dead-letter").await;
        fixture.minutes(2).await;
        fixture.assert_ok("AttentionOverdue");
        fixture.skip_days(7);
        fixture.minutes(8).await;
        fixture.assert_fired("AttentionOverdue", 1);
        // SQS deletes the message after fourteen days; the record still needs attention.
        fixture.empty_dead_letter_queue().await;
        fixture.skip_days(8);
        fixture.minutes(8).await;
        fixture.assert_fired("AttentionOverdue", 1);
        fixture.assert_fired("NeedsAttention", 1);
        fixture.operate(&["dead-letters", "discard", "--all"]);
        fixture.minutes(4).await;
        fixture.assert_ok("AttentionOverdue");
    });
}

#[test]
fn unrecorded_dead_letters_fires_until_the_message_is_removed() {
    with_pipeline(async |fixture| {
        fixture.move_as_sqs_would().await;
        fixture.minutes(14).await;
        fixture.assert_ok("UnrecordedDeadLetters");
        fixture.minutes(4).await;
        fixture.assert_fired("UnrecordedDeadLetters", 1);
        fixture.assert_ok("NeedsAttention");
        fixture.empty_dead_letter_queue().await;
        fixture.minutes(2).await;
        fixture.assert_ok("UnrecordedDeadLetters");
    });
}
