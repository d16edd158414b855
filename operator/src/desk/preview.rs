//! What a redrive would do, before it does it.

use std::{collections::HashSet, ops::ControlFlow};

use shared::{
    AuditAction, Status, TaskId, TaskRecord,
    lifecycle::{self, Force, Refusal},
    ports::{Line, PortError, TaskQueue, TaskRecords},
};

use super::Desk;

/// What would become of a selection of dead letters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RedrivePreview {
    /// Those that would be refused, and why.
    pub refused: Vec<(TaskId, Refusal)>,
    /// How many tasks are in the line now: they are handled first, and so overtake the letters once more.
    pub ahead: u64,
    /// How many dead letters were accepted before the last of these and stay dead: they are overtaken.
    pub left_behind: usize,
}

impl<R: TaskRecords, Q: TaskQueue, L: Line> Desk<R, Q, L> {
    /// Says what a redrive of `letters` would do; changes nothing.
    ///
    /// # Errors
    /// [`PortError`] when the pipeline does not answer.
    pub async fn preview_redrive(
        &self,
        letters: &[TaskRecord],
        force: Force,
    ) -> Result<RedrivePreview, PortError> {
        let refused =
            letters.iter().filter_map(|letter| Some((letter.task_id, self.refusal(letter, force)?)));
        let status = self.line.status().await?;
        Ok(RedrivePreview {
            refused: refused.collect(),
            ahead: status.waiting + status.in_flight,
            left_behind: self.left_behind(letters).await?,
        })
    }

    fn refusal(&self, letter: &TaskRecord, force: Force) -> Option<Refusal> {
        let now = self.clock.now();
        let entry = self.entry(AuditAction::Redrive, "", now);
        lifecycle::begin_redrive(letter, force, &self.code_version, entry, now).err()
    }

    async fn left_behind(&self, letters: &[TaskRecord]) -> Result<usize, PortError> {
        let redriven: HashSet<TaskId> = letters.iter().map(|letter| letter.task_id).collect();
        let Some(last) = letters.iter().map(|letter| letter.first_sequence_number).max() else {
            return Ok(0);
        };
        let mut left_behind = 0;
        self.each_needing_a_person(|letter| {
            if letter.first_sequence_number > last {
                return ControlFlow::Break(());
            }
            let stays = letter.status == Status::DeadLettered && !redriven.contains(&letter.task_id);
            left_behind += usize::from(stays);
            ControlFlow::Continue(())
        })
        .await?;
        Ok(left_behind)
    }
}
