//! The guarantees of [`shared::ports::TaskRecords`].

pub mod pages;
pub mod write;
pub mod keep;
pub mod needing_attention;
pub mod all;
pub mod rivals;

/// Runs every case on one implementation.
macro_rules! task_records_cases {
    ($implementation:path $(, #[$attribute:meta])*) => {
        instantiate! {
            task_records, $implementation, [$(#[$attribute])*],
            write: [
                absent_is_met_without_a_record,
                absent_is_not_met_by_a_record,
                absent_is_not_met_by_an_untouched_record,
                untouched_is_met_without_a_record,
                untouched_is_met_by_the_record_of_an_accept,
                untouched_is_not_met_by_a_changed_record,
                a_condition_on_a_revision_is_met_by_the_record_at_that_revision,
                a_condition_on_a_revision_is_not_met_by_another_revision,
                a_condition_on_a_revision_is_not_met_without_a_record,
                a_condition_on_revision_zero_is_not_met_without_a_record,
                a_repeated_identical_write_succeeds,
                a_record_that_differs_in_anything_is_a_conflict,
                a_record_that_was_changed_meanwhile_is_a_conflict,
                a_write_changes_no_other_record,
            ]
            keep: [
                an_unknown_task_has_no_record,
                a_write_is_visible_to_the_next_read,
                a_record_in_every_status_is_stored_unchanged,
                the_largest_record_is_stored_unchanged,
                a_payload_is_stored_as_it_was_sent,
                an_undecodable_body_is_stored_unchanged,
                sequence_numbers_of_any_length_are_stored_exactly,
                timestamps_are_stored_to_the_microsecond,
                a_due_date_keeps_its_offset,
                empty_and_unusual_texts_are_stored_unchanged,
                a_removed_attribute_of_a_record_is_gone,
            ]
            needing_attention: [
                it_begins_empty,
                exactly_the_statuses_that_need_attention_are_listed,
                records_are_sorted_by_their_first_sequence_number_as_a_number,
                every_record_that_needs_attention_is_listed_once_with_any_page_size,
                records_without_a_sequence_number_are_listed_once,
                the_next_page_follows_even_if_the_last_record_left_the_list,
                a_record_that_no_longer_needs_attention_is_not_listed,
                a_record_is_listed_again_when_it_needs_attention_again,
                a_record_is_found_as_it_was_last_written,
                a_record_keeps_its_first_sequence_number_when_it_is_redriven,
            ]
            all: [
                it_begins_empty,
                every_record_is_listed_once_with_any_page_size,
                records_are_listed_as_they_were_last_written,
                a_record_that_changes_between_two_pages_is_listed_once,
            ]
            rivals: [
                one_of_twenty_first_writers_wins,
                one_of_twenty_claims_before_the_accept_wins,
                one_of_twenty_writers_at_one_revision_wins,
                a_concurrent_accept_and_claim_end_like_consecutive_ones,
                no_increment_is_lost,
            ]
        }
    };
}
