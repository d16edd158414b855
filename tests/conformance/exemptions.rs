//! The cases from which an implementation is exempt, and why. No other file can exempt a case.

/// A difference from AWS, or something that AWS does not offer. The case runs anyway and must fail: an entry that is no
/// longer true fails.
pub struct Deviation {
    pub implementation: &'static str,
    pub case: &'static str,
    pub how: &'static str,
}

/// On a FIFO queue of AWS a receipt expires with its visibility timeout ("The receipt handle has expired").
const EXPIRED_RECEIPT: &str = "it accepts an expired receipt until the message is redelivered";

/// Neither SQS nor Lambda reports the age of a head or counts completions.
const UNTOLD: &str = "no call returns it, so the status omits it";

pub const DEVIATIONS: &[Deviation] = &[
    Deviation {
        implementation: "ministack",
        case: "delivery_switch::status::the_head_is_the_oldest_message_even_in_flight",
        how: UNTOLD,
    },
    Deviation {
        implementation: "ministack",
        case: "delivery_switch::status::the_head_keeps_its_time_when_it_is_redelivered",
        how: UNTOLD,
    },
    Deviation {
        implementation: "ministack",
        case: "delivery_switch::status::completions_are_counted_for_a_minute",
        how: UNTOLD,
    },
    Deviation {
        implementation: "ministack",
        case: "delivery_switch::status::other_outcomes_are_not_counted_as_completions",
        how: UNTOLD,
    },
    Deviation {
        implementation: "ministack",
        case: "task_queue::receipts::an_expired_receipt_deletes_nothing",
        how: EXPIRED_RECEIPT,
    },
    Deviation {
        implementation: "ministack",
        case: "task_queue::receipts::an_expired_receipt_changes_nothing",
        how: EXPIRED_RECEIPT,
    },
    Deviation {
        implementation: "ministack",
        case: "task_queue::receipts::a_receipt_of_a_message_that_was_made_visible_is_stale",
        how: EXPIRED_RECEIPT,
    },
    Deviation {
        implementation: "fakecloud",
        case: "task_queue::receipts::an_expired_receipt_deletes_nothing",
        how: EXPIRED_RECEIPT,
    },
    Deviation {
        implementation: "fakecloud",
        case: "task_queue::receipts::an_expired_receipt_changes_nothing",
        how: EXPIRED_RECEIPT,
    },
    Deviation {
        implementation: "fakecloud",
        case: "task_queue::receipts::a_receipt_of_a_message_that_was_made_visible_is_stale",
        how: EXPIRED_RECEIPT,
    },
    Deviation {
        implementation: "fakecloud",
        case: "task_queue::order::a_message_of_a_batch_that_is_made_visible_waits_for_the_rest_of_the_batch",
        how: "it redelivers the messages of a batch in the order in which they time out",
    },
];

/// Cases that wait for the dedupe window, five minutes that no setting shortens. They run where the clock can be moved,
/// and on AWS; not on emulators, where they would take five to ten minutes each.
pub const LONG_CASES: &[&str] = &[
    "task_queue::dedupe::a_dedupe_id_is_remembered_for_almost_five_minutes",
    "task_queue::dedupe::a_dedupe_id_is_forgotten_after_five_minutes",
    "task_queue::dedupe::a_repeated_id_does_not_extend_the_dedupe_window",
    "task_queue::dedupe::a_forgotten_dedupe_id_is_remembered_for_another_five_minutes",
];

/// Moto compares the existing item and then replaces it without a lock around both, while its server runs many threads:
/// sometimes two of several writers win. Cases that depend on this are not run.
const NO_LOCK: &str = "its conditional put is not atomic";

pub const DECIDED_BY_CHANCE: &[Deviation] = &[
    moto_has_no_lock("task_records::rivals::one_of_twenty_first_writers_wins"),
    moto_has_no_lock("task_records::rivals::one_of_twenty_claims_before_the_accept_wins"),
    moto_has_no_lock("task_records::rivals::one_of_twenty_writers_at_one_revision_wins"),
    moto_has_no_lock("task_records::rivals::a_concurrent_accept_and_claim_end_like_consecutive_ones"),
    moto_has_no_lock("task_records::rivals::no_increment_is_lost"),
];

const fn moto_has_no_lock(case: &'static str) -> Deviation {
    Deviation { implementation: "moto", case, how: NO_LOCK }
}

/// Whether a case is not run at all.
pub fn is_left_out(implementation: &str, runs_long_cases: bool, case: &str) -> bool {
    let by_chance =
        DECIDED_BY_CHANCE.iter().any(|known| known.implementation == implementation && known.case == case);
    by_chance || !runs_long_cases && LONG_CASES.contains(&case)
}

/// How `implementation` deviates in this case, if it is known.
pub fn deviation(implementation: &str, case: &str) -> Option<&'static str> {
    let known = DEVIATIONS.iter().find(|known| known.implementation == implementation && known.case == case);
    known.map(|known| known.how)
}

#[test]
fn every_exemption_names_a_case() {
    let suites = [
        ("task_queue", include_str!("task_queue.rs")),
        ("task_records", include_str!("task_records.rs")),
        ("delivery_switch", include_str!("delivery_switch.rs")),
    ];
    let deviations = DEVIATIONS.iter().chain(DECIDED_BY_CHANCE).map(|deviation| deviation.case);
    let named = deviations.chain(LONG_CASES.iter().copied());
    for name in named {
        let parts: Vec<_> = name.split("::").collect();
        let [suite, group, case] = parts[..] else { panic!("{name}: write suite::group::case") };
        let text = suites.iter().find(|(known, _)| *known == suite).map_or("", |(_, text)| text);
        let cases =
            text.split(&format!("            {group}: [")).nth(1).and_then(|rest| rest.split(']').next());
        let is_case = cases.unwrap_or_default().split(',').any(|known| known.trim() == case);
        assert!(is_case, "{name} is not a case");
    }
}
