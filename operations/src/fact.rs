//! What an action would do or did, as data, and the one English sentence for each.

use std::fmt;

use shared::{AuditAction, AuditEntry, Status};

use crate::counted;

/// Something that an action would do or did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fact {
    /// So many dead letters would be redriven.
    WouldRedrive(usize),
    /// So many tasks wait in the line and are handled before the redriven ones.
    HandledBefore(u64),
    /// So many older dead letters are not selected.
    StayBehind(usize),
    MayFailAgain {
        tasks: usize,
        reason: String,
    },
    /// At a limited rate, newly accepted tasks come between the redriven ones.
    Interleaved {
        per_second: u32,
    },
    /// So many tasks would be discarded.
    WouldDiscard(usize),
    /// The records of so many discarded tasks stay until they expire.
    RecordsStay(usize),
    /// The held task leaves the line.
    LineGoesOn,
    WouldResume,
    WouldSkip,
    /// The new contents are used after the task leaves this status.
    WouldAmend {
        from: Status,
    },
    NothingWouldChange,
    /// Cleaning changed these members of the task.
    Cleaned(Vec<&'static str>),
    /// A new task waits behind so many.
    WouldSubmit {
        behind: u64,
    },
    /// `running` is whether a process runs the pipeline, if that is known.
    WouldPause {
        running: Option<bool>,
        waiting: u64,
    },
    WouldResumeLine {
        running: Option<bool>,
    },
    Done {
        tasks: usize,
        past: &'static str,
    },
    Amended {
        from: Status,
    },
    Resumed,
    Skipped,
    DiscardedHeld,
    Paused,
    LineResumed,
    /// The line was in this state already; the last change, if it is stored.
    SwitchedAlready {
        to: AuditAction,
        last: Option<AuditEntry>,
    },
    /// The line has no place for a reason.
    ReasonNotStored,
    /// The reason is stored with the task or the line.
    ReasonStored {
        with: &'static str,
    },
    Repaired {
        tasks: usize,
        deleted: usize,
    },
    /// More messages can be seen after the first were deleted.
    ReconcileAgain,
}

impl fmt::Display for Fact {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.sentence())
    }
}

impl Fact {
    /// That cleaning changed these members; none if it changed nothing.
    pub fn cleaned(members: &[&'static str]) -> Option<Self> {
        (!members.is_empty()).then(|| Self::Cleaned(members.to_vec()))
    }

    fn sentence(&self) -> String {
        match self {
            Self::WouldRedrive(0) => "Nothing to redrive.".to_owned(),
            Self::WouldRedrive(tasks) => {
                format!("{} would go to the end of the line, in this order.", counted(*tasks, "task"))
            }
            Self::HandledBefore(tasks) => {
                let wait = if *tasks == 1 { "waits" } else { "wait" };
                format!("Handled before them: {} that {wait} in the line now.", counted(*tasks, "task"))
            }
            Self::StayBehind(1) => "1 older dead letter stays behind.".to_owned(),
            Self::StayBehind(count) => format!("{} stay behind.", counted(*count, "older dead letter")),
            Self::MayFailAgain { tasks, reason } => format!("{tasks} may fail again: {reason}."),
            Self::Interleaved { per_second } => {
                format!("At {per_second} per second, tasks that are accepted meanwhile come between them.")
            }
            Self::WouldDiscard(0) => "Nothing to discard.".to_owned(),
            Self::WouldDiscard(1) => "1 task would be discarded: it will never run again.".to_owned(),
            Self::WouldDiscard(tasks) => {
                format!("{} would be discarded: they will never run again.", counted(*tasks, "task"))
            }
            Self::RecordsStay(1) => "Its record stays for 30 days.".to_owned(),
            Self::RecordsStay(_) => "Their records stay for 30 days.".to_owned(),
            Self::LineGoesOn => "The line goes on without it.".to_owned(),
            Self::WouldResume => {
                "It runs again, at the front of the line, with a new attempt budget.".to_owned()
            }
            Self::WouldSkip => {
                "It goes to the dead-letter queue, and the line goes on without it.".to_owned()
            }
            Self::WouldAmend { from: Status::Held } => {
                "The handler gets the new contents once the task is resumed.".to_owned()
            }
            Self::WouldAmend { .. } => {
                "The handler gets the new contents once the task is redriven.".to_owned()
            }
            Self::NothingWouldChange => "Nothing would change.".to_owned(),
            Self::Cleaned(members) => {
                format!("Cleaning changed {}. The task holds the cleaned text.", members.join(" and "))
            }
            Self::WouldSubmit { behind } => {
                format!("It goes to the end of the line, behind {}.", counted(*behind, "task"))
            }
            Self::WouldPause { running, waiting } => {
                let meaning = match running {
                    Some(false) => "No process runs this pipeline. When one starts, it delivers nothing.",
                    Some(true) | None => "The running attempt finishes, and no new one starts.",
                };
                format!("{meaning} In the line: {}.", counted(*waiting, "task"))
            }
            Self::WouldResumeLine { running: Some(false) } => {
                "No process runs this pipeline. When one starts, it delivers tasks.".to_owned()
            }
            Self::WouldResumeLine { .. } => "Deliveries start again.".to_owned(),
            Self::Done { tasks, past } => format!("{} {past}.", counted(*tasks, "task")),
            Self::Amended { from: Status::Held } => {
                "Amended. It is handled as amended after `held resume`.".to_owned()
            }
            Self::Amended { .. } => {
                "Amended. It is handled as amended after `dead-letters redrive`.".to_owned()
            }
            Self::Resumed => "Resumed; it runs again, at the front of the line.".to_owned(),
            Self::Skipped => "Skipped; the line goes on.".to_owned(),
            Self::DiscardedHeld => "Discarded; the line goes on.".to_owned(),
            Self::Paused => {
                "The line is paused: no new delivery begins. `line resume` lets it go on.".to_owned()
            }
            Self::LineResumed => "The line goes on.".to_owned(),
            Self::SwitchedAlready { to, last } => {
                let state = if *to == AuditAction::PauseLine { "paused" } else { "running" };
                let since = last.as_ref().map_or_else(String::new, |last| format!(", {}", since(last)));
                format!("It was {state} already{since}. Nothing was changed, and this reason was not stored.")
            }
            Self::ReasonNotStored => {
                "Not stored on AWS. CloudTrail records who paused or resumed the line.".to_owned()
            }
            Self::ReasonStored { with } => format!("Stored with the {with}, with your name."),
            Self::Repaired { tasks, deleted } => {
                format!(
                    "Repaired {}, deleted {}.",
                    counted(*tasks, "task"),
                    counted(*deleted, "stale message")
                )
            }
            Self::ReconcileAgain => "Reconcile again: more messages can be seen now.".to_owned(),
        }
    }
}

/// When, by whom and why the line was paused or resumed.
pub fn since(change: &AuditEntry) -> String {
    format!("since {} by {}: {}", change.at.to_rfc3339(), change.by, change.reason)
}

#[cfg(test)]
mod tests {
    use shared::Submission;

    use super::*;

    #[test]
    fn the_members_that_cleaning_changed_are_named() {
        let cleaned = |title: &str, description: &str| {
            let json = serde_json::json!({"title": title, "description": description, "priority": "low"});
            Fact::cleaned(&Submission::parse(json.to_string().as_bytes()).unwrap().sanitised())
        };
        assert_eq!(cleaned("a", "b"), None);
        let both = "Cleaning changed /title and /description. The task holds the cleaned text.";
        assert_eq!(cleaned("<b>a</b>", " b").unwrap().to_string(), both);
    }

    #[test]
    fn a_sentence_is_in_the_singular_when_it_is_about_one_task() {
        for (fact, sentence) in [
            (Fact::WouldRedrive(0), "Nothing to redrive."),
            (Fact::WouldRedrive(1), "1 task would go to the end of the line, in this order."),
            (Fact::HandledBefore(1), "Handled before them: 1 task that waits in the line now."),
            (Fact::StayBehind(1), "1 older dead letter stays behind."),
            (Fact::StayBehind(84), "84 older dead letters stay behind."),
            (Fact::WouldDiscard(1), "1 task would be discarded: it will never run again."),
            (Fact::Done { tasks: 1, past: "redriven" }, "1 task redriven."),
        ] {
            assert_eq!(fact.to_string(), sentence);
        }
    }

    #[test]
    fn a_line_that_was_paused_already_names_the_last_change() {
        let at = chrono::DateTime::UNIX_EPOCH;
        let last = AuditEntry::new(AuditAction::PauseLine, at, "ann", "a release");
        let already = Fact::SwitchedAlready { to: AuditAction::PauseLine, last: Some(last) };
        assert_eq!(
            already.to_string(),
            "It was paused already, since 1970-01-01T00:00:00+00:00 by ann: a release. Nothing was changed, and this reason was \
             not stored."
        );
    }
}
