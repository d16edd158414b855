//! The id of a task: derived from the idempotency key if there is one, else new.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use uuid::{Builder, Uuid};

use crate::{Caller, IdempotencyKey, Timestamp};

/// The id of a task in the API, messages, records and logs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TaskId(Uuid);

/// The text is not a hyphenated UUID.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a task id is a UUID such as 01890a5d-ac96-774b-bcce-b302099a8057")]
pub struct InvalidTaskId;

impl TaskId {
    /// The id for a caller's key. The same pair always has the same id, so that a request that is sent again after a crash
    /// finds the task of the first request (promise P4). A UUID of version 8 from SHA-256.
    pub fn derived(caller: &Caller, key: &IdempotencyKey) -> Self {
        Self::hashed(
            "taskline/task-id/caller-and-key/1",
            &[caller.as_str().as_bytes(), key.as_str().as_bytes()],
        )
    }

    /// The id for a message whose body can't be decoded. The same body always has the same id, so that its redeliveries find
    /// the same record.
    pub fn of_undecodable_body(body: &str) -> Self {
        Self::hashed("taskline/task-id/undecodable-body/1", &[body.as_bytes()])
    }

    /// The id of the canary task of interval `number`, with intervals of `interval_seconds`.
    pub fn of_canary(interval_seconds: u32, number: i64) -> Self {
        Self::hashed("taskline/task-id/canary/1", &[&interval_seconds.to_be_bytes(), &number.to_be_bytes()])
    }

    /// A new id, sorted by time (UUID version 7). The caller provides the random bytes, since this crate does no IO.
    pub fn fresh(now: Timestamp, random: &[u8; 10]) -> Self {
        let millis = u64::try_from(now.timestamp_millis()).unwrap_or(0);
        Self(Builder::from_unix_timestamp_millis(millis, random).into_uuid())
    }

    fn hashed(domain: &str, parts: &[&[u8]]) -> Self {
        let mut hash = Sha256::new();
        for part in std::iter::once(&domain.as_bytes()).chain(parts) {
            // The length distinguishes ("ab", "c") and ("a", "bc").
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&hash.finalize()[..16]);
        Self(Builder::from_custom_bytes(bytes).into_uuid())
    }

    /// The sixteen bytes of the id.
    pub fn as_bytes(&self) -> &[u8; 16] {
        self.0.as_bytes()
    }
}

impl fmt::Display for TaskId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.hyphenated().fmt(formatter)
    }
}

impl FromStr for TaskId {
    type Err = InvalidTaskId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        // Uuid also parses the braced, URN and unhyphenated forms; one form per id keeps URLs canonical.
        match Uuid::try_parse(text) {
            Ok(uuid) if text.len() == uuid::fmt::Hyphenated::LENGTH => Ok(Self(uuid)),
            _ => Err(InvalidTaskId),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn derived(caller: &str, key: &str) -> TaskId {
        TaskId::derived(&Caller::parse(caller).unwrap(), &IdempotencyKey::parse(key.as_bytes()).unwrap())
    }

    #[test]
    fn the_same_caller_and_key_give_the_same_id() {
        assert_eq!(derived("ann", "k1"), derived("ann", "k1"));
    }

    #[test]
    fn another_caller_another_key_or_another_split_gives_another_id() {
        assert_ne!(derived("ann", "k1"), derived("bob", "k1"));
        assert_ne!(derived("ann", "k1"), derived("ann", "k2"));
        assert_ne!(derived("ab", "c"), derived("a", "bc"));
    }

    #[test]
    fn derived_ids_never_change_between_versions_of_taskline() {
        assert_eq!(derived("ann", "k1").to_string(), "d0f71269-ef84-820a-9dd0-ab27e12a0511");
    }

    #[test]
    fn only_the_hyphenated_form_is_accepted() {
        let id = derived("ann", "k1").to_string();
        assert!(id.parse::<TaskId>().is_ok());
        assert_eq!(id.replace('-', "").parse::<TaskId>(), Err(InvalidTaskId));
        assert_eq!(format!("{{{id}}}").parse::<TaskId>(), Err(InvalidTaskId));
        assert_eq!("".parse::<TaskId>(), Err(InvalidTaskId));
    }
}
