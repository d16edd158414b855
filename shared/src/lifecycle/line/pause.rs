//! pause: an operator stops a line.

use crate::AuditEntry;

use super::Line;

/// The paused line. A task that runs finishes; no other starts. The turn of a task that was named and hasn't started ends: its
/// front message is acknowledged unhandled, and a resume names it again. A line that is paused already is returned unchanged.
pub fn pause(line: &Line, entry: AuditEntry) -> Line {
    if line.paused.is_some() {
        return line.clone();
    }
    Line { paused: Some(entry), next: None, ..line.changed() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        AuditAction,
        lifecycle::{
            fixture::entry,
            line::{
                LineState,
                fixture::{blocked, draining, paused},
            },
        },
    };

    #[test]
    fn a_pause_ends_the_turn_and_keeps_the_block() {
        let pause = |line: &Line| pause(line, entry(AuditAction::PauseLine));
        assert_eq!((pause(&draining()).state(), pause(&draining()).next), (LineState::Paused, None));
        assert_eq!(pause(&blocked()).blocked_by, blocked().blocked_by);
        assert_eq!(pause(&Line::default()), paused());
    }

    #[test]
    fn the_first_reason_of_a_pause_is_kept() {
        assert_eq!(pause(&paused(), entry(AuditAction::ResumeLine)), paused());
    }
}
