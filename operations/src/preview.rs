//! What an action would do. It is decided by the same functions that perform the action, and nothing is changed.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    ops::ControlFlow,
};

use shared::{
    AuditAction, Reason, Status, Task, TaskId, TaskRecord,
    lifecycle::{self, Force, PresentHandler, Refusal, Repetition},
    ports::{DeliverySwitch, Departures, PortError, TaskQueue},
};

use crate::{Action, ChangeError, DiffLine, Fact, Operations, Reconciliation, Refused, diff::diff_contents};

/// What an action would do.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Preview {
    /// What would happen; [`Reconciliation::in_words`] has the rest for a reconciliation.
    pub facts: Vec<Fact>,
    /// The tasks that would be changed, in this order.
    pub going: Vec<TaskRecord>,
    /// The tasks that would be refused; none of them is in `going`.
    pub refused: Vec<Refused>,
    /// Whether force would overcome a refusal.
    pub can_be_forced: bool,
    /// The tasks that fail again unless their handler changed, and why it is not known whether it did.
    pub may_fail_again: Vec<(TaskId, String)>,
    /// How many tasks are in the line now. They are handled before redriven ones, and so overtake them once more.
    pub ahead: u64,
    /// How many dead letters are older than the last one in `going` and not selected: they are overtaken.
    pub left_behind: usize,
    /// How the contents of the task would change.
    pub diff: Vec<DiffLine>,
    /// What a reconciliation would repair.
    pub reconciliation: Option<Reconciliation>,
}

impl<R: Departures, Q: TaskQueue, L: DeliverySwitch> Operations<R, Q, L> {
    /// Reports what `action` would do, and changes nothing. Records in `known` are not read again.
    ///
    /// # Errors
    /// [`ChangeError`] if the pipeline does not answer, a task does not exist, or an amendment would be refused.
    pub async fn preview(&self, action: &Action, known: &[TaskRecord]) -> Result<Preview, ChangeError> {
        let records = self.records_of(action, known).await?;
        match action {
            Action::Redrive { force, .. } => Ok(self.preview_redrive(&records, *force).await?),
            Action::Discard { .. } => Ok(self.preview_discard(records)),
            Action::Resume { .. } => Ok(self.preview_tasks(records, action, |_| vec![Fact::WouldResume])),
            Action::Skip { .. } => Ok(self.preview_tasks(records, action, |_| vec![Fact::WouldSkip])),
            Action::Amend { task, sanitised, .. } => self.preview_amendment(records, task, sanitised),
            Action::PauseLine => {
                let line = self.line.status().await?;
                Ok(Fact::WouldPause { running: line.running, waiting: line.waiting }.into())
            }
            Action::ResumeLine => {
                Ok(Fact::WouldResumeLine { running: self.line.status().await?.running }.into())
            }
            Action::Reconcile => {
                Ok(Preview { reconciliation: Some(self.differences().await?), ..Preview::default() })
            }
        }
    }

    async fn records_of(
        &self,
        action: &Action,
        known: &[TaskRecord],
    ) -> Result<Vec<TaskRecord>, ChangeError> {
        let known: HashMap<_, _> = known.iter().map(|record| (record.task_id, record)).collect();
        let mut records = Vec::new();
        for id in action.task_ids() {
            records.push(match known.get(id) {
                Some(record) => (*record).clone(),
                None => self.record(*id).await?,
            });
        }
        Ok(records)
    }

    fn preview_discard(&self, records: Vec<TaskRecord>) -> Preview {
        let is_held = records.iter().any(|record| record.status == Status::Held);
        self.preview_tasks(records, &Action::Discard { task_ids: Vec::new() }, |going| {
            let stay = (going > 0).then_some(Fact::RecordsStay(going));
            let goes_on = (is_held && going > 0).then_some(Fact::LineGoesOn);
            [Some(Fact::WouldDiscard(going)), stay, goes_on].into_iter().flatten().collect()
        })
    }

    fn preview_tasks(
        &self,
        records: Vec<TaskRecord>,
        action: &Action,
        facts: impl FnOnce(usize) -> Vec<Fact>,
    ) -> Preview {
        let now = self.clock.now();
        let entry = |action| self.entry(action, &reason(), now);
        let (mut going, mut refused) = (Vec::new(), Vec::new());
        for record in records {
            let next = match action {
                Action::Resume { .. } => lifecycle::resume(&record, entry(AuditAction::Resume), now),
                Action::Skip { .. } => lifecycle::skip(&record, entry(AuditAction::Skip), now),
                _ => lifecycle::discard(&record, entry(AuditAction::Discard), now),
            };
            match next {
                Ok(_) => going.push(record),
                Err(refusal) => refused.push(Refused::new(&record, refusal)),
            }
        }
        Preview { facts: facts(going.len()), going, refused, ..Preview::default() }
    }

    /// That nothing would change is no refusal here: a caller can show what cleaning did to the new task.
    fn preview_amendment(
        &self,
        records: Vec<TaskRecord>,
        task: &Task,
        sanitised: &[&'static str],
    ) -> Result<Preview, ChangeError> {
        self.check_rules(task)?;
        let mut preview = Preview::default();
        let now = self.clock.now();
        for record in &records {
            let entry = self.entry(AuditAction::Amend, &reason(), now);
            match lifecycle::amend(record, task.clone(), entry, now) {
                Ok(_) => preview.facts.push(Fact::WouldAmend { from: record.status }),
                Err(Refusal::WouldNotChange) => preview.facts.push(Fact::NothingWouldChange),
                Err(refusal) => return Err(refusal.into()),
            }
            preview.diff = diff_contents(&record.content, task);
        }
        preview.facts.extend(Fact::cleaned(sanitised));
        Ok(Preview { going: records, ..preview })
    }

    async fn preview_redrive(&self, dead_letters: &[TaskRecord], force: Force) -> Result<Preview, PortError> {
        let completions = self.completions(dead_letters).await?;
        let mut preview = Preview::default();
        for dead_letter in dead_letters {
            let present = self.present_handler(dead_letter, &completions).await?;
            match self.refusal(dead_letter, force, &present) {
                None => {
                    preview.going.push(dead_letter.clone());
                    let doubt = doubt(dead_letter, &present).map(|reason| (dead_letter.task_id, reason));
                    preview.may_fail_again.extend(doubt);
                }
                Some(refusal) => {
                    preview.can_be_forced |= matches!(refusal, Refusal::WouldFailAgain { .. });
                    preview.refused.push(Refused::new(dead_letter, refusal));
                }
            }
        }
        let line = self.line.status().await?;
        preview.ahead = line.waiting + line.in_flight;
        preview.left_behind = self.left_behind(&preview.going).await?;
        preview.facts = preview.redrive_facts();
        Ok(preview)
    }

    fn refusal(&self, dead_letter: &TaskRecord, force: Force, present: &PresentHandler) -> Option<Refusal> {
        let now = self.clock.now();
        let entry = self.entry(AuditAction::Redrive, &reason(), now);
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

impl Preview {
    /// Whether nothing would be changed.
    pub fn is_nothing(&self) -> bool {
        self.going.is_empty() && self.reconciliation.as_ref().is_none_or(Reconciliation::is_nothing)
    }

    fn redrive_facts(&self) -> Vec<Fact> {
        let mut facts = vec![Fact::WouldRedrive(self.going.len())];
        if !self.going.is_empty() && self.ahead > 0 {
            facts.push(Fact::HandledBefore(self.ahead));
        }
        if self.left_behind > 0 {
            facts.push(Fact::StayBehind(self.left_behind));
        }
        let mut tasks_of: BTreeMap<&str, usize> = BTreeMap::new();
        for (_, reason) in &self.may_fail_again {
            *tasks_of.entry(reason).or_default() += 1;
        }
        let doubts = tasks_of.into_iter();
        facts.extend(doubts.map(|(reason, tasks)| Fact::MayFailAgain { tasks, reason: reason.to_owned() }));
        facts
    }
}

impl From<Fact> for Preview {
    fn from(fact: Fact) -> Self {
        Self { facts: vec![fact], ..Self::default() }
    }
}

/// The reason of an entry that is never written.
fn reason() -> Reason {
    Reason::of_the_program("a preview")
}

/// Why it is not known whether a dead letter would fail again.
fn doubt(dead_letter: &TaskRecord, present: &PresentHandler) -> Option<String> {
    match lifecycle::repetition(dead_letter, present) {
        Repetition::Unknown(reason) if dead_letter.status == Status::DeadLettered => Some(reason),
        Repetition::Unknown(_) | Repetition::Unexpected | Repetition::Expected(_) => None,
    }
}
