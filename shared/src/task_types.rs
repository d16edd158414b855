//! The types that a deployment knows.

use std::collections::BTreeSet;

use crate::{
    TaskType, Violation,
    setting::{InvalidSetting, Lookup},
};

const SETTING: &str = "TASK_TYPES";

/// A message names at most this many of them.
const NAMED_MAX: usize = 20;

/// The types of `TASK_TYPES`; every type if the setting is absent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TaskTypes(Option<BTreeSet<TaskType>>);

impl TaskTypes {
    /// Reads the setting: types separated by commas.
    ///
    /// # Errors
    /// [`InvalidSetting`] when one of them is no type, or is named twice.
    pub fn read(lookup: Lookup<'_>) -> Result<Self, InvalidSetting> {
        let Some(text) = lookup(SETTING) else { return Ok(Self::default()) };
        let mut types = BTreeSet::new();
        for name in text.split(',').map(str::trim) {
            let task_type: TaskType = name.parse().map_err(|error| {
                InvalidSetting::new(SETTING, format!("must be types separated by commas; each {error}"))
            })?;
            if !types.insert(task_type) {
                return Err(InvalidSetting::new(SETTING, format!("names {name} twice")));
            }
        }
        Ok(Self(Some(types)))
    }

    /// Whether tasks of this type can be handled.
    pub fn knows(&self, task_type: &TaskType) -> bool {
        self.0.as_ref().is_none_or(|types| types.contains(task_type))
    }

    /// What is wrong with a request for a task of this type; `None` if the type is known.
    pub fn violation(&self, task_type: &TaskType) -> Option<Violation> {
        let types = self.0.as_ref().filter(|types| !types.contains(task_type))?;
        let names: Vec<_> = types.iter().take(NAMED_MAX).map(TaskType::as_str).collect();
        let more = if types.len() > NAMED_MAX { " or another known type" } else { "" };
        let default = if task_type.is_default() { "; without a type it is task" } else { "" };
        Some(Violation::new("/type", format!("must be one of {}{more}{default}", names.join(", "))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<TaskTypes, InvalidSetting> {
        TaskTypes::read(&|name| (name == SETTING).then(|| text.to_owned()))
    }

    fn task_type(text: &str) -> TaskType {
        text.parse().unwrap()
    }

    #[test]
    fn without_the_setting_every_type_is_known() {
        let types = TaskTypes::read(&|_| None).unwrap();
        assert!(types.knows(&TaskType::default()) && types.knows(&task_type("any")));
        assert_eq!(types.violation(&task_type("any")), None);
    }

    #[test]
    fn only_the_named_types_are_known() {
        let types = read("a, b").unwrap();
        assert!(types.knows(&task_type("a")) && types.knows(&task_type("b")));
        assert_eq!(types.violation(&task_type("a")), None);
        let message = |name| types.violation(&task_type(name)).unwrap().message;
        assert_eq!(message("c"), "must be one of a, b");
        assert_eq!(message("task"), "must be one of a, b; without a type it is task");
    }

    #[test]
    fn many_types_are_not_all_named() {
        let many: Vec<_> = (0..1_000).map(|number| format!("type-{number}")).collect();
        let message = read(&many.join(",")).unwrap().violation(&TaskType::default()).unwrap().message;
        assert!(message.len() < 500 && message.contains(" or another known type"), "{message}");
    }

    #[test]
    fn an_unusable_list_is_refused() {
        for text in ["", ",", "a,", "a,,b", "A", "a b", "a;b", "a,a"] {
            assert_eq!(read(text).unwrap_err().name, SETTING, "{text:?}");
        }
    }
}
