//! Runs cases concurrently that wait for a disk and for processes more than they compute.

use std::{
    sync::atomic::{AtomicUsize, Ordering},
    thread,
};

const AT_ONCE: usize = 6;

/// Runs each case, some at once; panics when one does.
pub fn side_by_side<T: Sync>(cases: &[T], work: impl Fn(&T) + Sync) {
    let begun = AtomicUsize::new(0);
    thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                while let Some(case) = cases.get(begun.fetch_add(1, Ordering::Relaxed)) {
                    work(case);
                }
            });
        }
    });
}
