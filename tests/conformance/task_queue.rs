//! The guarantees of [`shared::ports::TaskQueue`].

pub mod order;
pub mod dedupe;
pub mod visibility;
pub mod receipts;
pub mod giving_up;
pub mod long_poll;
pub mod content;
pub mod depth;
pub mod crowd;

/// Runs every case on one implementation.
macro_rules! task_queue_cases {
    ($implementation:path $(, #[$attribute:meta])*) => {
        instantiate! {
            task_queue, $implementation, [$(#[$attribute])*],
            order: [
                messages_are_delivered_one_by_one_in_the_order_they_were_sent,
                an_empty_queue_delivers_nothing,
                no_message_is_delivered_while_one_is_in_flight,
                a_message_sent_while_another_is_in_flight_waits_behind_it,
                a_batch_is_the_head_of_the_line_in_order,
                a_batch_is_no_larger_than_requested,
                no_message_is_delivered_while_one_of_a_batch_is_in_flight,
                a_message_of_a_batch_that_is_made_visible_waits_for_the_rest_of_the_batch,
                the_rest_of_a_batch_is_redelivered_in_order,
                sequence_numbers_only_rise_even_after_deletes,
                the_line_and_its_dead_letter_queue_do_not_wait_for_each_other,
            ]
            dedupe: [
                a_repeated_dedupe_id_returns_the_first_sequence_number_and_adds_nothing,
                a_repeated_dedupe_id_with_another_body_changes_nothing,
                the_dedupe_id_of_a_message_in_flight_is_remembered,
                the_dedupe_id_of_a_deleted_message_is_remembered,
                the_dedupe_id_of_a_message_that_was_moved_is_remembered,
                a_dedupe_id_is_remembered_for_almost_five_minutes,
                a_dedupe_id_is_forgotten_after_five_minutes,
                a_repeated_id_does_not_extend_the_dedupe_window,
                a_forgotten_dedupe_id_is_remembered_for_another_five_minutes,
                a_dedupe_id_is_remembered_per_queue,
                ids_differ_by_case_and_by_their_last_character,
                a_dedupe_id_may_use_every_character_that_sqs_allows,
                concurrent_sends_with_one_dedupe_id_get_one_sequence_number,
            ]
            visibility: [
                a_message_that_timed_out_is_redelivered_first_with_its_sequence_number,
                a_message_is_hidden_until_its_visibility_times_out,
                a_message_that_is_made_visible_is_redelivered_immediately,
                a_message_with_a_longer_visibility_timeout_locks_the_line_until_then,
                a_message_with_a_shorter_visibility_timeout_is_redelivered_earlier,
                a_changed_visibility_timeout_applies_to_one_delivery,
                the_visibility_timeout_can_be_changed_repeatedly,
                the_dead_letter_queue_hides_a_delivered_message,
            ]
            receipts: [
                a_deleted_message_is_never_redelivered,
                a_repeated_delete_is_no_error_and_deletes_nothing_else,
                an_expired_receipt_deletes_nothing,
                an_expired_receipt_changes_nothing,
                a_receipt_of_an_earlier_delivery_deletes_nothing,
                a_receipt_of_an_earlier_delivery_changes_nothing,
                a_receipt_of_a_message_that_was_made_visible_is_stale,
                a_receipt_of_a_deleted_message_is_stale,
                a_receipt_of_a_message_that_was_moved_is_stale,
                every_delivery_has_a_new_receipt,
            ]
            giving_up: [
                a_message_is_delivered_up_to_the_maximum_receive_count,
                the_last_delivery_can_still_be_deleted,
                a_message_is_moved_by_the_next_receive_and_not_earlier,
                the_next_message_is_delivered_once_the_one_before_it_is_moved,
                every_message_has_a_separate_receive_count,
                a_moved_message_is_a_dead_letter_with_its_body_unchanged,
                dead_letters_are_queued_in_the_order_in_which_they_were_given_up,
                the_dead_letter_queue_never_gives_a_message_up,
            ]
            long_poll: [
                a_long_poll_ends_empty_after_its_wait,
                a_long_poll_returns_a_message_sent_meanwhile,
                a_long_poll_returns_a_message_made_visible_meanwhile,
                a_long_poll_returns_a_message_that_times_out_meanwhile,
                a_long_poll_returns_the_next_message_once_the_one_in_flight_is_deleted,
                a_long_poll_does_not_wait_if_a_message_is_available,
                a_poll_without_a_wait_ends_immediately,
                two_long_polls_do_not_get_the_same_message,
            ]
            content: [
                the_shortest_body_is_delivered_unchanged,
                quotes_line_ends_and_emoji_are_delivered_unchanged,
                every_character_that_sqs_allows_is_delivered_unchanged,
                a_body_of_256_kib_is_delivered_unchanged,
                equal_bodies_are_separate_messages,
                a_message_is_delivered_with_its_sequence_number,
                a_message_keeps_its_time_and_later_messages_are_not_older,
            ]
            depth: [
                an_empty_queue_holds_nothing,
                waiting_messages_are_counted,
                messages_in_flight_are_counted_separately,
                a_message_that_timed_out_is_counted_as_waiting,
                deleted_messages_are_not_counted,
                a_message_sent_twice_is_counted_once,
                moved_messages_are_counted_as_dead_letters,
            ]
            crowd: [
                concurrent_sends_get_distinct_sequence_numbers_and_are_delivered_in_their_order,
                eight_consumers_handle_150_messages_in_strict_order_and_one_at_a_time,
                one_of_many_concurrent_receives_gets_the_message,
            ]
        }
    };
}
