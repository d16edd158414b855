//! The alarms on tasks that were given up.

use crate::world::with_pipeline;

#[test]
fn each_burst_of_dead_letters_fires_anew_and_what_needs_attention_stays_on_until_there_is_none() {
    with_pipeline(async |world| {
        world.submit("one").await;
        world.deliver(400, "dead-letter").await;
        world.minutes(1).await;
        world.assert_fired("NewDeadLetters", 1);
        world.assert_ok("NeedsAttention");
        world.minutes(1).await;
        world.assert_fired("NeedsAttention", 1);
        // Nobody does anything. A state notifies once; the second burst must not hide behind the first.
        world.minutes(8).await;
        world.assert_ok("NewDeadLetters");
        world.submit("two").await;
        world.deliver(400, "dead-letter").await;
        world.minutes(1).await;
        world.assert_fired("NewDeadLetters", 2);
        world.minutes(10).await;
        world.assert_fired("NeedsAttention", 1);
        world.operate(&["dead-letters", "discard", "--all"]);
        world.minutes(4).await;
        world.assert_ok("NeedsAttention");
        world.assert_ok("NewDeadLetters");
    });
}

#[test]
fn a_task_that_waits_for_a_decision_for_a_week_fires_and_still_after_its_message_is_gone() {
    with_pipeline(async |world| {
        world.submit("one").await;
        world.deliver(400, "dead-letter").await;
        world.minutes(2).await;
        world.assert_ok("AttentionOverdue");
        world.skip_days(7);
        world.minutes(8).await;
        world.assert_fired("AttentionOverdue", 1);
        // SQS deletes the message after fourteen days; the record needs attention all the same.
        world.empty_dead_letter_queue().await;
        world.skip_days(8);
        world.minutes(8).await;
        world.assert_fired("AttentionOverdue", 1);
        world.assert_fired("NeedsAttention", 1);
        world.operate(&["dead-letters", "discard", "--all"]);
        world.minutes(4).await;
        world.assert_ok("AttentionOverdue");
    });
}

#[test]
fn a_message_that_sqs_moved_by_itself_fires_until_it_is_dealt_with() {
    with_pipeline(async |world| {
        world.move_as_sqs_would().await;
        world.minutes(14).await;
        world.assert_ok("UnrecordedDeadLetters");
        world.minutes(4).await;
        world.assert_fired("UnrecordedDeadLetters", 1);
        world.assert_ok("NeedsAttention");
        world.empty_dead_letter_queue().await;
        world.minutes(2).await;
        world.assert_ok("UnrecordedDeadLetters");
    });
}
