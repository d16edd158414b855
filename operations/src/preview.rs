//! What a redrive would do, before it does it.

use std::{
    collections::{BTreeMap, HashSet},
    ops::ControlFlow,
};

use shared::{
    AuditAction, Reason, Status, TaskId, TaskRecord,
    lifecycle::{self, Force, PresentHandler, Refusal, Repetition},
    ports::{DeliverySwitch, Departures, PortError, TaskQueue},
};

use super::{Operations, Refused};

/// What would become of a selection of dead letters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RedrivePreview {
    /// Those that would go, in this order.
    pub going: Vec<TaskRecord>,
    /// Those that would be refused, and why: none of them is among those that would go.
    pub refused: Vec<Refused>,
    /// Whether a refusal could be overcome by force.
    pub can_be_forced: bool,
    /// Those that would fail again if their handler did not change, and why it isn't known whether it did.
    pub doubtful: Vec<(TaskId, String)>,
    /// How many tasks are in the line now: they are handled first, and so overtake the dead letters once more.
    pub ahead: u64,
    /// How many dead letters were accepted before the last of those that would go and stay dead: they are overtaken.
    pub left_behind: usize,
}

impl<R: Departures, Q: TaskQueue, L: DeliverySwitch> Operations<R, Q, L> {
    /// Says what a redrive of `dead_letters` would do; changes nothing.
    ///
    /// # Errors
    /// [`PortError`] when the pipeline does not answer.
    pub async fn preview_redrive(
        &self,
        dead_letters: &[TaskRecord],
        force: Force,
    ) -> Result<RedrivePreview, PortError> {
        let completions = self.completions(dead_letters).await?;
        let (mut going, mut refused, mut can_be_forced) = (Vec::new(), Vec::new(), false);
        let mut doubtful = Vec::new();
        for dead_letter in dead_letters {
            let present = self.present_handler(dead_letter, &completions).await?;
            match self.refusal(dead_letter, force, &present) {
                None => {
                    going.push(dead_letter.clone());
                    doubtful.extend(doubt(dead_letter, &present).map(|reason| (dead_letter.task_id, reason)));
                }
                Some(refusal) => {
                    can_be_forced |= matches!(refusal, Refusal::WouldFailAgain { .. });
                    refused.push(Refused::new(dead_letter, refusal));
                }
            }
        }
        let status = self.line.status().await?;
        let left_behind = self.left_behind(&going).await?;
        Ok(RedrivePreview {
            going,
            refused,
            can_be_forced,
            doubtful,
            ahead: status.waiting + status.in_flight,
            left_behind,
        })
    }

    fn refusal(&self, dead_letter: &TaskRecord, force: Force, present: &PresentHandler) -> Option<Refusal> {
        let now = self.clock.now();
        let entry = self.entry(AuditAction::Redrive, &Reason::of_the_program("a preview"), now);
        lifecycle::begin_redrive(dead_letter, force, present, entry, now).err()
    }

    async fn left_behind(&self, dead_letters: &[TaskRecord]) -> Result<usize, PortError> {
        let redriven: HashSet<TaskId> = dead_letters.iter().map(|dead_letter| dead_letter.task_id).collect();
        let Some(last) = dead_letters.iter().map(|dead_letter| dead_letter.first_sequence_number).max()
        else {
            return Ok(0);
        };
        let mut left_behind = 0;
        self.each_needing_attention(|dead_letter| {
            if dead_letter.first_sequence_number > last {
                return ControlFlow::Break(());
            }
            let stays =
                dead_letter.status == Status::DeadLettered && !redriven.contains(&dead_letter.task_id);
            left_behind += usize::from(stays);
            ControlFlow::Continue(())
        })
        .await?;
        Ok(left_behind)
    }
}

/// Why it isn't known whether a letter that would go fails again.
fn doubt(dead_letter: &TaskRecord, present: &PresentHandler) -> Option<String> {
    match lifecycle::repetition(dead_letter, present) {
        Repetition::Unknown(reason) if dead_letter.status == Status::DeadLettered => Some(reason),
        Repetition::Unknown(_) | Repetition::Unexpected | Repetition::Expected(_) => None,
    }
}

impl RedrivePreview {
    /// Why tasks may fail again, each reason with how many it holds for.
    pub fn doubts(&self) -> BTreeMap<&str, usize> {
        let mut doubts = BTreeMap::new();
        for (_, reason) in &self.doubtful {
            *doubts.entry(reason.as_str()).or_default() += 1;
        }
        doubts
    }
}
