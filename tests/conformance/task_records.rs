//! What [`shared::ports::TaskRecords`] promises.

pub mod pages;
pub mod write;
pub mod keep;
pub mod needing_attention;
pub mod all;
pub mod rivals;

/// Tries every case on one implementation.
macro_rules! task_records_cases {
    ($implementation:path $(, #[$attribute:meta])*) => {
        instantiate! {
            task_records, $implementation, [$(#[$attribute])*],
            write: [
                absent_is_met_where_nothing_stands,
                absent_is_not_met_where_a_record_stands,
                absent_is_not_met_by_an_untouched_record,
                untouched_is_met_where_nothing_stands,
                untouched_is_met_by_the_record_of_an_accept,
                untouched_is_not_met_by_a_changed_record,
                a_revision_is_met_by_the_record_at_it,
                a_revision_is_not_met_by_an_earlier_or_a_later_one,
                a_revision_is_not_met_where_nothing_stands,
                revision_zero_is_not_met_where_nothing_stands,
                a_write_that_stands_there_already_was_made,
                a_record_that_differs_in_anything_is_a_conflict,
                a_record_that_was_changed_since_is_a_conflict,
                a_write_touches_no_other_record,
            ]
            keep: [
                a_task_nobody_knows_has_no_record,
                a_write_is_read_at_once,
                a_record_in_every_status_is_kept_as_it_is,
                a_record_as_large_as_they_get_is_kept_as_it_is,
                an_undecodable_body_is_kept_as_it_is,
                places_of_any_length_are_kept_to_the_last_digit,
                moments_are_kept_to_the_microsecond,
                a_due_date_keeps_its_offset,
                empty_and_odd_texts_are_kept_as_they_are,
                what_is_removed_from_a_record_is_gone,
            ]
            needing_attention: [
                it_begins_empty,
                it_holds_every_status_that_needs_attention_and_no_other,
                it_is_sorted_by_first_place_as_a_number,
                it_comes_in_pages_of_any_size_each_record_once,
                records_without_a_place_come_once_each,
                a_page_goes_on_although_its_last_record_has_left,
                a_record_that_no_longer_needs_attention_leaves,
                a_record_comes_back_when_it_needs_attention_again,
                a_record_is_found_there_as_it_was_last_written,
                a_record_keeps_its_first_place_when_it_is_redriven,
            ]
            all: [
                it_begins_empty,
                it_brings_every_record_once_in_pages_of_any_size,
                it_brings_records_as_they_were_last_written,
                a_record_that_changes_between_two_pages_comes_once,
            ]
            rivals: [
                of_twenty_first_writers_one_wins,
                of_twenty_claims_that_overtook_the_accept_one_wins,
                of_twenty_writers_at_one_revision_one_wins,
                an_accept_and_a_claim_end_as_one_after_the_other,
                no_increment_is_lost,
            ]
        }
    };
}
