//! give_back: a claim that the line doesn't permit is returned unspent.

use crate::{Status, TaskRecord, Timestamp};

/// The record of a claim that no handler was started for. The number of the attempt stays used, because it is the fencing token;
/// the budget gets the attempt back. A task that was cancelled meanwhile is discarded.
pub fn give_back(claimed: &TaskRecord, attempt_budget: u32, now: Timestamp) -> TaskRecord {
    let status = match claimed.cancel_requested_at {
        Some(_) => Status::Discarded,
        None => Status::Accepted,
    };
    let left = claimed.attempts_left.map(|left| left.saturating_add(1));
    let is_unspent = left == Some(attempt_budget);
    let mut record = TaskRecord {
        attempts_left: left.filter(|_| !is_unspent),
        finished_at: claimed.cancel_requested_at.map(|_| now),
        ..claimed.next(status, now)
    };
    record.end_claim();
    if is_unspent {
        record.started_at = None;
    } else if record.status == Status::Accepted {
        record.status = Status::Retrying;
    }
    record
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lifecycle::{
        Arrival, cancel, claim,
        fixture::{accepted, at, delivery, granted, message, processing, terms},
    };

    const BUDGET: u32 = 3;

    #[test]
    fn a_first_claim_is_given_back_as_accepted_and_its_number_stays_used() {
        let given_back = give_back(&processing(), BUDGET, at(2));
        assert_eq!((given_back.status, given_back.attempt), (Status::Accepted, 1));
        assert_eq!((given_back.attempts_left, given_back.started_at), (None, None));
        assert_eq!((given_back.lease_until, given_back.attempt_started_at), (None, None));
        assert_eq!(given_back.first_sequence_number, processing().first_sequence_number);
        let again = granted(claim(Some(&given_back), &Arrival::read(&delivery(&message(), 10)), &terms(3)));
        assert_eq!((again.attempt, again.attempts_left), (2, Some(BUDGET - 1)));
    }

    #[test]
    fn a_later_claim_is_given_back_as_retrying_with_its_budget() {
        let second = TaskRecord { attempt: 2, attempts_left: Some(1), ..processing() };
        let given_back = give_back(&second, BUDGET, at(2));
        assert_eq!((given_back.status, given_back.attempts_left), (Status::Retrying, Some(2)));
        assert_eq!(given_back.started_at, processing().started_at);
    }

    #[test]
    fn a_claim_that_was_cancelled_meanwhile_is_discarded() {
        let wished = cancel(&processing(), at(2)).unwrap();
        let given_back = give_back(&wished, BUDGET, at(3));
        assert_eq!((given_back.status, given_back.finished_at), (Status::Discarded, Some(at(3))));
        assert!(given_back.expires_at.is_some() && accepted().expires_at.is_none());
    }
}
