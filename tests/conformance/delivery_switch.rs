//! What [`shared::ports::DeliverySwitch`] promises. That a paused line's worker is given nothing is the pipeline's to show.

pub mod switch;
pub mod status;

/// Tries every case on one implementation.
macro_rules! delivery_switch_cases {
    ($implementation:path $(, #[$attribute:meta])*) => {
        instantiate! {
            delivery_switch, $implementation, [$(#[$attribute])*],
            switch: [
                a_new_line_runs,
                a_paused_line_says_so_until_it_is_resumed,
                pausing_twice_is_pausing_once,
                resuming_twice_is_resuming_once,
                a_pause_loses_nothing_and_spends_no_receive,
                a_message_in_flight_can_be_settled_during_a_pause,
            ]
            status: [
                an_empty_line_has_no_head,
                it_counts_what_waits_and_what_is_in_flight,
                it_counts_during_a_pause,
                it_does_not_count_dead_letters,
                the_head_is_the_oldest_message_also_in_flight,
                the_head_keeps_its_time_when_it_comes_again,
                completions_are_counted_for_a_minute,
                other_ends_are_no_completions,
            ]
        }
    };
}
