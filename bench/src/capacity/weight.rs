//! The size of a task: the bytes of its message and its record, as the product's code makes them.

use chrono::TimeDelta;
use shared::{
    Caller, Delivery, Message, Receipt, SequenceNumber, Submission, TaskRecord, Timestamp,
    lifecycle::{self, Arrival, Claim, ClaimTerms},
    ports::TaskIds,
};
use system::RandomTaskIds;

/// The attributes that `aws/src/item.rs` writes besides `record`, names and values: `task_id`, `revision`, `status`,
/// `sequence_number`, `expires_at`; and the name `record`.
const BESIDE: usize = 43 + 10 + 16 + 6 + 26 + 16;
/// Bytes of a write unit.
const UNIT: usize = 1_024;

/// The size of a task without failures.
pub struct Weight {
    /// Bytes of its message.
    pub message: usize,
    /// Bytes of its item when it is accepted, claimed and completed.
    pub items: [usize; 3],
}

impl Weight {
    /// For a task with a description of this length.
    pub fn of(characters: usize) -> anyhow::Result<Self> {
        let description = "x".repeat(characters);
        let json =
            serde_json::json!({"title": "Water the plants", "description": description, "priority": "low"});
        let (fingerprint, task) = Submission::parse(json.to_string().as_bytes())?.into_parts();
        let now = Timestamp::UNIX_EPOCH + TimeDelta::days(20_000) + TimeDelta::microseconds(123_457);
        let message =
            Message::new(RandomTaskIds.fresh(now), 0, now, now, Caller::local(), Some(fingerprint), task);
        let accepted = lifecycle::accept(&message);
        let claimed = claimed(&message, &accepted, now)?;
        let completed = lifecycle::complete(&claimed, now);
        let size = |record: &TaskRecord| serde_json::to_string(record).map(|json| json.len() + BESIDE);
        Ok(Self {
            message: message.encode()?.len(),
            items: [size(&accepted)?, size(&claimed)?, size(&completed)?],
        })
    }

    /// Write units with two writes (claim, completion), and with one write for both.
    pub fn write_units(&self) -> [usize; 2] {
        let [accept, claim, complete] = self.items.map(|bytes| bytes.div_ceil(UNIT));
        [accept + claim + complete, accept + complete]
    }
}

fn claimed(message: &Message, existing: &TaskRecord, now: Timestamp) -> anyhow::Result<TaskRecord> {
    let delivery = Delivery {
        message_id: message.task_id.to_string(),
        receipt: Receipt::new("receipt"),
        sequence_number: SequenceNumber::new(18_849_496_460_467_696_128),
        receive_count: 1,
        sent_at: now,
        body: message.encode()?,
    };
    let terms = ClaimTerms {
        now,
        lease: TimeDelta::seconds(25),
        attempt_budget: 10,
        request_id: message.task_id.to_string(),
        code_version: "0123456789ab".to_owned(),
    };
    match lifecycle::claim(Some(existing), &Arrival::read(&delivery), &terms) {
        Claim::Granted(record) => Ok(*record),
        other => anyhow::bail!("a claim of a new task was answered with {other:?}"),
    }
}
