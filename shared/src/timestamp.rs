//! The one notion of time.

/// A moment in UTC. Clocks give it in whole microseconds, so that it survives being written and read back.
pub type Timestamp = chrono::DateTime<chrono::Utc>;
