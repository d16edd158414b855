//! backoff: how long the line waits before the next attempt.

use sha2::{Digest, Sha256};

use crate::{
    TaskId,
    limits::{PROMPT_RECEIVES_MAX, RETRY_SECONDS_MAX, SPACED_RECEIVES_MAX, SPACED_WAIT_SECONDS},
};

/// Exponential backoff with jitter, in whole seconds like SQS's visibility timeouts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backoff {
    /// The wait after the first failure, before jitter.
    pub base_seconds: u32,
    /// The longest wait.
    pub max_seconds: u32,
}

impl Backoff {
    /// The wait after `attempt` failed: doubled with each attempt, then shortened by up to half. The jitter is derived from
    /// task and attempt and not random, so that tests are repeatable.
    pub fn delay_seconds(&self, task_id: TaskId, attempt: u32) -> u32 {
        let doublings = attempt.saturating_sub(1).min(31);
        let ceiling = self.base_seconds.saturating_mul(1 << doublings).clamp(1, self.max_seconds.max(1));
        ceiling - jitter(task_id, attempt) % (ceiling / 2 + 1)
    }
}

/// The shortest wait after this receive of a message, so that SQS never gives the message up: it counts each
/// receive, also those that spend no attempt ([`RECEIVE_COUNT_MAX`](crate::limits::RECEIVE_COUNT_MAX)).
pub fn spaced_wait_seconds(receive_count: u32) -> u32 {
    match receive_count.saturating_sub(PROMPT_RECEIVES_MAX) {
        0 => 0,
        1..=SPACED_RECEIVES_MAX => SPACED_WAIT_SECONDS,
        _ => RETRY_SECONDS_MAX,
    }
}

fn jitter(task_id: TaskId, attempt: u32) -> u32 {
    let digest =
        Sha256::new().chain_update(task_id.as_bytes()).chain_update(attempt.to_be_bytes()).finalize();
    u32::from_be_bytes([digest[0], digest[1], digest[2], digest[3]])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        lifecycle::fixture::at,
        limits::{OUTAGE_SECONDS_DEFAULT, RECEIVE_COUNT_MAX, RETENTION_SECONDS_MAX},
    };

    fn task_id(seed: u8) -> TaskId {
        TaskId::fresh(at(0), &[seed; 10])
    }

    #[test]
    fn the_wait_doubles_up_to_its_maximum_and_is_shortened_by_at_most_half() {
        let backoff = Backoff { base_seconds: 2, max_seconds: 60 };
        for (attempt, ceiling) in
            [(1, 2), (2, 4), (3, 8), (4, 16), (5, 32), (6, 60), (7, 60), (40, 60), (u32::MAX, 60)]
        {
            for seed in 0..50 {
                let delay = backoff.delay_seconds(task_id(seed), attempt);
                assert!((ceiling / 2..=ceiling).contains(&delay), "attempt {attempt}: {delay}");
            }
        }
    }

    #[test]
    fn the_wait_is_never_zero_whatever_the_settings() {
        for (base_seconds, max_seconds) in [(0, 0), (0, 9), (1, 0), (u32::MAX, u32::MAX)] {
            assert!(Backoff { base_seconds, max_seconds }.delay_seconds(task_id(1), 3) >= 1);
        }
    }

    #[test]
    fn the_retention_ends_before_the_receives_are_spent() {
        let waited = |receives: std::ops::Range<u32>| receives.map(spaced_wait_seconds).sum::<u32>();
        assert!(waited(1..RECEIVE_COUNT_MAX) >= RETENTION_SECONDS_MAX);
        let prompt = (1..RECEIVE_COUNT_MAX).take_while(|count| spaced_wait_seconds(*count) == 0).count();
        assert_eq!(prompt, 140);
        let within_minutes =
            (1..RECEIVE_COUNT_MAX).filter(|count| spaced_wait_seconds(*count) <= SPACED_WAIT_SECONDS);
        assert!(waited(1..within_minutes.max().unwrap()) >= OUTAGE_SECONDS_DEFAULT);
        assert_eq!(spaced_wait_seconds(u32::MAX), RETRY_SECONDS_MAX);
    }

    #[test]
    fn the_waits_of_tasks_differ_and_the_wait_of_a_task_is_repeatable() {
        let backoff = Backoff { base_seconds: 64, max_seconds: 64 };
        let delays: std::collections::HashSet<_> =
            (0..50).map(|seed| backoff.delay_seconds(task_id(seed), 1)).collect();
        assert!(delays.len() > 10, "{delays:?}");
        assert_eq!(backoff.delay_seconds(task_id(1), 1), backoff.delay_seconds(task_id(1), 1));
    }
}
