//! Pays the amount in a task's payload, and stores one receipt for each task.

use std::{
    fs::{self, File},
    io::{self, Write},
    path::Path,
};

use serde::{Deserialize, Serialize};

#[derive(Deserialize)]
pub struct Task {
    pub task_id: String,
    pub attempt: u32,
    #[serde(default)]
    pub payload: serde_json::Value,
}

#[derive(Serialize)]
pub struct Payment {
    pub receipt: String,
}

pub enum Failure {
    /// No attempt at this task can succeed.
    Refused(String),
    /// The bank can't be reached, so no task can succeed now.
    Unavailable(String),
    /// A later attempt can succeed.
    Failed(String),
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Failed(error.to_string())
    }
}

/// A line of a task's file: an attempt began, or has a receipt.
#[derive(Default, Deserialize, Serialize)]
struct Entry {
    attempt: u32,
    receipt: Option<String>,
}

pub fn handle(task: &Task) -> Result<Payment, Failure> {
    let Some(cents) = task.payload["cents"].as_u64() else {
        return Err(Failure::Refused("the payload needs cents, a whole number".to_owned()));
    };
    let mut newest = add(task, None)?;
    if newest.receipt.is_none() && newest.attempt == task.attempt {
        let receipt = pay(task, cents)?;
        newest = add(task, Some(receipt))?;
    }
    match newest.receipt {
        Some(receipt) => Ok(Payment { receipt }),
        None => Err(Failure::Failed("a later attempt has begun".to_owned())),
    }
}

/// Appends an entry to the task's file, and returns the entry that counts: after an entry of a later attempt, or after a
/// receipt, no other one does.
fn add(task: &Task, receipt: Option<String>) -> io::Result<Entry> {
    fs::create_dir_all("payments")?;
    let path = Path::new("payments").join(&task.task_id);
    let mut file = File::options().append(true).create(true).open(&path)?;
    let entry = serde_json::to_string(&Entry { attempt: task.attempt, receipt })?;
    file.write_all(format!("\n{entry}\n").as_bytes())?;
    file.sync_all()?;
    let mut newest = Entry::default();
    // A line that a crash cut off is not JSON, and counts for nothing.
    for entry in
        fs::read_to_string(&path)?.lines().filter_map(|line| serde_json::from_str::<Entry>(line).ok())
    {
        if newest.receipt.is_none() && entry.attempt >= newest.attempt {
            newest = entry;
        }
    }
    Ok(newest)
}

/// Call your bank here. With the task id as the idempotency key, it pays once for each task.
fn pay(task: &Task, _cents: u64) -> Result<String, Failure> {
    Ok(format!("receipt-{}", task.task_id))
}
