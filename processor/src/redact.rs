//! redact: removes the texts of a task from what its handler says about a failure. Exceptions often quote their input.

use std::collections::BTreeMap;

use serde_json::value::RawValue;
use shared::{Json, Task, harmless};
use webhook::Redaction;

use crate::handler::Run;

impl Run {
    /// `text` as one harmless line without the texts of the task: its title, its description and each line of it, its payload
    /// and each text in that. Texts of fewer than 10 characters stay.
    pub fn redact(&self, text: &str) -> String {
        let private = private_texts(&self.task);
        let private: Vec<&str> = private.iter().map(String::as_str).collect();
        Redaction::default().with_texts(&private).apply(&harmless(text))
    }
}

pub(crate) fn private_texts(task: &Task) -> Vec<String> {
    let mut texts = vec![task.title().to_owned(), task.description().to_owned()];
    if let Some(payload) = task.payload().map(Json::as_str) {
        texts.push(payload.to_owned());
        add_texts_of(payload, &mut texts);
    }
    texts
}

/// Raw values, because no other type holds every number of JSON.
fn add_texts_of(json: &str, texts: &mut Vec<String>) {
    let mut add = |value: &RawValue| add_texts_of(value.get(), texts);
    match json.as_bytes().first() {
        Some(b'[') => {
            serde_json::from_str::<Vec<&RawValue>>(json).unwrap_or_default().into_iter().for_each(add);
        }
        Some(b'{') => {
            let members: BTreeMap<String, &RawValue> = serde_json::from_str(json).unwrap_or_default();
            members.into_values().for_each(&mut add);
        }
        Some(b'"') => texts.extend(serde_json::from_str::<String>(json)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use shared::{sanitise, validate};

    use super::*;

    #[test]
    fn the_texts_of_a_task_are_its_title_its_description_and_those_of_its_payload() {
        let body = r#"{"title": "t", "description": "d", "priority": "low",
            "payload": {"name": ["Ann Example", 7, {"note": "é\n"}, null, true], "total": 1e400}}"#;
        let task = sanitise(validate(body.as_bytes()).unwrap()).unwrap();
        let whole = task.payload().unwrap().as_str();
        assert_eq!(private_texts(&task), ["t", "d", whole, "Ann Example", "é\n"]);
    }
}
