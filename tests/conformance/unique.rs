//! Names that no other case uses.

use std::{
    process,
    sync::atomic::{AtomicU64, Ordering},
};

use chrono::Utc;

/// A name that no other case, run or machine uses.
pub fn unique(name: &str) -> String {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    format!("{name}-{}-{:x}-{count}", process::id(), Utc::now().timestamp_micros())
}
