//! Timestamps.

/// A moment in UTC. Clocks return whole microseconds, so that a stored timestamp is read back unchanged.
pub type Timestamp = chrono::DateTime<chrono::Utc>;
