//! A task as an operator gives it, by the rules of a request, and what cleaning made of it.

use shared::{Fingerprint, Rejection, Task, TaskRequest, sanitise, sanitised, validate};

/// A task that was read.
#[derive(Debug, Clone)]
pub struct GivenTask {
    /// As it was given.
    pub sent: TaskRequest,
    /// What was given, in short.
    pub fingerprint: Fingerprint,
    /// What will be handled.
    pub task: Task,
}

impl GivenTask {
    /// Reads a task.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn read(json: &[u8]) -> Result<Self, Rejection> {
        let request = validate(json)?;
        let fingerprint = Fingerprint::of(&request);
        let sent = request.as_request().clone();
        let task = sanitise(request).map_err(Rejection::Invalid)?;
        Ok(Self { sent, fingerprint, task })
    }

    /// JSON pointers to the members that cleaning changed.
    pub fn sanitised(&self) -> Vec<&'static str> {
        sanitised(&self.sent, &self.task)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Fact;

    #[test]
    fn a_task_reports_the_members_that_cleaning_changed() {
        let cleaned = |title: &str, description: &str| {
            let json = serde_json::json!({"title": title, "description": description, "priority": "low"});
            Fact::cleaned(&GivenTask::read(json.to_string().as_bytes()).unwrap().sanitised())
        };
        assert_eq!(cleaned("a", "b"), None);
        let both = "Cleaning changed /title and /description. The task holds the cleaned text.";
        assert_eq!(cleaned("<b>a</b>", " b").unwrap().to_string(), both);
    }
}
