//! The guarantees of [`shared::ports::DeliverySwitch`]. The pipeline's tests show that the worker of a paused line gets
//! no message.

pub mod switch;
pub mod status;

/// Runs every case on one implementation.
macro_rules! delivery_switch_cases {
    ($implementation:path $(, #[$attribute:meta])*) => {
        instantiate! {
            delivery_switch, $implementation, [$(#[$attribute])*],
            switch: [
                a_new_line_runs,
                a_paused_line_is_reported_as_paused_until_it_is_resumed,
                a_repeated_pause_changes_nothing,
                a_repeated_resume_changes_nothing,
                a_pause_loses_no_message_and_counts_no_receive,
                a_message_in_flight_can_be_settled_during_a_pause,
            ]
            status: [
                an_empty_line_has_no_head,
                waiting_messages_and_messages_in_flight_are_counted,
                messages_are_counted_during_a_pause,
                dead_letters_are_not_counted,
                the_head_is_the_oldest_message_even_in_flight,
                the_head_keeps_its_time_when_it_is_redelivered,
                completions_are_counted_for_a_minute,
                other_outcomes_are_not_counted_as_completions,
            ]
        }
    };
}
