//! The report of a smoke test.

use std::{io, time::Duration};

use serde::Serialize;
use shared::TaskId;

use crate::terminal::{Format, print_data, print_json};

use super::{
    cleanup::{Cleanup, Leftover, Verdict},
    entry_point::ApiCheck,
};

#[derive(Debug, Serialize)]
pub struct Report {
    pub verdict: Verdict,
    why: Option<String>,
    api: ApiCheck,
    task_id: Option<TaskId>,
    #[serde(rename = "left")]
    leftover: Option<Leftover>,
    milliseconds: Option<i64>,
}

impl Report {
    /// Nothing was submitted.
    pub fn not_tried(why: String) -> Self {
        let (verdict, api) = (Verdict::NotTried, ApiCheck::NotTried);
        Self { verdict, why: Some(why), api, task_id: None, leftover: None, milliseconds: None }
    }

    pub fn of(cleanup: Cleanup, task_id: TaskId, api: ApiCheck, took: Duration) -> Self {
        let Cleanup { verdict, leftover, why } = cleanup;
        let milliseconds = i64::try_from(took.as_millis()).ok();
        Self { verdict, why, api, task_id: Some(task_id), leftover: Some(leftover), milliseconds }
    }

    pub fn print(&self, format: Format) -> io::Result<()> {
        match format {
            Format::Json => print_json(self),
            Format::Text => print_data(self.in_words()),
        }
    }

    fn in_words(&self) -> String {
        let api_check = match self.api {
            ApiCheck::NotTried => "",
            ApiCheck::RefusesStrangers => "; the API refuses a request without credentials",
            ApiCheck::TakesTokens => {
                "; the API refuses a request without a token, and accepts and shows a task with one"
            }
        };
        let why = self.why.as_deref().unwrap_or_default();
        let seconds = self.milliseconds.map(|milliseconds| milliseconds as f64 / 1000.0).unwrap_or_default();
        match (self.verdict, self.task_id, self.leftover) {
            (Verdict::Passed, Some(id), _) => {
                format!("passed: {id} was completed after {seconds:.1} s{api_check}")
            }
            (verdict, Some(id), Some(leftover)) => {
                let verdict = if verdict == Verdict::Failed { "FAILED" } else { "not tried" };
                format!("{verdict}: {id}: {why}. {}{api_check}", leftover.in_words())
            }
            (..) => format!("not tried: {why}. Nothing was submitted."),
        }
    }
}

impl Leftover {
    fn in_words(self) -> &'static str {
        match self {
            Self::Completed => "It is completed",
            Self::Cancelled => "It was cancelled",
            Self::Discarded => "It was discarded, and the line goes on",
            Self::UnderWay => "It is still in the pipeline: `taskline task show` shows how it ends",
        }
    }
}
