//! amend: an operator replaces the content of a dead or held task. The record keeps the original.

use crate::{
    Amendment, AuditEntry, Content, Status, Task, TaskRecord, Timestamp, limits::CONTENTS_BYTES_MAX,
};

use super::Refusal;

/// Replaces the task of a record.
///
/// # Errors
/// - [`Refusal::NeitherDeadNorHeld`] unless the task is dead or held. During a redrive the task may have been sent already.
/// - [`Refusal::WouldNotChange`] when the record has the same task.
/// - [`Refusal::TooLargeToAmend`] when the record could not hold the new content beside the original.
pub fn amend(
    record: &TaskRecord,
    task: Task,
    entry: AuditEntry,
    now: Timestamp,
) -> Result<TaskRecord, Refusal> {
    if !matches!(record.status, Status::DeadLettered | Status::Held) {
        return Err(Refusal::NeitherDeadNorHeld(record.status));
    }
    if record.task() == Some(&task) {
        return Err(Refusal::WouldNotChange);
    }
    let original = record.amendment.as_ref().map_or(&record.content, |earlier| &earlier.original).clone();
    let content = Content::Task(task);
    let bytes = content.stored_bytes() + original.stored_bytes();
    if bytes > CONTENTS_BYTES_MAX {
        return Err(Refusal::TooLargeToAmend { bytes });
    }
    let mut amended = record.next(record.status, now);
    amended.amendment = Some(Amendment { original, at: now, after_attempt: record.attempt });
    amended.content = content;
    amended.remember_audit(entry);
    Ok(amended)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        AuditAction,
        lifecycle::fixture::{accepted, at, dead_lettered, entry, held, task, undecodable},
        limits::PAYLOAD_BYTES_MAX,
        sanitise, validate,
    };

    #[test]
    fn the_original_is_kept_when_a_task_is_amended_twice() {
        for record in [dead_lettered(), held()] {
            let once = amend(&record, task("second"), entry(AuditAction::Amend), at(5)).unwrap();
            let twice = amend(&once, task("third"), entry(AuditAction::Amend), at(6)).unwrap();
            assert_eq!(twice.task(), Some(&task("third")));
            assert_eq!(twice.amendment.unwrap().original, record.content);
            assert_eq!(twice.status, record.status);
            assert_eq!(twice.audit.len(), record.audit.len() + 2);
        }
    }

    #[test]
    fn an_amendment_that_changes_nothing_is_refused() {
        for record in [dead_lettered(), held()] {
            let same = record.task().unwrap().clone();
            let refusal = amend(&record, same, entry(AuditAction::Amend), at(5));
            assert_eq!(refusal, Err(Refusal::WouldNotChange));
            let once = amend(&record, task("second"), entry(AuditAction::Amend), at(5)).unwrap();
            let refusal = amend(&once, task("second"), entry(AuditAction::Amend), at(6));
            assert_eq!(refusal, Err(Refusal::WouldNotChange));
        }
    }

    #[test]
    fn an_undecodable_body_can_be_amended_to_any_task() {
        assert!(amend(&undecodable(), task("t"), entry(AuditAction::Amend), at(5)).is_ok());
    }

    /// A task whose payload has so many bytes.
    fn task_with_payload(bytes: usize) -> Task {
        let payload = "x".repeat(bytes - 2);
        let json =
            serde_json::json!({"title": "t", "description": "d", "priority": "low", "payload": payload});
        sanitise(validate(json.to_string().as_bytes()).unwrap()).unwrap()
    }

    #[test]
    fn a_record_holds_one_large_payload_and_not_two() {
        let amended = |record: &TaskRecord, bytes| {
            amend(record, task_with_payload(bytes), entry(AuditAction::Amend), at(5))
        };
        let largest = amended(&dead_lettered(), PAYLOAD_BYTES_MAX).unwrap();
        assert_eq!(largest.task().unwrap().payload().unwrap().as_str().len(), PAYLOAD_BYTES_MAX);
        let refused = amended(&TaskRecord { amendment: None, ..largest.clone() }, PAYLOAD_BYTES_MAX - 1);
        assert!(matches!(refused, Err(Refusal::TooLargeToAmend { bytes }) if bytes > CONTENTS_BYTES_MAX));
        // The original without a payload is what the record keeps, however often it is amended.
        assert!(amended(&largest, PAYLOAD_BYTES_MAX - 1).is_ok());
    }

    #[test]
    fn only_a_dead_or_held_task_is_amended() {
        for status in
            Status::ALL.into_iter().filter(|status| !matches!(status, Status::DeadLettered | Status::Held))
        {
            let record = TaskRecord { status, ..accepted() };
            let refusal = amend(&record, task("other"), entry(AuditAction::Amend), at(5));
            assert_eq!(refusal, Err(Refusal::NeitherDeadNorHeld(status)));
        }
    }
}
