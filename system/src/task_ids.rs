//! New task ids from the machine's source of randomness.

use shared::{TaskId, Timestamp, ports::TaskIds};
use uuid::Uuid;

/// Makes ids with random bytes from the operating system.
#[derive(Debug, Clone, Copy, Default)]
pub struct RandomTaskIds;

impl TaskIds for RandomTaskIds {
    fn fresh(&self, now: Timestamp) -> TaskId {
        let mut random = [0; 10];
        random.copy_from_slice(&Uuid::new_v4().into_bytes()[6..]);
        // Two bits of these bytes are fixed in a UUID of version 4. XOR with other random bytes makes all bits random.
        for (byte, extra) in random.iter_mut().zip(Uuid::new_v4().into_bytes()) {
            *byte ^= extra;
        }
        TaskId::fresh(now, &random)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fresh_ids_differ() {
        let now = Timestamp::UNIX_EPOCH;
        let ids: std::collections::HashSet<_> = (0..1000).map(|_| RandomTaskIds.fresh(now)).collect();
        assert_eq!(ids.len(), 1000);
    }
}
