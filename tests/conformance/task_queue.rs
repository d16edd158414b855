//! What [`shared::ports::TaskQueue`] promises.

pub mod order;
pub mod dedupe;
pub mod visibility;
pub mod receipts;
pub mod giving_up;
pub mod long_poll;
pub mod content;
pub mod depth;
pub mod crowd;

/// Tries every case on one implementation.
macro_rules! task_queue_cases {
    ($implementation:path $(, #[$attribute:meta])*) => {
        instantiate! {
            task_queue, $implementation, [$(#[$attribute])*],
            order: [
                messages_come_one_by_one_in_the_order_they_were_sent,
                an_empty_queue_delivers_nothing,
                nothing_is_delivered_while_a_message_is_in_flight,
                a_message_sent_while_another_is_in_flight_waits_behind_it,
                a_batch_is_the_head_of_the_line_in_order,
                a_batch_is_no_larger_than_asked_for,
                nothing_is_delivered_while_one_of_a_batch_is_in_flight,
                one_of_a_batch_that_is_shown_again_waits_for_the_rest_of_the_batch,
                what_is_left_of_a_batch_comes_again_in_order,
                places_only_rise_also_when_messages_were_deleted,
                the_line_and_its_dead_letter_queue_do_not_wait_for_each_other,
            ]
            dedupe: [
                the_same_id_gets_the_first_place_and_adds_nothing,
                the_same_id_with_another_body_changes_nothing,
                the_id_of_a_message_in_flight_is_known,
                the_id_of_a_deleted_message_is_known,
                the_id_of_a_message_that_was_given_up_is_known,
                an_id_is_known_for_almost_five_minutes,
                an_id_is_new_again_after_five_minutes,
                a_repetition_does_not_lengthen_the_five_minutes,
                an_id_that_is_new_again_is_known_for_another_five_minutes,
                an_id_is_known_to_one_queue_only,
                ids_differ_by_case_and_by_their_last_character,
                an_id_holds_all_that_sqs_allows,
                concurrent_sends_of_one_id_get_one_place,
            ]
            visibility: [
                a_message_that_timed_out_comes_first_again_in_its_old_place,
                a_message_is_hidden_until_its_time_is_over,
                a_message_that_is_shown_comes_again_at_once,
                a_message_whose_time_was_prolonged_locks_the_line_until_then,
                a_message_whose_time_was_shortened_comes_again_earlier,
                a_changed_time_holds_for_one_delivery_only,
                the_time_can_be_changed_again_and_again,
                the_dead_letter_queue_hides_what_it_delivers,
            ]
            receipts: [
                a_deleted_message_never_comes_again,
                deleting_twice_is_no_error_and_deletes_nothing_else,
                a_receipt_whose_time_is_over_deletes_nothing,
                a_receipt_whose_time_is_over_changes_nothing,
                a_receipt_of_an_earlier_delivery_deletes_nothing,
                a_receipt_of_an_earlier_delivery_changes_nothing,
                a_receipt_of_a_message_that_was_shown_is_stale,
                a_receipt_of_a_deleted_message_is_stale,
                a_receipt_of_a_message_that_was_given_up_is_stale,
                every_delivery_has_a_receipt_of_its_own,
            ]
            giving_up: [
                a_message_is_delivered_as_often_as_allowed,
                the_last_delivery_can_still_be_deleted,
                a_message_is_given_up_by_the_next_receive_and_not_earlier,
                the_next_message_comes_once_the_one_before_it_is_given_up,
                every_message_has_deliveries_of_its_own,
                what_is_given_up_is_a_dead_letter_with_its_body_unchanged,
                dead_letters_stand_in_the_order_in_which_they_were_given_up,
                a_dead_letter_is_never_given_up,
            ]
            long_poll: [
                it_ends_with_nothing_when_its_time_is_over,
                it_brings_a_message_sent_meanwhile,
                it_brings_a_message_shown_meanwhile,
                it_brings_a_message_that_times_out_meanwhile,
                it_brings_the_next_message_once_the_one_in_flight_is_deleted,
                it_does_not_wait_when_there_is_something,
                without_waiting_it_ends_at_once,
                two_polls_do_not_get_the_same_message,
            ]
            content: [
                the_shortest_body_comes_as_it_was_sent,
                quotes_line_ends_and_emoji_come_as_they_were_sent,
                every_character_that_sqs_allows_comes_as_it_was_sent,
                a_body_of_256_kib_comes_as_it_was_sent,
                equal_bodies_are_messages_of_their_own,
                a_message_is_delivered_under_its_place,
                a_message_keeps_its_time_and_later_ones_are_not_before_it,
            ]
            depth: [
                an_empty_queue_holds_nothing,
                what_waits_is_counted,
                what_is_in_flight_is_counted_apart,
                what_timed_out_waits,
                what_is_deleted_is_not_counted,
                what_was_sent_twice_is_counted_once,
                what_was_given_up_is_counted_as_a_dead_letter,
            ]
            crowd: [
                concurrent_sends_get_places_of_their_own_and_are_delivered_by_them,
                eight_consumers_handle_150_messages_in_strict_order_and_one_at_a_time,
                one_of_many_concurrent_receives_gets_the_message,
            ]
        }
    };
}
