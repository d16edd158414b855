//! A submission: what a client sent, validated, fingerprinted and sanitised once.

use crate::{Fingerprint, Rejection, Task, TaskRequest, sanitise::sanitise, sanitise::sanitised, validate};

/// A request that passed validation, with the task that sanitising made of it.
///
/// Only [`Submission::parse`] makes one, so its parts always belong together: HTTP, the operator's commands and the canary
/// submit tasks by the same rules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Submission {
    request: TaskRequest,
    fingerprint: Fingerprint,
    task: Task,
}

impl Submission {
    /// Parses the body of `POST /tasks`.
    ///
    /// # Errors
    /// [`Rejection`]: the body is no JSON object, or the request breaks rules, before or after sanitising.
    pub fn parse(json: &[u8]) -> Result<Self, Rejection> {
        let valid = validate(json)?;
        let fingerprint = Fingerprint::of(&valid);
        let request = valid.as_request().clone();
        let task = sanitise(valid).map_err(Rejection::Invalid)?;
        Ok(Self { request, fingerprint, task })
    }

    /// The request as it was sent.
    pub fn request(&self) -> &TaskRequest {
        &self.request
    }

    /// The hash of the request as it was sent: equal for equal requests.
    pub fn fingerprint(&self) -> &Fingerprint {
        &self.fingerprint
    }

    /// The sanitised task.
    pub fn task(&self) -> &Task {
        &self.task
    }

    /// JSON pointers (RFC 6901) to the members that sanitising changed. Equal requests have equal ones, so a request that
    /// is sent again gets the same answer.
    pub fn sanitised(&self) -> Vec<&'static str> {
        sanitised(&self.request, &self.task)
    }

    /// The fingerprint and the task, for a message.
    pub fn into_parts(self) -> (Fingerprint, Task) {
        (self.fingerprint, self.task)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(title: &str, description: &str) -> Result<Submission, Rejection> {
        let json = serde_json::json!({"title": title, "description": description, "priority": "low"});
        Submission::parse(json.to_string().as_bytes())
    }

    #[test]
    fn a_submission_keeps_the_request_beside_the_sanitised_task() {
        let submission = parse("<b>a</b>", "b").unwrap();
        assert_eq!((submission.request().title.as_str(), submission.task().title()), ("<b>a</b>", "a"));
        assert_eq!(submission.sanitised(), ["/title"]);
    }

    #[test]
    fn the_fingerprint_is_that_of_the_request_as_it_was_sent() {
        let [plain, marked_up] = ["a", "<b>a</b>"].map(|title| parse(title, "b").unwrap());
        assert_eq!(plain.task(), marked_up.task());
        assert_ne!(plain.fingerprint(), marked_up.fingerprint());
    }

    #[test]
    fn a_text_of_which_sanitising_leaves_nothing_is_rejected() {
        let Err(Rejection::Invalid(violations)) = parse("<i>", "b") else { panic!("it was not rejected") };
        assert_eq!(violations.len(), 1);
        assert_eq!(violations[0].pointer, "/title");
    }
}
